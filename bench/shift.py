"""A shift of invented reports: how much was looked at and how many cases one decision ended, and how soon an emergency stood first.

Five hundred reports come in through the same doors as real ones: four in ten repeat a file that was classified before, a quarter are near copies
of one another in groups of five, five tell of a child in danger now, ten are planted: nothing in them is what they claim. Two in three of the
others carry a file. All pictures are drawn here. Who works is a script, and this is its whole policy:

1. Who is in danger comes first, whatever else waits.
2. Where cases wait under one that is classified, they are decided with it, and nothing is looked at.
3. Else the next case in line is taken. Where it holds a file that no decision covers, its small, grey, blurred copy is looked at, once.
   Nothing else is.
4. What was seen is classified, and whatever waits under that case is decided with it.

A small copy counts here as something that was revealed, which is stricter than the clear view that the word means elsewhere; the script never
takes a clear view. A case counts as closed when nothing more is to be judged in it. The figures are counts, the same at every run, and tell about
this mix and this policy only; the peers are the goals.
"""

import io
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from unittest.mock import patch
from uuid import UUID

import numpy as np
from bench.desk import a_desk
from bench.report import Row, Scale, less_is_better, more_is_better
from django.conf import settings
from django.test import Client
from PIL import Image

from cairndesk import founding
from cairndesk.accounts import demo, undo
from cairndesk.accounts.actions.people import add_person
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.actions import ReportFacts, open_case
from cairndesk.cases.models import Case
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.actions import add_media
from cairndesk.lib import clock
from cairndesk.review import actions, errors
from cairndesk.review import jobs as review
from cairndesk.review.queries.stacks import standing
from cairndesk.review.queries.story import files
from cairndesk.review.rules import Look
from cairndesk.review.rules.looking import LookReason
from cairndesk.review.rules.stacks import Follows
from cairndesk.signals import jobs as signals
from cairndesk.triage import jobs as triage
from cairndesk.triage.actions import take_in
from cairndesk.triage.queries import stacks

_REVEALS, _CLOSED, _SECONDS = 0.35, 1.5, 10
_GROUP, _ANALYSTS = 5, 4
# Of so many of the other reports so many carry a file.
_OF, _FILED = 3, 2
_SHOWN = Look(features={"shows_abuse": "yes", "authenticity": "real", "realism": "photorealistic"}, harms=("material_distribution",), severity="c")
_NOTHING = Look(features={"shows_abuse": "no"}, harms=("technology_facilitated",), severity="none")
_HOST = "http://look.localhost:8481"
_CASE = re.compile(r'href="/cases/([0-9a-f-]{36})/"')


@dataclass(frozen=True)
class _Told:
    """One report: what it is, and the bytes of its file, if it has one."""

    what: str
    file: bytes = b""


@dataclass
class _Done:
    """What the shift came to."""

    closed: int = 0
    decisions: int = 0
    reveals: int = 0
    slowest: float = 0


def rows(*, scale: Scale) -> list[Row]:
    """The figures of this file."""
    a_desk()
    # Of its own: nothing that another benchmark left in a queue is for these people.
    desk = _with_media(founding.add_desk(slug="shift", name="Shift", country="XA", now=clock.now()))
    shift = _Shift(desk, reports=scale.of(tiny=20, quick=100, usual=500))
    done = shift.work()
    note = (
        f"{shift.reports} invented reports; {done.reveals} small copies looked at, {done.decisions} decisions, {done.closed} closed; peer: the goal"
    )
    return [
        less_is_better("reveals-per-closed", done.reveals / done.closed, _REVEALS, unit="a case", note=note),
        more_is_better("closed-per-decision", done.closed / done.decisions, _CLOSED, unit="cases", note=note),
        less_is_better("emergency-first", done.slowest, _SECONDS, unit="s", note="from the report to the first place on every screen, the slowest"),
    ]


def _with_media(desk: Organisation) -> Organisation:
    """Originals are kept, sealed, and may be looked at, as often in a day as a desk can allow."""
    desk.media_mode, desk.media_basis = Organisation.Media.SEALED, "invented for a benchmark"
    desk.save()
    changed = settings.CAIRNDESK.desk.model_copy(update={"look_url": _HOST, "looks_a_day": 50})
    settings.CAIRNDESK = settings.CAIRNDESK.model_copy(update={"desk": changed})
    return desk


