"""The pages of the retention room."""
