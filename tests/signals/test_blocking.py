"""Which address may be asked to be blocked, how the list is given, and that what has ended or was delisted is gone from the next one (DET-18)."""

import dataclasses
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.db import IntegrityError, transaction
from tests.signals.conftest import NOW, PAPERS, Cast, rows_of
from tests.signals.test_cli import Run, file, run
from tests.support.two_people import written_out

from cairndesk.accounts import undo
from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.custody.queries import entries_about
from cairndesk.custody.rules import Event
from cairndesk.lib import clock
from cairndesk.signals import actions, blocklist
from cairndesk.signals.engine.blocking import Blocked, BlockList, as_json_lines, as_text, hindrance
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.errors import ListRefused, NotBlocked, NotExact
from cairndesk.signals.models import Block, HashList, ListEntry
from cairndesk.signals.rules import BLOCKED_FOR, DelistedBecause, Reason, WrittenOut

__all__ = ["file", "run"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("DET-18")]
ONE, TWO = "https://pictures.example/a/1", "https://pictures.example/view?id=2"
# What would take away more than one page: whatever a person, a list or a machine calls it.
TOO_WIDE = (
    "pictures.example", "domain:pictures.example", "*.pictures.example", "https://pictures.example", "https://pictures.example/", "http://a.b.example//",
    "https://pictures.example/?", "https://pictures.example/#part", "https://pictures.example/%2e", "https://pictures.example/?utm_source=letter",
    "https://pictures.example/*", "https://pictures.example/a/*", "url:https://pictures.example/a/*", "url_prefix:https://pictures.example/a/",
    "https://pictures.example/a?x=*", "https://www.bing.com/search?q=some+words", "https://play.google.com/store/apps/details?id=example.app",
    "account:example.com/somebody", "somebody@pictures.example", "ftp://pictures.example/a/1", "ab" * 16,
)  # fmt: skip


@pytest.fixture
def own(cast: Cast) -> HashList:
    return actions.make_own_list(
        organisation=cast.one, terms="To block,\nfor a time.", expires_on=date(2028, 1, 1), by=cast.sam, now=NOW, may_share=True
    )


def block(own: HashList, cast: Cast, text: str) -> Block:
    """As two people put it on, and cannot take it back any more; that it takes two is shown in tests/review."""
    actions.block_address(listed=own, named=recognise(text)[:1], label="a", by=cast.sam, now=NOW - undo.window())
    own.refresh_from_db()
    return Block.objects.latest("listed_at", "pk")


def given(own: HashList, days: int = 0) -> list[str]:
    own.refresh_from_db()
    return [one.address for one in blocklist.block_list(listed=own, now=NOW + timedelta(days=days)).entries]


@pytest.mark.req("PRI-03")
@pytest.mark.parametrize("text", TOO_WIDE)
def test_nothing_wider_than_one_address_comes_on_the_list(own: HashList, cast: Cast, text: str) -> None:
    for named in recognise(text):
        assert hindrance(named)
        with pytest.raises(NotExact):
            actions.block_address(listed=own, named=[named], label="a", by=cast.sam, now=NOW)
    assert (given(own), ListEntry.objects.count()) == ([], 0)


def test_two_addresses_in_one_act_are_refused(own: HashList, cast: Cast) -> None:
    for named in ([], [*recognise(ONE)[:1], *recognise(TWO)[:1]]):
        with pytest.raises(NotExact):
            actions.block_address(listed=own, named=named, label="a", by=cast.sam, now=NOW)


@pytest.mark.req("PRI-03")
def test_no_setting_and_no_list_of_others_brings_a_domain_in(own: HashList, cast: Cast) -> None:
    block(own, cast, ONE)
    named = dataclasses.replace(PAPERS, name=own.name)
    for text in ("pictures.example", "https://pictures.example/a/*"):
        with pytest.raises(ListRefused):
            actions.import_list(organisation=cast.one.id, papers=named, rows=rows_of(text), by=cast.sam, now=NOW)
    # Even where somebody writes the rows by hand, what is no link is not given.
    entry = ListEntry.objects.create(list=own, kind="domain", value="pictures.example", since=1)
    Block.objects.create(entry=entry, listed_at=NOW, listed_by="p", expires_on=date(2027, 1, 1))
    assert given(own) == [ONE]


def test_an_entry_ends_on_its_day_and_a_person_who_looks_again_renews_it(own: HashList, cast: Cast) -> None:
    held = block(own, cast, ONE)
    last = BLOCKED_FOR.days - 1
    assert (given(own, last), given(own, last + 1)) == ([ONE], [])
    for wrong in (NOW.date(), NOW.date() + timedelta(days=366)):
        with pytest.raises(NotBlocked):
            actions.renew_block(block=held, expires_on=wrong, by=cast.sam, now=NOW)
    actions.renew_block(block=held, expires_on=NOW.date() + timedelta(days=200), by=cast.sam, now=NOW)
    assert (given(own, 199), given(own, 200)) == ([ONE], [])
    held.refresh_from_db()
    assert (held.reviewed_at, held.reviewed_by) == (NOW, cast.sam.pseudonym)
    assert [line.event for line in entries_about(held.pk)] == [Event.SIGNALS_ADDRESS_BLOCKED, Event.SIGNALS_ADDRESS_RENEWED]


