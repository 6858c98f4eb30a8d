"""A platform that hands over reports and looks things up, over HTTP and with a key, as any platform does."""

import json
import secrets
import urllib.request
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Platform:
    """`desk` is the address of the desk's site."""

    desk: str
    key: str

    def reports(self, **items: str) -> None:
        """Hand over that a child is in danger now, with items by kind."""
        told = [{"kind": kind, "value": value} for kind, value in items.items()]
        body = {"happening_now": True, "description": "An account threatens a child.", "items": told}
        self._send("/api/v1/reports", body, status=201)

    def looks_up(self, value: str) -> str:
        """The verdict on a hash or link."""
        return str(self._send("/api/v1/check", {"items": [{"value": value}]}, status=200)["results"][0]["verdict"])

    def _send(self, path: str, body: object, *, status: int) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", "Idempotency-Key": secrets.token_hex(8), "Content-Type": "application/json"}
        asked = urllib.request.Request(f"{self.desk}{path}", data=json.dumps(body).encode(), headers=headers)  # noqa: S310 - our own desk
        with urllib.request.urlopen(asked) as answer:  # noqa: S310 - on loopback
            assert answer.status == status
            return json.load(answer)
