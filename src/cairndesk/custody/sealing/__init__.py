"""Sealing and opening, and the ring of keys: a library of its own that knows neither Django nor what it seals."""
