"""The two databases, as Django opens them for this desk."""
