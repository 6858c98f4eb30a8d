"""The reporter of the tests: she fills in forms as a browser without script would, and the desk's key opens what she filed."""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpResponse
from django.test import Client
from tests.support.week import VERIFIER, published_key

from cairndesk.config import Config, Desks, Receipts
from cairndesk.custody.sealing import hpke
from cairndesk.directory.portals import Partner, Sheet, Words, as_row
from cairndesk.intake import receipt
from cairndesk.intake.portal.site import Site, open_site
from cairndesk.intake.rules import Fragment, Mailbox, fragment_context, hours, mailbox_context
from cairndesk.lib import clock

ONE, TWO = UUID(int=1), UUID(int=2)
FORM = "application/x-www-form-urlencoded"


def contact(kind: str, name: str, country: str, **more: Any) -> dict[str, Any]:
    row = {"kind": kind, "name": name, "country": country, "area": "", "languages": ["en"], "hours": "", "is_always_open": True, "cost": "free"}
    return row | {"phone": "555 0100", "text_number": "", "web": "", "checked_on": "2026-11-01"} | more


CONTACTS = [
    contact("helpline", "Help Line One", "XA", phone="555 0101", text_number="555 0102", web="https://help.example"),
    contact("emergency", "Emergency", "XA"),
    contact("emergency", "Emergency of the other country", "XB", phone="555 0111"),
]


@dataclass
class Portal:
    """A portal on its own folder, and the private key that only a desk would hold."""

    folder: Path
    site: Site
    private: bytes

    def publish(self, name: str, content: Any) -> None:
        path = self.folder / "published" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), "utf-8")

    def says_of_itself(self, slug: str, sheet: Sheet) -> None:
        """Publish the sheet of an organisation."""
        self._changed(slug, sheet=as_row(sheet))

    def belongs_to(self, slug: str, country: str) -> None:
        """Publish in which country an organisation is."""
        self._changed(slug, country=country)

    def is_read_again_tomorrow(self) -> None:
        """Publish the hours of the first organisation so that its pages show the longer line: nobody reads now, and somebody does tomorrow."""
        now = clock.now()
        self.publish("hours.json", {"one": hours.as_row(now, [(now + timedelta(hours=20), now + timedelta(hours=28))])})

    def _changed(self, slug: str, **fields: Any) -> None:
        rows = json.loads((self.folder / "published" / "organisations.json").read_text("utf-8"))
        self.publish("organisations.json", [row | fields if row["slug"] == slug else row for row in rows])

    def fragments(self) -> list[Fragment]:
        files = [self.site.spool.read(name) for name in self.site.spool.names()]
        return [Fragment.from_json(hpke.unseal(self.private, file.sealed, fragment_context(file.organisation))) for file in files]

    def alarms(self) -> int:
        return sum(self.site.spool.flags(name).is_urgent for name in self.site.spool.names())

    def answer(self, parts: receipt.Parts, box: Mailbox) -> None:
        """Publish `box` for a receipt, as `work` does."""
        opened = self.site.stretch(parts)
        sealed = hpke.seal(opened.public, box.to_json(), mailbox_context(opened.index))
        (self.folder / "published" / "mailboxes" / opened.index).write_bytes(sealed)


# The operator's own words about an organisation, as `work` publishes them; not one of them is ours.
SHEET = Sheet(
    words={
        "en": Words(
            "Cairn Desk One",
            "We are glad that you are here.",
            "Here the law protects every child.\n\nIt is on your side.",
            "We tell the police if a life is in danger.",
            date(2026, 5, 1),
        ),
        "ar": Words("", "يسرنا أنك هنا.", "القانون هنا يحمي كل طفل.", "", date(2026, 5, 2)),
    },
    partners=(Partner("Help Line One", {"en": "They talk with you.", "ar": "يتحدثون معك."}),),
)


