"""The custody report that people read: one page, and the same page as a PDF."""
