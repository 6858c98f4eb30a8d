"""`python -m cairndesk` is the command `cairndesk`."""

import sys

from cairndesk.cli import main

if __name__ == "__main__":
    sys.exit(main())
