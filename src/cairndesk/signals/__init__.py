"""Known signals: hash lists and indicators under agreement, and the engine that says what is on them."""
