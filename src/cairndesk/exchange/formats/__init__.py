"""The standard formats, as values in and bytes out: no framework, no database, no clock, no network."""
