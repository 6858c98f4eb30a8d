"""Lists and cases to and from other organisations, in formats that anybody can read without us."""
