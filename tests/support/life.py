"""The writes of a report's life, by the functions that make them in a desk: told, handed over, kept in the vault, taken in, laid out, signed.

Only for a process of its own, under the environment of a desk that `tests.support.served.prepared` has made.
"""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import django

django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - Django must be ready before its models are read

from cairndesk.accounts.models import ApiKey, Organisation  # noqa: E402 - the same
from cairndesk.accounts.queries import Sender  # noqa: E402 - the same
from cairndesk.cases.actions import Named  # noqa: E402 - the same
from cairndesk.custody import access  # noqa: E402 - the same
from cairndesk.custody.actions import keep_object, sealing_object, sweep_vault  # noqa: E402 - the same
from cairndesk.custody.jobs import sign_the_log  # noqa: E402 - the same
from cairndesk.custody.queries import intake_keys  # noqa: E402 - the same
from cairndesk.custody.rules import DESK, Purpose  # noqa: E402 - the same
from cairndesk.custody.sealing import hpke  # noqa: E402 - the same
from cairndesk.intake import jobs, receipt  # noqa: E402 - the same
from cairndesk.intake.actions import submit_report  # noqa: E402 - the same
from cairndesk.intake.publish import ensure_salt  # noqa: E402 - the same
from cairndesk.intake.rules import Answers, Fragment, Kind, Path, fragment_context, hour_of, new_draft  # noqa: E402 - the same
from cairndesk.intake.spool import Spool, SpoolFile  # noqa: E402 - the same

Ack = dict[str, Any]


@dataclass
class Life:
    """One desk in one process; each of its acts returns what somebody was promised when it returned, or nothing."""

    spool: Spool
    first: Organisation
    sender: Sender

    @classmethod
    def begin(cls) -> "Life":
        """With the keys at hand and the spool open."""
        access.unlock(settings.CAIRNDESK)
        first = Organisation.objects.get(is_first=True)
        key = ApiKey.objects.filter(organisation=first).earliest("created_at")
        return cls(open_spool(), first, Sender(key.pk, first, key.sender, key.source))

    def tell(self, marker: str) -> Ack:
        """Two pages and the slip of the receipt, each kept before the next."""
        draft, words = new_draft(), receipt.draw()
        self._keep(Fragment(Kind.ANSWERS, **self._of(draft), step=1, counter=1, answers={"what": ["threatens"]}))
        self._keep(Fragment(Kind.ANSWERS, **self._of(draft), step=2, counter=2, answers=answers(marker), done=True))
        cost = receipt.Cost(settings.CAIRNDESK.receipts.memory_kib, settings.CAIRNDESK.receipts.passes)
        opened = receipt.stretch(words, salt=ensure_salt(), cost=cost)
        self._keep(Fragment(Kind.RECEIPT, **self._of(draft), receipt_index=opened.index, mailbox_public=opened.public.hex()))
        return {"marker": marker, "words": words}

    def hand_over(self, marker: str) -> Ack:
        """A report by machine."""
        now = datetime.now(UTC)
        told, named = {"what": ["threatens"], "more": marker}, [Named("url", link_of(marker))]
        submit_report(sender=self.sender, idempotency_key=marker, body=marker.encode(), told=told, language="en", named=named, now=now)
        return {"marker": marker}

    def keep_file(self, size: int = 20_000) -> Ack:
        """An original of `size` bytes in the vault."""
        now = datetime.now(UTC)
        with sealing_object(organisation=self.first.pk, purpose=Purpose.ORIGINAL, data=os.urandom(size), now=now) as sealed:
            keep_object(sealed=sealed, by=DESK, now=now)
        return {"object": str(sealed.id)}

    def take_in(self) -> None:
        """The spool is drained."""
        while jobs.drain(self.spool):
            pass

    def lay_out(self) -> None:
        """What the portal shows is what it should show."""
        while jobs.publish_changes():
            pass

    def sign(self) -> None:
        """The log stands under a signature, and lies in its tiles."""
        sign_the_log()

    def sweep(self) -> int:
        """Nothing half-written and no orphan is left, as after the cycle that comes when all of it is old; returns how many files went."""
        later = datetime.now(UTC) + timedelta(days=2)
        return self.spool.sweep(before=later) + sweep_vault(now=later)

    def _of(self, draft: str) -> dict[str, Any]:
        return {"organisation": str(self.first.pk), "hour": hour_of(datetime.now(UTC)), "draft": draft, "path": Path.CHILD, "language": "en"}

    def _keep(self, fragment: Fragment) -> None:
        sealed = hpke.seal(bytes(intake_keys(self.first.pk)[0].public), fragment.to_json(), fragment_context(self.first.pk))
        self.spool.put(SpoolFile(UUID(fragment.organisation), happening_now=False, sealed=sealed))


def open_spool() -> Spool:
    return Spool(os.open(settings.DATA / "spool", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))


def link_of(marker: str) -> str:
    return f"https://site.example/{marker}"


def answers(marker: str) -> Answers:
    return {"link": link_of(marker), "more": marker}
