"""The vault, the tamper-evident log and the keys: knows no accounts and no cases."""
