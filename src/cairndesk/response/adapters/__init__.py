"""One file or folder for each outside system; everything leaves through `egress`."""
