"""The command line: one file per group of commands, all on one screen of `cairndesk --help`."""

from cairndesk.cli.app import main

__all__ = ["main"]
