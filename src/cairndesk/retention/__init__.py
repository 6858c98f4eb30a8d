"""Keep no longer than needed: holds, what is due by the schedule and its destruction, and what data subjects ask for."""
