"""`cairndesk witness`: a program of its own takes this one's place, so that nothing of the desk is loaded into it."""

import os
import sys

import typer


def witness(context: typer.Context) -> None:
    """Watch the logs of others, such as partner desks, and sign what only ever grows (C2SP tlog-witness). It needs no desk.

    Examples: `cairndesk witness create witness.example/w1`, `cairndesk witness trust "KEY"`, `cairndesk witness serve --port 8482`,
    `cairndesk witness --help`
    """
    os.execv(sys.executable, [sys.executable, "-m", "cairndesk.custody.witness", *context.args])  # noqa: S606 - our own program, no shell
