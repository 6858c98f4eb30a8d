"""A tamper-evident log as a library: RFC 6962 tree, proofs, signed checkpoints and a checker; it does not know what it logs."""
