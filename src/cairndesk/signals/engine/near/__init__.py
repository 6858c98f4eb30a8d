"""Exact search of 256-bit hashes within a distance, in memory or in a mapped file: no framework, NumPy alone."""
