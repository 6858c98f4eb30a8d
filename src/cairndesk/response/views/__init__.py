"""The pages of this room: they show a plan, and each act goes through exactly one action."""
