"""Makes the demonstration desk: keys, database, organisations, directory, lists, and two weeks of work on invented reports.

Everything is written by the same actions that the real desk uses, in the order of the clock, from one fixed random seed.
"""

import random
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from importlib.resources import files
from pathlib import Path

from django.conf import settings

from cairndesk import founding
from cairndesk.accounts import demo as demo_people
from cairndesk.accounts.actions.people import add_person
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Proof
from cairndesk.cases.actions import MandateTerms, enter_mandate, mandate_digest, seat
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.custody.actions import make_checkpoint
from cairndesk.demo import trails, training, work
from cairndesk.demo.cast import AGREEMENT, SITES, TROUPES, Troupe
from cairndesk.demo.lists import Governing
from cairndesk.directory.actions import set_portal
from cairndesk.exchange import actions as exchange
from cairndesk.insight.jobs import publish_tables
from cairndesk.intake import receipt
from cairndesk.intake.publish import ensure_salt, publish_changes
from cairndesk.lib.progress import Progress, unwatched
from cairndesk.review import queries as looking
from cairndesk.review import scheme
from cairndesk.review.actions import bound_looking, note_elsewhere, note_reading
from cairndesk.triage.actions import write_shift_note

SEED = 20260104
_MARK = "demo.seeded"
# A fortnight of reports: enough that every stage is populated and a few counts pass the threshold.
REPORTS, DAYS = 64, 14
# What the desk grades by, beside the severity.
SCHEMES = ("industry", "interpol_baseline", "uk_sentencing")
LEFT = "Please look at the danger band first: what stands there came in just before I left. The list of Cairn Desk Two waits for a supervisor."


@dataclass(frozen=True)
class Seeded:
    """What a newcomer needs: a receipt to try. It is the one receipt whose words are written down, because it is invented."""

    words: tuple[str, ...]


def seed(*, now: datetime, reports: int = REPORTS, progress: Progress = unwatched) -> Seeded:
    """Afterwards the data folder holds the demonstration; a folder that was seeded before is left as it is."""
    mark = Path(settings.DATA) / _MARK
    if not mark.exists():
        mark.write_text(" ".join(_make(now, reports, progress)), "utf-8")
    return Seeded(tuple(mark.read_text("utf-8").split()))


def _make(now: datetime, reports: int, progress: Progress) -> receipt.Parts:
    drawn = random.Random(SEED)  # noqa: S311 - a demonstration that is the same every time, not a secret
    begin = now - timedelta(days=DAYS)
    founding.lay_ground(settings.CAIRNDESK)
    demo_people.make_secret()
    ensure_salt()
    for name in SCHEMES:
        scheme.load(scheme.shipped_text(name) or "", place=name)
    for troupe in TROUPES:
        _settle(troupe, begin)
    work.furnish(by=actor_named("Lia"), abroad=actor_named("Lou"), listing=actor_named("Sam"), now=begin + timedelta(minutes=10))
    for slug, name in SITES:
        text = files("cairndesk.demo").joinpath("sheets", f"{slug}.toml").read_text("utf-8")
        set_portal(text=text, by=actor_named(name), now=begin + timedelta(minutes=11))
    _agree(begin)
    _let_search(begin)
    # The first desk lets nobody look for as long as the installation would.
    bound_looking(wanted=replace(looking.widest(), day=180, stretch=45), by=actor_named("Sam"), now=begin + timedelta(minutes=15))
    lists = Governing(analyst=actor_named("Ana"), supervisor=actor_named("Sam"), begin=begin, end=now)
    words = work.play(drawn, reports=reports, lists=lists, progress=progress)
    write_shift_note(words=LEFT, by=actor_named("Ari"), now=now - timedelta(minutes=20))
    _make_teams(now)
    _look_after(now)
    training.play(now=now)
    trails.play(by=actor_named("Sam"), now=now)
    make_checkpoint(now=now)
    # The first page must not wait for the first turn of the belt.
    publish_changes(now=now)
    publish_tables()
    return words


def _make_teams(now: datetime) -> None:
    """Two specialists care for, and prepare the evidence of, the cases that the first desk acts on."""
    by = actor_named("Sam")
    acting = Case.objects.filter(organisation=by.home, stage=Stage.ACTING, erased_at=None).order_by("opened_at", "pk")[:2]
    for case in acting:
        for name, function in (("mia", "psychologist"), ("jon", "prosecutor_liaison")):
            seat(case=case, person=Person.objects.get(sign_in_name=name), function=function, by=by, now=now - timedelta(minutes=15))


def _look_after(now: datetime) -> None:
    """What people of the first desk had before them, as they wrote it down; enough that a break is due for one of them."""
    for name, minutes in (("Ana", 55), ("Ari", 20), ("Sam", 10)):
        note_elsewhere(minutes=minutes, by=actor_named(name), now=now - timedelta(minutes=3))
    note_reading(words=640, by=actor_named("Ana"), now=now - timedelta(hours=4))


def _agree(begin: datetime) -> None:
    """The two organisations that hand cases to each other have agreed to it."""
    proposer, partner = map(actor_named, AGREEMENT)
    to = Organisation.objects.get(pk=partner.home)
    days = {"valid_from": begin.date(), "valid_until": date(begin.year + 2, 1, 1)}
    made = exchange.propose_agreement(partner=to, basis="Agreement on referrals, invented", **days, by=proposer, now=begin + timedelta(minutes=12))
    exchange.agree(agreement=made, by=partner, now=begin + timedelta(minutes=13))


def _let_search(begin: datetime) -> None:
    """A law of the invented country lets the people of the first desk search for a year."""
    by, at = actor_named("Sam"), begin + timedelta(minutes=14)
    terms = MandateTerms(
        "Child Protection Act, section 8 (invented)", "Law gazette of Demoland, number 4", begin.date(), begin.date() + timedelta(days=365)
    )
    digest = mandate_digest(by.home, terms)
    enter_mandate(terms=terms, by=by, fresh=demo_people.confirm(by=by, digest=digest, shown=digest.hex(), now=at), now=at)


def _settle(troupe: Troupe, begin: datetime) -> None:
    """One organisation with its key, and its people with theirs."""
    organisation = founding.add_desk(slug=troupe.slug, name=troupe.name, country=troupe.country, now=begin)
    for member in troupe.people:
        person = add_person(
            organisation=organisation,
            sign_in_name=member.name.lower(),
            name=member.name,
            roles=member.roles,
            by=SYSTEM,
            now=begin,
            credential_until=date(begin.year + 2, 1, 1) if member.is_trained else None,
            is_demo=True,
        )
        demo_people.enrol(person=person, now=begin)


def actor_named(name: str) -> Actor:
    """A member of the cast as the doer of an action, confirmed by the key that the demonstration holds."""
    person = Person.objects.prefetch_related("grants", "guest_grants").get(sign_in_name=name.lower())
    return person.as_actor(Proof.DEMO, now=person.created_at)
