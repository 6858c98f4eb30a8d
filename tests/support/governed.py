"""Lists that people govern, as pages are looked at with them."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import uuid4

from tests.support.two_people import approved

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case, Item
from cairndesk.lib import clock
from cairndesk.review import actions
from cairndesk.signals.actions import decide_match, dispute_entry, import_list, make_own_list, set_flood_limit
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row
from cairndesk.signals.models import AlikeCase, HashList, ItemAsked, ListUse, Match
from cairndesk.signals.rules import Papers, Reason, Standing

_EVERY = [Row(at, recognise(text)[:1], label="A1") for at, text in enumerate(["pictures.example", *(f"{n:032x}" for n in range(400))])]


def papers_of_a_partner() -> Papers:
    today = clock.now().date()
    return Papers(
        name="Partner list", owner="Cairn Desk Two", agreement="A-7", terms="For matching of reports only.", provenance="Sealed disk.",
        received_on=today - timedelta(days=100), expires_on=today + timedelta(days=300),
    )  # fmt: skip


def grown(organisation: Organisation, *, by: Actor) -> HashList:
    """A list of four versions, with a tight limit, that meets everything of `pictures.example`, and was asked in two months."""
    now = clock.now()
    for version, size in enumerate((80, 150, 150, 320)):
        at = now - timedelta(days=90 - 20 * version)
        import_list(organisation=organisation.pk, papers=papers_of_a_partner(), rows=_EVERY[:size], by=by, now=at)
    uses = [ListUse(list=HashList.objects.get(), day=(now - timedelta(days=ago)).date(), asked=120_000, met=9, left_out=1) for ago in (0, 40)]
    ListUse.objects.bulk_create(uses)
    days = [(now - timedelta(days=ago % 60)).date() for ago in range(40)]
    ItemAsked.objects.bulk_create([ItemAsked(list=HashList.objects.get(), case=uuid4(), item=uuid4(), day=day, met=day.day < 4) for day in days])
    return set_flood_limit(listed=HashList.objects.get(), share=10, rows=20, by=by, now=now)


def said_of(listed: HashList, case: Case, *, ana: Actor, sam: Actor) -> Case:
    """Afterwards Ana has rejected one match of her `case` and confirmed another, Sam disputes an entry, and a change of the list waits."""
    now = clock.now()
    wrong, right = Match.objects.filter(case=case.pk)
    decide_match(match=wrong, standing=Standing.REJECTED, reason=Reason.TOO_COMMON, stage="reviewing", by=ana, now=now)
    decide_match(match=right, standing=Standing.CONFIRMED, stage="reviewing", by=ana, now=now)
    dispute_entry(listed=listed, named=_EVERY[5].identifiers, reason=Reason.WRONG_LABEL, holds=True, by=sam, now=now)
    import_list(organisation=listed.organisation_id, papers=papers_of_a_partner(), rows=_EVERY, by=sam, now=now)
    return case


def wished(organisation: Organisation, cases: Sequence[Case], *, ana: Actor, sam: Actor) -> list[Item]:
    """A file of each of three cases: of the first nobody wants anything, of the second Ana asks to publish the hashes, of the third both did.

    In the first two cases a picture looks alike.
    """
    now = clock.now()
    make_own_list(organisation=organisation, terms="To find it again.", expires_on=date(2100, 1, 1), by=sam, now=now)
    facts = {"hash_kind": "sha256"}
    files = [add_item(case=case, kind="media", identifier=f"{at:064x}", facts=facts, by=ana, now=now) for at, case in enumerate(cases)]
    wishes = [actions.ask_publication(case=case, file=file, by=ana, now=now) for case, file in zip(cases[1:], files[1:], strict=True)]
    approved(wishes[1], sam)
    pairs = [(cases[0].pk, cases[1].pk), (cases[1].pk, cases[0].pk)]
    AlikeCase.objects.bulk_create(AlikeCase(organisation=organisation, case=one, other=other, distance=7, found_at=now) for one, other in pairs)
    return files
