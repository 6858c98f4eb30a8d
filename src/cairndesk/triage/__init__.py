"""How urgent, which queue, whose turn."""
