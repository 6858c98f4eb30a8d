"""Sessions on the server: 256 random bits in the cookie, their digest in the database, signed out as one when need be."""

import hashlib
import secrets
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseStore

from cairndesk.accounts.models import Session
from cairndesk.lib import clock


class SessionStore(DatabaseStore):
    """Django's database store over our own table; `session_key` is what the cookie holds."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table."""
        return Session

    def _get_new_session_key(self) -> str:
        return secrets.token_urlsafe(32)

    def _validate_session_key(self, key: str | None) -> bool:
        return bool(key) and len(key or "") == 43

    def _get_session_from_db(self) -> Session | None:
        held = Session.objects.filter(session_key=digest(self.session_key or ""), expire_date__gt=clock.now()).first()
        if held is None:
            self._session_key = None
        return held

    def exists(self, session_key: str) -> bool:
        """Whether a session has this key."""
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        """The row for `data`, under the digest of the key and tied to its person."""
        row = super().create_model_instance(data)
        row.session_key = digest(self._get_or_create_session_key())
        row.person_id = data.get("person")
        return row

    def delete(self, session_key: str | None = None) -> None:
        """Afterwards nobody holds the session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest(key)).delete()


def digest(key: str) -> str:
    """Under which name the database knows the session with this key."""
    return hashlib.sha256(b"cairndesk/session/v1\0" + key.encode()).hexdigest()