def publish_desks(folder: Path, public: bytes, **sheets: Sheet) -> None:
    desks = [("one", "Cairn Desk One", ONE, True), ("two", "Cairn Desk Two", TWO, False)]
    rows = [
        {"id": str(key), "slug": slug, "name": name, "is_first": first, "country": "XA", "keys": [published_key(key, public)]}
        | ({"sheet": as_row(sheets[slug])} if slug in sheets else {})
        for slug, name, key, first in desks
    ]
    published = folder / "published"
    (published / "mailboxes").mkdir(parents=True)
    (folder / "spool").mkdir()
    (published / "organisations.json").write_text(json.dumps(rows), "utf-8")
    (published / "contacts.json").write_text(json.dumps(CONTACTS), "utf-8")
    (published / "argon2.salt").write_bytes(bytes(16))


def build(folder: Path, **config: Any) -> Portal:
    private, public = hpke.generate()
    publish_desks(folder, public, one=SHEET)
    held = Config(data=folder, receipts=Receipts(memory_kib=8, passes=1), desks=Desks(country="XA"), **config)
    return Portal(folder, open_site(held, verifier=VERIFIER), private)


class _Page(HTMLParser):
    """Fields, headings and words of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.hidden: dict[str, str] = {}
        self.filled: list[tuple[str, str]] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.heading = ""
        self.parts: list[str] = []
        self._in: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        held = dict(attrs)
        self.tags.append((tag, held))
        if tag == "input" and held.get("type") == "hidden":
            self.hidden[str(held["name"])] = str(held["value"])
        if tag == "textarea" or (tag == "input" and (held.get("type") in {"hidden", "text"} or "checked" in held)):
            self.filled.append((str(held["name"]), held.get("value") or ""))
        self._in.append("words" if tag == "ol" and held.get("class") == "words" else tag)

    def handle_endtag(self, tag: str) -> None:
        while self._in and self._in.pop() not in {tag, "words"}:
            pass

    def handle_data(self, data: str) -> None:
        if self._in[-1:] == ["textarea"]:
            self.filled[-1] = (self.filled[-1][0], self.filled[-1][1] + data.removeprefix("\n"))
        if "h1" in self._in:
            self.heading += data.strip()
        if "words" in self._in and data.strip():
            self.parts.append(data.strip())


class Rae:
    """Fills in one page after the other; `page` is what she sees, and `client` whatever asks as Django's does."""

    def __init__(self, portal: Portal, client: Any = None) -> None:
        self.portal = portal
        self.client = client or Client()
        self.response = HttpResponse()

    @property
    def text(self) -> str:
        return self.response.content.decode()

    @property
    def page(self) -> _Page:
        return _Page(self.text)

    @property
    def heading(self) -> str:
        return self.page.heading

    @property
    def hidden(self) -> dict[str, str]:
        return self.page.hidden

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.page.parts)

    def opens(self, address: str = "/") -> "Rae":
        self.response = self.client.get(address)
        return self

    def posts(self, address: str, **fields: Any) -> "Rae":
        self.response = self.client.post(address, urlencode(fields, doseq=True), content_type=FORM)
        return self

    def starts(self, path: str = "child", at: str = "") -> "Rae":
        return self.posts(f"{at}/next", path=path)

    def says(self, go: str = "next", at: str = "", **fields: Any) -> "Rae":
        return self.posts(f"{at}/next", **self.hidden, go=go, **fields)

    def presses(self, go: str, address: str = "/back", **typed: str | list[str]) -> "Rae":
        """Press a button on a page with one form, as a browser does: with all that it holds, but for what is `typed` or ticked now."""
        held = [one for one in self.page.filled if one[0] not in typed]
        fresh = [(name, value) for name, said in typed.items() for value in ([said] if isinstance(said, str) else said)]
        self.response = self.client.post(address, urlencode([*held, *fresh, ("go", go)]), content_type=FORM)
        return self

    def tells_all(self, at: str = "", path: str = "child") -> "Rae":
        self.starts(path, at).says(danger="not_now", at=at).says(what="threatens", at=at).says(setting="online", at=at)
        return self.says(more="Please help.", age="13_15", at=at)
