"""Sessions on the server: 256 random bits in the cookie, their digest in the database, signed out as one when need be."""

import hashlib
import secrets
from typing import Any

from django.contrib.sessions.backends.base import SessionBase, UpdateError

from cairndesk.accounts.models import Person, Session
from cairndesk.lib import clock

_COOKIE_LENGTH = 43


class SessionStore(SessionBase):
    """What Django's session middleware asks of a store; `session_key` is what the cookie holds, `holder` whose it was when it was read."""

    holder: Person | None = None

    def load(self) -> dict[str, Any]:
        """What the session holds; a key that nobody was given is forgotten, so that a planted one is never taken over."""
        # Whoever it belongs to is asked for with every page: read at once.
        found = Session.objects.select_related("person").filter(session_key=digest(self.session_key or ""), expire_date__gt=clock.now())
        held = found.first()
        if held is None:
            self._session_key = None
            return {}
        self.holder = held.person
        return dict(self.decode(held.session_data))

    def exists(self, session_key: str) -> bool:
        """Whether a session has this key."""
        return Session.objects.filter(session_key=digest(session_key)).exists()

    def create(self) -> None:
        """Afterwards there is an empty session under a new key."""
        self._session_key = secrets.token_urlsafe(32)
        self._row({}).save(force_insert=True)
        self.modified = True

    def save(self, must_create: bool = False) -> None:  # noqa: FBT001, FBT002 - Django's signature
        """Afterwards the database holds what the session holds; raises UpdateError when it was ended meanwhile."""
        held = dict(self.items())
        if self.session_key is None:
            self.create()
        self._session_cache = held
        row = self._row(held)
        found = Session.objects.filter(pk=row.pk)
        # An update and no more: a request that outlasts "sign out everywhere" must not bring its session back.
        if not found.update(session_data=row.session_data, expire_date=row.expire_date, person=row.person_id):
            raise UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """Afterwards nobody holds the session."""
        key = session_key or self.session_key
        if key:
            Session.objects.filter(session_key=digest(key)).delete()

    @classmethod
    def clear_expired(cls) -> None:
        """Afterwards no row is left that opens nothing."""
        Session.objects.filter(expire_date__lte=clock.now()).delete()

    def _validate_session_key(self, key: str | None) -> bool:
        return key is not None and len(key) == _COOKIE_LENGTH

    def _row(self, held: dict[str, Any]) -> Session:
        return Session(
            session_key=digest(self.session_key or ""),
            session_data=self.encode(held),
            expire_date=self.get_expiry_date(expiry=None),
            person_id=held.get("person"),
        )


def digest(key: str) -> str:
    """Under which name the database knows the session with this key."""
    return hashlib.sha256(b"cairndesk/session/v1\0" + key.encode()).hexdigest()
