"""The shape of what people enter on the pages of review."""
