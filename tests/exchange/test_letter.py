"""A notice by mail: people read it defanged, machines read it exactly, and it says nothing of the case."""

import json
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast
from uuid import UUID

import pytest

from cairndesk.exchange.errors import NotSendable
from cairndesk.exchange.formats import letter, xarf

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ADDRESS = "HTTPS://Pictures.example/a/1?u=child@home.example"
LINK = re.compile(r"https?://|\bwww\.\w|[\w.+-]+@[\w-]|\b[\w-]+\.example\b", re.IGNORECASE)


def a_letter(kind: letter.Kind = letter.Kind.REMOVAL, recipient: str = "abuse@pictures.example") -> letter.Letter:
    return letter.Letter(
        kind=kind,
        reference="n-4f1c",
        recipient=recipient,
        provider="Pictures (pictures.example)",
        flagger=letter.Flagger("Cairn Desk One", "notices@desk-one.example", "Order 12/2026", "trusted flagger since 2026"),
        written_at=NOW,
        answer_by=NOW + timedelta(hours=24),
        targets=[(letter.Target.URL, ADDRESS), (letter.Target.ACCOUNT, "https://pictures.example/@someone")],
        legality="assessed under the sample rules of Sample A",
        preserve="account records and access times for 90 days",
        earlier="n-1111",
    )


def a_report() -> xarf.Report:
    sender = xarf.Sender("Cairn Desk One", "notices@desk-one.example", "desk-one.example")
    return xarf.Report(UUID(int=1), NOW, sender, ADDRESS.lower(), xarf.Classification.B2)


def opened(raw: bytes) -> EmailMessage:
    return cast("EmailMessage", message_from_bytes(raw, policy=default))


@pytest.mark.req("RMV-23")
@pytest.mark.parametrize("kind", list(letter.Kind))
def test_no_text_that_people_read_holds_a_link(kind: letter.Kind) -> None:
    message = opened(letter.write(a_letter(kind), [a_report()]))
    body = message.get_body(("plain",))
    assert body is not None
    assert not LINK.search(body.get_content())
    assert not LINK.search(message["Subject"])


def test_the_machine_readable_part_holds_the_exact_address() -> None:
    message = opened(letter.write(a_letter(), [a_report()]))
    (attachment,) = message.iter_attachments()
    assert attachment.get_content_type() == "application/xarf+json"
    assert json.loads(attachment.get_content())["url"] == ADDRESS.lower()


@pytest.mark.req("RMV-08")
@pytest.mark.parametrize("target", list(letter.Target))
def test_every_kind_of_target_has_words(target: letter.Target) -> None:
    one = letter.Letter(**{**{f: getattr(a_letter(), f) for f in letter.Letter.__slots__}, "targets": [(target, ADDRESS)]})
    assert "hxxps://" in letter.text(one).lower()
    assert letter.text(one).count("  - this") + letter.text(one).count("  - the content") == 1


@pytest.mark.req("RMV-04")
def test_identity_mandate_and_status_of_the_flagger_stand_in_the_letter() -> None:
    text = letter.text(a_letter())
    assert "Cairn Desk One" in text
    assert "Mandate: Order 12/2026" in text
    assert "Flagger status: trusted flagger since 2026" in text


def test_the_same_letter_gives_the_same_bytes() -> None:
    assert letter.write(a_letter(), [a_report()]) == letter.write(a_letter(), [a_report()])


@pytest.mark.parametrize("address", ["a@b.example\r\nBcc: x@y.example", "nobody", "a@b@c.example"])
def test_it_refuses_an_address_that_would_add_headers(address: str) -> None:
    with pytest.raises(NotSendable):
        letter.write(a_letter(recipient=address))


def test_a_long_text_stays_within_the_line_length_of_mail() -> None:
    raw = letter.write(a_letter(), [a_report()])
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert raw.isascii()
