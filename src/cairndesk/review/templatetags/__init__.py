"""Template tags of review."""
