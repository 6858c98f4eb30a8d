"""Django's own commands, for developers only; operators use `cairndesk`."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cairndesk.settings")
    execute_from_command_line(sys.argv)
