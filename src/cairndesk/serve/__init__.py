"""`cairndesk serve`: portal, desk and work as three processes, each behind walls of its own."""