def test_what_is_delisted_is_gone_at_once_and_comes_back_only_by_two_people(own: HashList, cast: Cast) -> None:
    held = block(own, cast, ONE)
    block(own, cast, TWO)
    actions.delist_address(block=held, why=DelistedBecause.OBJECTION, by=cast.sam, now=NOW)
    assert given(own) == [TWO]
    for act in (
        lambda: actions.renew_block(block=held, expires_on=NOW.date() + timedelta(days=9), by=cast.sam, now=NOW),
        lambda: actions.delist_address(block=held, why=DelistedBecause.MISTAKE, by=cast.sam, now=NOW),
        lambda: blocklist.block_of(own, recognise(ONE)),
    ):
        with pytest.raises(NotBlocked):
            act()
    block(own, cast, ONE)
    assert given(own) == [ONE, TWO]
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.filter(pk=held.pk).update(why="")


def test_a_dispute_and_a_list_that_is_off_end_it_too(own: HashList, cast: Cast) -> None:
    block(own, cast, ONE)
    actions.dispute_entry(listed=own, named=recognise(ONE), reason=Reason.NOT_ABUSE, holds=True, by=cast.sam, now=NOW)
    assert given(own) == []
    actions.switch_off(listed=own, by=cast.sam, now=NOW)
    # An empty file would tell everybody to block nothing; nobody is told anything.
    with pytest.raises(ListRefused):
        given(own)


def test_a_second_confirmation_of_an_address_makes_no_second_entry(own: HashList, cast: Cast) -> None:
    first = block(own, cast, ONE)
    actions.block_address(listed=own, named=recognise(ONE)[:1], label="a", by=cast.sam, now=NOW + timedelta(days=30))
    first.refresh_from_db()
    assert (Block.objects.count(), first.expires_on) == (1, NOW.date() + timedelta(days=30) + BLOCKED_FOR)


def test_only_a_supervisor_of_the_organisation_governs_it(own: HashList, cast: Cast) -> None:
    held = block(own, cast, ONE)
    for by, refused in ((cast.ana, NotPermitted), (cast.platform, NotPermitted), (cast.ola, OtherOrganisation)):
        for act in (
            lambda by=by: actions.block_address(listed=own, named=recognise(TWO)[:1], label="a", by=by, now=NOW),
            lambda by=by: actions.renew_block(block=held, expires_on=NOW.date() + timedelta(days=9), by=by, now=NOW),
            lambda by=by: actions.delist_address(block=held, why=DelistedBecause.MISTAKE, by=by, now=NOW),
            lambda by=by: actions.export_blocks(listed=own, by=by, now=NOW),
        ):
            with pytest.raises(refused):
                act()
    assert given(own) == [ONE]


def test_the_files_say_what_they_are_and_hold_one_address_a_line() -> None:
    entries = [Blocked(ONE, date(2026, 11, 1), date(2027, 2, 1)), Blocked(TWO, date(2026, 11, 2), date(2027, 1, 1))]
    held = BlockList("Confirmed here", "Desk\nhttps://all.example/x", "To block.", entries)
    text = as_text(held).decode().splitlines()
    assert [line for line in text if not line.startswith("# ")] == [ONE, TWO]
    assert {f"# version: {held.version}", "# expires_on: 2027-01-01", "# entries: 2"} <= set(text)
    head, *rows = map(json.loads, as_json_lines(held).splitlines())
    assert (head["version"], head["expires_on"], head["entries"]) == (held.version, "2027-01-01", 2)
    assert rows[0] == {"address": ONE, "listed_on": "2026-11-01", "expires_on": "2027-02-01"}
    renewed = dataclasses.replace(entries[0], expires_on=date(2027, 3, 1))
    versions = {dataclasses.replace(held, entries=some).version for some in (entries, entries[:1], [renewed, entries[1]], [])}
    assert len(versions) == 4


@pytest.mark.slow
def test_an_operator_shows_exports_renews_and_delists_by_command(run: Run, file: Path, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    run("blocklist", "export", "--as", "sam", code=2)
    own = actions.make_own_list(organisation=cast.one, terms="To block.", expires_on=date(2028, 1, 1), by=cast.sam, now=NOW)
    block(own, cast, ONE)
    (shown,) = json.loads(run("blocklist", "--organisation", "one", "--json"))
    assert (shown["address"], shown["expires_on"]) == ("hxxps://pictures[.]example/a/1", "2027-02-21")
    assert "hxxps://" in run("blocklist", "--organisation", "one")
    assert "signals.not_let_go" in run("blocklist", "export", "--as", "sam", code=5)
    written_out(WrittenOut.BLOCKS, own, by=cast.sam, now=NOW)
    assert ONE in run("blocklist", "export", "--as", "sam").splitlines()
    run("blocklist", "export", "--as", "ana", code=5)
    run("blocklist", "renew", shown["address"], "--until", "2027-06-01", "--as", "sam")
    assert "signals.not_let_go" in run("blocklist", "export", "--as", "sam", code=5)
    written_out(WrittenOut.BLOCKS, own, by=cast.sam, now=NOW)
    assert '"expires_on": "2027-06-01"' in run("blocklist", "export", "--format", "jsonl", "--as", "sam").splitlines()[1]
    run("blocklist", "delist", shown["address"], "--why", "removed", "--as", "sam")
    written_out(WrittenOut.BLOCKS, own, by=cast.sam, now=NOW)
    assert ONE not in run("blocklist", "export", "--as", "sam")
    run("blocklist", "delist", ONE, "--why", "removed", "--as", "sam", code=5)
    assert [line.event for line in entries_about(own.pk)].count(Event.SIGNALS_BLOCKS_EXPORTED) == 3
