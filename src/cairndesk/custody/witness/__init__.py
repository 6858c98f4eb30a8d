"""A witness of logs (C2SP tlog-witness) as a program of its own: it shares no code and no store with the desk whose log it watches."""
