"""What the room speaks to: authenticators, and the one in software that the demo holds."""
