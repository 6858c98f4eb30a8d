"""The demonstration desk: invented people, invented stories, real parts."""
