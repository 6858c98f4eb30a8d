"""An engine that Django finds by the name of its folder."""
