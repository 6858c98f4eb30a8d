"""How far apart two hashes may be and still meet: by itself, so that who only wants the number loads no arrays."""

MAX_DISTANCE = 31
"""Up to here the buckets answer. Unrelated pictures rarely come closer than 31 of 256 bits; PDQ's authors recommend it."""
