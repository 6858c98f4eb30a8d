"""The pages of review: the case, and what is known of it."""
