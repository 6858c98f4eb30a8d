"""Speaking with a witness of the log (C2SP tlog-witness)."""

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass

from cairndesk.response.adapters.web import Web
from cairndesk.response.errors import AnswerUnreadable

SIGNED, CONFLICT, UNPROVEN = 200, 409, 422
_KIND = {"Content-Type": "text/plain; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class WitnessDoor:
    """The witness at `web`, whose address may have a path."""

    web: Web

    def add_checkpoint(self, old: int, proof: Sequence[bytes], checkpoint: str) -> tuple[int, str]:
        """SIGNED with its lines, CONFLICT with the size that it knows, or UNPROVEN. Raises the failures of `Web` for everything else."""
        steps = "".join(f"{base64.b64encode(step).decode()}\n" for step in proof)
        body, into = f"old {old}\n{steps}\n{checkpoint}".encode(), io.BytesIO()
        answer = self.web.post(self._url("add-checkpoint"), body, _KIND, into, taken={CONFLICT, UNPROVEN})
        return answer.status, _text(into)

    def seen(self, origin: str) -> str:
        """The newest checkpoint of that log that it signed, where it shows that (ours does). Raises the failures of `Web`."""
        into = io.BytesIO()
        self.web.get(self._url(f"seen/{origin}"), {}, into)
        return _text(into)

    def _url(self, door: str) -> str:
        return f"{self.web.base.rstrip('/')}/{door}"


def _text(into: io.BytesIO) -> str:
    try:
        return into.getvalue().decode()
    except UnicodeDecodeError as error:
        raise AnswerUnreadable("the answer of the witness is no text") from error
