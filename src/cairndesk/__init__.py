"""Cairndesk: the open desk on which a child's call for help becomes action."""

__version__ = "0.1.0"
