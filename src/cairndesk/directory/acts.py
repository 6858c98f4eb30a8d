"""What a second person puts in force for a desk: another table of what each kind of recipient gets."""

from collections.abc import Iterator
from datetime import datetime

from django.urls import reverse

from cairndesk.accounts.acts import Act, Words
from cairndesk.accounts.models import Request
from cairndesk.accounts.rules import Actor, Kind, Verb, digest_of
from cairndesk.custody.actions import record
from cairndesk.custody.rules import Event
from cairndesk.directory.actions import keep_text
from cairndesk.directory.models import FIRST_OWN, SharingTable
from cairndesk.directory.profiles import FIELD_WORDS, Field, Table, read_table
from cairndesk.directory.sharing import table_of


class SettingTable(Act):
    """The desk gives of each case what this table says, from now on."""

    kind, asks, does, about = Kind.SET_TABLE, Verb.SHARING_SET, Verb.SHARING_SET, "sharing_table"

    def stage(self, request: Request) -> None:
        return None

    def digest(self, request: Request) -> bytes:
        return digest_of("directory.set_table", table=request.subject, text=request.plan["text"], instead=table_of(request.organisation_id).number)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        text = request.plan["text"]
        read_table(text, number=FIRST_OWN)
        made = keep_text(SharingTable, text, by=by, now=now, organisation=request.organisation_id, asked_by=request.asked_by)
        detail: dict[str, str | int] = {"table": made.number}
        record(event=Event.DIRECTORY_SHARING_TABLE_SET, subject_kind="organisation", subject=request.organisation_id, by=by, now=now, detail=detail)
        return f"The desk gives by our table {made.number - FIRST_OWN + 1} from now on."

    def words(self, request: Request) -> Words:
        now, then = table_of(request.organisation_id), read_table(request.plan["text"], number=FIRST_OWN)
        changes = list(_changes(now, then)) or [("What it changes", "nothing")]
        return Words("Put a table of sharing in force", changes, "Put this table in force", reverse("directory:sharing"))


def _changes(now: Table, then: Table) -> Iterator[tuple[str, str]]:
    """Each field of each recipient that is given otherwise than now."""
    for words in dict.fromkeys(one.words for one in (*now.all, *then.all)):
        for field in Field:
            was, comes = (_said(table, words, field) for table in (now, then))
            if was != comes:
                yield f"{words}: {FIELD_WORDS[field]}", f"{was} → {comes}"


def _said(table: Table, words: str, field: Field) -> str:
    line = next((one.lines[field] for one in table.all if one.words == words), None)
    return f"{line.gives} ({line.basis})" if line else "as its kind"
