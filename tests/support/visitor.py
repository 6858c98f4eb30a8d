"""Somebody at a browser without script, whose every request says who asks, with what and from where; a desk must forget all of it."""

import re
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from http.cookiejar import CookieJar
from typing import Any
from urllib.parse import urlencode

_FORM = "application/x-www-form-urlencoded"
_PATIENCE = 60.0


class Visitor:
    """One browser at one site; `page` is what it shows, `address` where it is, and `planted` goes with every request."""

    def __init__(self, site: str, planted: Mapping[str, str]) -> None:
        self._site, self._planted = site, planted
        self._line = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.page = self.address = ""

    def opens(self, path: str) -> "Visitor":
        return self._ask(path)

    def sends(self, path: str, /, **fields: Any) -> "Visitor":
        """Send a form with these fields, and with what the page that is shown puts into every form of its own."""
        return self._ask(path, urlencode({**self._hidden(), **fields}, doseq=True).encode(), {"Content-Type": _FORM})

    def sends_raw(self, path: str, body: bytes, **headers: str) -> "Visitor":
        return self._ask(path, body, {name.replace("_", "-"): value for name, value in headers.items()})

    def hands_over(self, path: str, field: str, name: str, content: bytes) -> "Visitor":
        """Send a file under its name."""
        parts = [f'Content-Disposition: form-data; name="{key}"\r\n\r\n{value}'.encode() for key, value in self._hidden().items()]
        file = f'Content-Disposition: form-data; name="{field}"; filename="{name}"\r\nContent-Type: image/png\r\n\r\n'.encode() + content
        body = b"".join(b"--edge\r\n" + part + b"\r\n" for part in [*parts, file]) + b"--edge--\r\n"
        return self._ask(path, body, {"Content-Type": "multipart/form-data; boundary=edge"})

    def signs_in(self, name: str) -> "Visitor":
        """Sign in as one of the people of the demonstration, by one click."""
        self.opens("/sign-in/")
        return self.sends("/sign-in/demo/", person=self.finds(rf'name="person" value="([^"]+)">{name}<'))

    def finds(self, pattern: str) -> str:
        """What `pattern` finds on the page: its group, or all of it."""
        found = re.search(pattern, self.page, re.DOTALL)
        assert found, (pattern, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", self.page))[:1500])
        return found[found.lastindex or 0]

    def waits_for(self, path: str, pattern: str) -> str:
        """Load `path` again until `pattern` is on it."""
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline and not re.search(pattern, self.opens(path).page, re.DOTALL):
            time.sleep(0.5)
        return self.finds(pattern)

    def _hidden(self) -> dict[str, str]:
        return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', self.page))

    def _ask(self, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None) -> "Visitor":
        asked = urllib.request.Request(f"{self._site}{path}", body, {**self._planted, **(headers or {})})  # noqa: S310 - our own site
        try:
            with self._line.open(asked, timeout=60) as answer:
                self.page, self.address = answer.read().decode(), answer.url.removeprefix(self._site)
        except urllib.error.HTTPError as error:
            raise AssertionError((path, error.code, re.sub(r"\s+", " ", error.read().decode())[-900:])) from error
        return self
