"""Decisions of triage: how urgent a case is and why, how complete it is, and which queues there are."""
