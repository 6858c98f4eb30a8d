"""The pages of the room: signing in, one's own keys, people, organisations, machine keys, the log."""
