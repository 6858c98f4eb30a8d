"""What a recipient gets of a case today, by the table of sharing that an organisation goes by."""

from collections.abc import Mapping
from uuid import UUID

from cairndesk.accounts.errors import SharingRefused
from cairndesk.accounts.rules.sharing import Recipient
from cairndesk.directory.models import Authority, Service, SharingTable
from cairndesk.directory.profiles import FIELD_WORDS, Field, Gives, Profile, Table, read_table, shipped, shipped_text


def table_of(organisation: UUID | None) -> Table:
    """The table that `organisation` goes by: the newest of its own, or the one that came with the desk."""
    held = _newest(organisation)
    return read_table(held.text, number=held.number) if held else shipped()


def text_of(organisation: UUID | None) -> str:
    """The same as it was written."""
    held = _newest(organisation)
    return held.text if held else shipped_text()


def profile_of(organisation: UUID, authority: Authority) -> Profile:
    """What `authority` gets."""
    return table_of(organisation).profile(authority.kinds, name=authority.name)


def profile_of_service(organisation: UUID, service: Service) -> Profile:
    """What `service` gets."""
    return table_of(organisation).profile([Recipient.SERVICE], name=service.name)


def profile_as(organisation: UUID, recipient: Recipient, name: str) -> Profile:
    """What another desk or organisation of this name gets, as such a kind of recipient."""
    return table_of(organisation).profile([recipient], name=name)


def require_still_given(today: Profile, held: Mapping[str, str]) -> None:
    """Return when the table gives at least what was made ready before (field → how much); raise SharingRefused, which names the field."""
    for field, gives in held.items():
        if today.gives(Field(field)).is_less_than(Gives(gives)):
            said = f"{FIELD_WORDS[Field(field)]}: table {today.table} of sharing does not give so much of it to {today.words}"
            raise SharingRefused(said)


def _newest(organisation: UUID | None) -> SharingTable | None:
    return SharingTable.objects.filter(organisation=organisation).order_by("-number").first()
