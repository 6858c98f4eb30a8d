"""Hashing, identifiers, list files and exact matching as a library of its own: no framework, no database, no network."""
