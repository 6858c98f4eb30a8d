"""The file of signals that the package `threatexchange` reads as `local_file`: one `type value` a line, under that package's names.

Source: `threatexchange/exchanges/impl/file_api.py`, release 1.2.17. It knows an MD5 and a SHA-256 only as those of a video, though
any file has one; a line of a type that it does not know it passes over.
"""

from collections.abc import Iterable

CONTENT_TYPE = "text/plain; charset=utf-8"
TYPES = {"pdq": "pdq", "md5": "video_md5", "sha256": "video_sha256", "sha1": "sha1", "url": "url"}
"""Our name of a kind → the name of the type in the file."""


def lines(values: Iterable[tuple[str, str]]) -> bytes:
    """A line for each (kind, value) whose kind has a name in the file."""
    return "".join(f"{TYPES[kind]} {value}\n" for kind, value in values if kind in TYPES).encode()
