"""The line between the process that holds the keys and the one that asks for them."""
