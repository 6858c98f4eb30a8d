"""Search of equal values by a prefix index over sorted keys, in memory or in a mapped file: no framework, NumPy alone."""