class _Shift:
    """The reports, the people, and a clock that only this shift moves."""

    def __init__(self, desk: Organisation, *, reports: int) -> None:
        self.reports, self._desk, self._drawn = reports, desk, random.Random(6)  # noqa: S311 - the same shift every time
        demo.make_secret()
        self._now, self._done = clock.now(), _Done()
        self._people = [self._person(f"analyst-{number}") for number in range(_ANALYSTS)]
        self._turn, self._planted, self._alone = 0, set[UUID](), set[UUID]()
        self._burning = max(reports // 100, 1)

    def work(self) -> _Done:
        """What was known before is told and judged, then what came in overnight is told; then the shift begins."""
        known = [_picture(number) for number in range(max(self.reports // 25, 1))]
        with patch.object(clock, "now", self._passed):
            for one in known:
                self._take(actions.claim(case=self._tell(_Told("known", one)), by=self._analyst(), now=self._passed()))
            self._done = _Done()
            told = list(self._overnight(known))
            self._drawn.shuffle(told)
            for report in told:
                self._tell(report)
            self._belt()
            while self._step() or self._burning:
                if self._burning and (self._done.decisions % 9 == 8 or not self._waiting()):
                    self._burns()
        assert not self._waiting()
        assert self._done.closed == self.reports, (self._done, self.reports)
        return self._done

    def _overnight(self, known: Sequence[bytes]) -> Iterator[_Told]:
        repeated, alike, planted = self.reports * 2 // 5, self.reports // 4, max(self.reports // 50, 1)
        yield from (_Told("known", known[number % len(known)]) for number in range(repeated))
        yield from (_Told("alike", _picture(1000 + number // _GROUP, copy=number % _GROUP)) for number in range(alike))
        yield from (_Told("planted", _picture(2000 + number)) for number in range(planted))
        others = self.reports - repeated - alike - planted - self._burning
        yield from (_Told("new", _picture(3000 + number) if number % _OF < _FILED else b"") for number in range(others))

    def _step(self) -> bool:
        """One decision by the policy; False where nothing waits any more."""
        by = self._analyst()
        emergency = Case.objects.filter(organisation=self._desk, stage=Stage.QUEUED, is_emergency=True).exists()
        decided = [] if emergency else [one.lead for one in stacks(by=by, most=200) if one.is_decided and one.lead.pk not in self._alone]
        if decided:
            self._with_lead(decided[0], by)
            return True
        try:
            self._take(actions.claim_next(by=by, now=self._passed()))
        except errors.NothingWaits:
            return False
        return True

    def _take(self, case: Case) -> None:
        """Look once at what no decision covers, and say what it is; what is severe another person confirms by what the first one saw."""
        by = next(one for one in self._people if one.pseudonym == case.claimed_by)
        for kept in files(case):
            assert kept.original is not None
            actions.look_at_original(case=case, original=kept.original, reason=LookReason.OPEN, by=by, now=self._passed())
            self._done.reveals += 1
        is_planted = case.pk in self._planted
        actions.classify(case=case, look=_NOTHING if is_planted else _SHOWN, by=by, now=self._passed())
        self._done.decisions += 1
        assert case.stage == Stage.CLASSIFIED
        self._done.closed += 1

    def _with_lead(self, lead: Case, by: Actor) -> None:
        """Whatever waits under `lead` is decided with it, except what the rules hold out, which is then taken one by one."""
        shown_at, taken = self._passed(), standing(lead)
        assert taken is not None
        try:
            made = actions.decide_stack(lead=lead, shown_at=shown_at, shown=taken.pk, by=by, now=self._passed())
        except errors.NobodyFollows:
            self._alone.add(lead.pk)
            return
        self._done.decisions += 1
        self._now += undo.window()
        self._belt()
        self._done.closed += made.decision.members.filter(state=Follows.FOLLOWED).count()
        self._alone.add(lead.pk)

    def _burns(self) -> None:
        """Somebody tells that a child is in danger now: how long until it stands first wherever somebody may look."""
        self._burning -= 1
        begun = time.perf_counter()
        case = self._tell(_Told("danger", _picture(4000 + self._burning)))
        browser = Client(HTTP_HOST="localhost")
        browser.post("/sign-in/demo/", {"person": str(self._people[0].id)})
        for door in ("/", "/queue/danger/", "/queue/waiting/"):
            page = browser.get(door).content.decode()
            first = _CASE.search(page, page.index('<ul class="rows">'))
            assert first is not None
            assert first[1] == str(case.pk), door
            assert 'class="band"' in page, door
        self._done.slowest = max(self._done.slowest, time.perf_counter() - begun)

    def _tell(self, told: _Told) -> Case:
        now, danger = self._passed(), told.what == "danger"
        answers = {"what": ["found"], "danger": ["happening_now"] if danger else ["not_now"]}
        facts = ReportFacts(source="platform", channel="api", path="friend", language="en", told={"answers": answers}, is_emergency=danger)
        case = open_case(organisation=self._desk, report=facts, by=SYSTEM, now=now)
        if told.file:
            add_media(case=case, data=told.file, by=self._analyst(), now=now)
        take_in(case=case, now=now)
        if told.what == "planted":
            self._planted.add(case.pk)
        return case

    def _belt(self) -> None:
        """What `work` does beside the people, until nothing is due."""
        while sum(job() for job in (signals.pack_seen, signals.find_alike, triage.assess, review.carry_out)):
            pass

    def _waiting(self) -> bool:
        return Case.objects.filter(organisation=self._desk, stage__in=[Stage.QUEUED, Stage.REVIEWING, Stage.SECOND_LOOK]).exists()

    def _analyst(self) -> Actor:
        """In turns."""
        self._turn += 1
        return self._people[self._turn % len(self._people)]

    def _person(self, name: str) -> Actor:
        until = date(self._now.year + 2, 1, 1)
        person = add_person(
            organisation=self._desk,
            sign_in_name=name,
            name=name,
            roles={Role.ANALYST},
            by=SYSTEM,
            now=self._now,
            credential_until=until,
            is_demo=True,
        )
        demo.enrol(person=person, now=self._now)
        return person.as_actor(Proof.DEMO, now=self._now)

    def _passed(self) -> datetime:
        """The time of this shift, a second later at each reading."""
        self._now += timedelta(seconds=1)
        return self._now


def _picture(number: int, *, copy: int = 0) -> bytes:
    """An invented picture, the same for the same number: patches of colour. A copy of it is packed again and a little lighter."""
    drawn = np.random.default_rng(number)
    patches = Image.fromarray(drawn.integers(30, 220, (9, 9, 3), dtype=np.uint8))
    large = patches.resize((320, 320), Image.Resampling.BICUBIC).point([min(value + 3 * copy, 255) for value in range(256)] * 3)
    kept = io.BytesIO()
    large.save(kept, "JPEG", quality=92 - 8 * copy)
    return kept.getvalue()
