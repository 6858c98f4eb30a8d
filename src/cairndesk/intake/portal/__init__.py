"""The public site: it files sealed pages into the spool and reads what is published; it knows no database and no visitor."""
