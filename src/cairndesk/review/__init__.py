"""The analyst's desk: look safely, classify, second opinion."""
