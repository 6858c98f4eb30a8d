"""What the operator lets the sources of lists be reached with: hosts, credentials by name, a folder for files, and room to write."""

import ssl
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from cairndesk.response.adapters.egress import Egress
from cairndesk.response.adapters.web import Web, origin
from cairndesk.response.errors import CredentialsRefused, FetchRefused

_MOST_SECRET = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """`hosts`: names and ports that may be reached at all. `credentials`, `folder`: where files lie, None where the operator has named no place."""

    hosts: Sequence[tuple[str, int]]
    credentials: Path | None
    folder: Path | None
    scratch: Path
    context: ssl.SSLContext | None = field(default=None, repr=False)

    def web(self, base: str, *, seconds: float = 300.0, limit: int = 64 * 1024 * 1024) -> Web:
        """The one host of `base`, and only if the operator has named it: no list's source leads to the host of another."""
        _, host, port = origin(urlsplit(base))
        egress = Egress([place for place in self.hosts if (place[0].lower(), place[1]) == (host, port)])
        return Web(base=base, egress=egress, seconds=seconds, limit=limit, context=self.context)

    def secret(self, name: str) -> str:
        """What is in the file of credentials of that name. Raises CredentialsRefused where there is none."""
        if self.credentials is None:
            raise CredentialsRefused("no folder for credentials is configured (`lists.credentials`)")
        try:
            held = (self.credentials / name).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise CredentialsRefused(f"the file of credentials {name} cannot be read") from error
        if not held or len(held) > _MOST_SECRET or "\n" in held:
            raise CredentialsRefused(f"the file of credentials {name} does not hold one line")
        return held

    def file(self, name: str) -> Path:
        """The list file of that name on this machine. Raises FetchRefused where there is none."""
        if self.folder is None:
            raise FetchRefused("no folder for list files is configured (`lists.folder`)")
        path = self.folder / name
        try:
            if stat.S_ISREG(path.stat().st_mode):
                return path
        except OSError as error:
            raise FetchRefused(f"the file {name} cannot be read") from error
        raise FetchRefused(f"{name} is no file")
