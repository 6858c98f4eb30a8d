"""Small tools that know nothing of ours: time, ids, text, files, the belt and the walls."""
