"""How long a person waits for the pages of a full desk: the first screen, a queue, a search, a case, and the next card after a decision.

The desk holds 100,000 cases with 1,000,000 items where it is soaked, and fewer else (see `_SIZES`). Four in five are closed; ten in a
hundred wait, which is a long line. They are laid down in bulk, see `bench.laying`: what somebody told is sealed as the desk seals it, and found by
its words; the other sealed things are copies of one another, which no page opens. Left out are files and their originals, receipts, messages, plans
and what leaves the house. Every page is asked through the whole desk as a signed-in person asks it, but for the network and the browser.

With `--data` the desk stays, and is measured again the next time. On PostgreSQL: `.ci/with-postgres python -m bench --soak scale`.
"""

import itertools
import random
import statistics
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Any

from bench.desk import a_desk
from bench.laying import Copies, Pattern, lay, settle, value_of
from bench.report import Row, Scale, less_is_better
from django.conf import settings
from django.db import connection
from django.test import Client

from cairndesk import founding
from cairndesk.accounts import demo
from cairndesk.accounts.actions.people import add_person
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.actions import Named, ReportFacts, move, open_case
from cairndesk.cases.models import Case, Item
from cairndesk.cases.rules.stages import Stage
from cairndesk.custody import access, kept_open
from cairndesk.lib import clock
from cairndesk.review import actions, recall
from cairndesk.review.rules import Look
from cairndesk.serve import child
from cairndesk.signals.actions import import_list
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.engine.lists import Row as ListRow
from cairndesk.signals.rules import Papers
from cairndesk.triage.actions import take_in
from cairndesk.triage.models import Stacked

_PAGE, _NEXT = 300.0, 150.0
_SLUG, _ANALYSTS, _COMMON = "scale", 12, 800_000
# Cases, and how often each page is asked.
_SIZES: dict[Scale, tuple[int, int]] = {Scale.TINY: (60, 2), Scale.QUICK: (2_000, 20), Scale.USUAL: (10_000, 40), Scale.SOAK: (100_000, 100)}
# Of a thousand cases so many are like each of these.
_MIX = {
    "waiting": 70,
    "danger": 1,
    "met": 10,
    "stacked": 6,
    "under-one": 10,
    "reviewing": 5,
    "mine": 1,
    "second-look": 5,
    "acting": 40,
    "answered": 50,
}
_LISTED = "ab" * 32
_LOOK = Look(features={"shows_abuse": "no"}, harms=("technology_facilitated",), severity="none")
_SEVERE = Look(features={"shows_abuse": "yes", "authenticity": "real", "realism": "photorealistic"}, harms=("material_distribution",), severity="a")
_FORM = {"severity": "none", "f_shows_abuse": "no", "harms": ["technology_facilitated"], "next": "1"}
_PARTS = ("ba do fe gi lu mo na pe ri so tu va", "lan mir nok pes rum sal ten vok", " a en il or us tek dam")
_WORDS = ["".join(parts) for parts in itertools.product(*(part.split(" ") for part in _PARTS))]
_QUEUES = ("danger", "waiting", "mine", "reviewing", "second_look", "acting", "answered", "open")
_DOORS = (*(f"{key}/" for key in _QUEUES), "open/?page=5", "answered/?page=9", "waiting/?level=3&late=on")


def rows(*, scale: Scale) -> list[Row]:
    """The slowest twentieth of each kind of page, in milliseconds, beside the goal."""
    many, times = _SIZES[scale]
    desk = _desk()
    held = Case.objects.filter(organisation=desk).count()
    if not held:
        begun = time.perf_counter()
        _Laying(desk).lay(many)
        settle()
        print(f"laid down in {time.perf_counter() - begun:.0f} s", flush=True)
    elif held < many:
        raise ValueError(f"this desk holds {held} cases: name another folder, or the size that it was laid down for")
    while recall.HELD.take_in(now=clock.now()):
        pass
    # As a process that serves pages does when it has read all that it keeps.
    child.settle()
    kept_open.keep(child.CONNECTIONS)
    return list(_Day(desk, times).rows())


def _desk() -> Organisation:
    try:
        a_desk()
    except founding.AlreadyFounded:
        access.unlock(settings.CAIRNDESK)
    demo.make_secret()
    return Organisation.objects.filter(slug=_SLUG).first() or founding.add_desk(slug=_SLUG, name="Scale", country="XA", now=clock.now())


def _told(drawn: random.Random) -> dict[str, Any]:
    """Forty words; some are frequent, and some rare."""
    words = [_WORDS[int(drawn.random() ** 2 * len(_WORDS))] for _ in range(36)] + [f"{drawn.choice(_WORDS)}{drawn.choice(_WORDS)}" for _ in range(4)]
    return {"answers": {"what": ["found"], "more": " ".join(words)}}


class _Laying:
    """A few cases by the real actions, and many like them."""

    def __init__(self, desk: Organisation) -> None:
        self._desk, self._number = desk, 0
        self._now = clock.now()
        self._people = [_person(desk, f"{_SLUG}-{number}", Role.ANALYST, self._now) for number in range(_ANALYSTS)]
        self._lead = _person(desk, f"{_SLUG}-lead", Role.SUPERVISOR, self._now)

    def lay(self, many: int) -> None:
        self._list()
        # What copies of the next ones are alike in: an account, and a listed file.
        self._tell([_named("account", _COMMON), *self._listed()])
        made = {
            "waiting": [Pattern(self._tell) for _ in range(3)],
            "danger": [Pattern(lambda: self._tell(danger=True))],
            "met": [Pattern(lambda: self._tell(self._listed()))],
            "stacked": [Pattern(self._stack)],
            "under-one": [Pattern(lambda: self._tell([_named("account", _COMMON)]))],
            "reviewing": [Pattern(partial(self._claimed, person)) for person in self._people[1:]],
            "mine": [Pattern(lambda: self._claimed(self._people[0]))],
            "second-look": [Pattern(lambda: self._classified(_SEVERE))],
            "acting": [Pattern(lambda: self._classified(_LOOK)), Pattern(lambda: self._moved(Stage.ACTING))],
            "answered": [Pattern(lambda: self._moved(Stage.ACTING, Stage.ANSWERED))],
            "closed": [Pattern(lambda: self._moved(Stage.ACTING, Stage.ANSWERED, Stage.CLOSED)) for _ in range(2)],
        }
        mix = _MIX | {"closed": 1000 - sum(_MIX.values())}
        copies = [
            Copies(one, max(many * mix[name] // 1000 // len(patterns), 1), _long_ago if name == "closed" else _lately, opens=name != "closed")
            for name, patterns in made.items()
            for one in patterns
        ]
        lay(copies, told=_told, seed=6)

    def _tell(self, named: Sequence[Named] = (), *, danger: bool = False) -> Case:
        answers = _told(random.Random(self._number))["answers"] | {"danger": ["happening_now"] if danger else ["not_now"]}  # noqa: S311
        facts = ReportFacts(
            source="platform",
            channel="api",
            path="friend",
            language="en",
            told={"answers": answers},
            is_emergency=danger,
            named=[*named, *self._own(10 - len(named))],
        )
        case = open_case(organisation=self._desk, report=facts, by=SYSTEM, now=self._now)
        take_in(case=case, now=self._now)
        return case

    def _own(self, many: int) -> Iterator[Named]:
        for kind in ["url", "url", "url", "account", "account", "email", "phone", "media", "media", "hashtag"][:many]:
            self._number += 1
            yield _named(kind, self._number)

    def _listed(self) -> list[Named]:
        return [Named("media", _LISTED, hash_kind="sha256")]

    def _stack(self) -> Case:
        same = [_named("email", _COMMON)]
        first, _, _ = (self._tell(same) for _ in range(3))
        return first

    def _claimed(self, by: Actor) -> Case:
        return actions.claim(case=self._tell(), by=by, now=self._now)

    def _classified(self, look: Look) -> Case:
        case = self._claimed(self._people[0])
        actions.classify(case=case, look=look, by=self._people[0], now=self._now)
        return case

    def _moved(self, *stages: Stage) -> Case:
        case = self._classified(_LOOK)
        for stage in stages:
            move(case=case, to=stage, by=self._people[0], now=self._now)
        return case

    def _list(self) -> None:
        papers = Papers(
            name="Made up",
            owner="Bench",
            agreement="none",
            terms="Made up.",
            provenance="Made up.",
            received_on=self._now.date(),
            expires_on=self._now.date() + timedelta(days=300),
        )
        rows = [ListRow(1, label="A1", identifiers=recognise(f"sha256:{_LISTED}")[:1])]
        import_list(organisation=self._desk.pk, papers=papers, rows=rows, by=self._lead, now=self._now)


class _Day:
    """A person at the desk, who asks for one page after the other."""

    def __init__(self, desk: Organisation, times: int) -> None:
        self._desk, self._times, self._drawn = desk, times, random.Random(7)  # noqa: S311 - the same day every time
        self._by = Client(HTTP_HOST="localhost")
        person = Person.objects.get(organisation=desk, sign_in_name=f"{_SLUG}-0")
        assert self._by.post("/sign-in/demo/", {"person": str(person.pk)}).status_code < 400
        self._many, self._items = Case.objects.filter(organisation=desk).count(), Item.objects.count()

    def rows(self) -> Iterator[Row]:
        cases = self._cases()
        yield self._row("scale-first", lambda _: self._get("/"), ["first"], _PAGE)
        yield self._row("scale-queue", lambda door: self._get(f"/queue/{door}"), _DOORS, _PAGE)
        yield self._row("scale-case", lambda case: self._get(f"/cases/{case[1]}/"), cases, _PAGE)
        yield self._row("scale-search", lambda said: self._search(said[1]), self._said(), _PAGE)
        yield self._row("scale-next", lambda _: self._decide(), ["decision"], _NEXT)

    def _cases(self) -> list[tuple[str, Any]]:
        own = Case.objects.filter(organisation=self._desk)
        found = [(stage, pk) for stage in Stage for pk in own.filter(stage=stage).order_by("number").values_list("pk", flat=True)[:8]]
        hot = own.filter(items__terms__digest=access.keys().blind_index(self._desk.pk, "email", value_of("email", 1))).order_by("number")
        found += [("shares", pk) for pk in hot.values_list("pk", flat=True)[:8]]
        return found + [("leads", pk) for pk in own.filter(pk__in=Stacked.objects.values("lead")).order_by("number").values_list("pk", flat=True)[:8]]

    def _said(self) -> list[tuple[str, str]]:
        number = Case.objects.filter(organisation=self._desk).order_by("number").values_list("number", flat=True)[0]
        words = [("word", _WORDS[-1]), ("words", f"{_WORDS[0]} {_WORDS[9]}"), ("beginning", _WORDS[400][:5]), ("slip", _WORDS[300] + "x")]
        return [("number", number), ("equal", value_of("email", 1)), ("nothing", "nobody@example.org"), *words]

    def _get(self, door: str) -> float:
        begun = time.perf_counter()
        answer = self._ask(self._by.get, door)
        taken = time.perf_counter() - begun
        assert answer.status_code == HTTPStatus.OK, door
        return taken

    def _search(self, said: str) -> float:
        begun = time.perf_counter()
        answer = self._ask(self._by.post, "/search/", {"said": said})
        taken = time.perf_counter() - begun
        assert answer.status_code == HTTPStatus.OK, said
        return taken

    def _decide(self) -> float:
        """A decision that is sent with "and the next one": until the card of the next case is there."""
        case = Case.objects.filter(organisation=self._desk, stage=Stage.REVIEWING, claimed_by=self._pseudonym()).latest("stage_since")
        begun = time.perf_counter()
        answer = self._ask(self._by.post, f"/cases/{case.pk}/classify/", _FORM)
        taken = time.perf_counter() - begun
        assert answer.status_code == HTTPStatus.FOUND, answer.content.decode()
        return taken + self._get(answer["Location"])

    def _ask(self, by: Callable[..., Any], *given: Any) -> Any:
        """As the desk answers: each request in a thread of its own, which lets go of its connection."""
        try:
            return by(*given)
        finally:
            connection.close()

    def _pseudonym(self) -> str:
        return str(Person.objects.get(organisation=self._desk, sign_in_name=f"{_SLUG}-0").pseudonym)

    def _row(self, name: str, ask: Callable[[Any], float], asked: Sequence[Any], goal: float) -> Row:
        for one in asked:
            ask(one)
        taken: dict[str, list[float]] = defaultdict(list)
        for turn in range(max(self._times, len(asked))):
            one = asked[turn % len(asked)]
            taken[one if isinstance(one, str) else one[0]].append(ask(one) * 1000)
        every = sorted(took for held in taken.values() for took in held)
        slowest = max(taken, key=lambda name: statistics.median(taken[name]))
        note = (
            f"{self._many:,} cases with {self._items:,} items, {connection.vendor}, {len(every)} times: "
            f"p50 {statistics.median(every):.0f} ms, the slowest kind {slowest} {statistics.median(taken[slowest]):.0f} ms; peer: the goal"
        )
        return less_is_better(name, every[len(every) * 95 // 100], goal, unit="ms", note=note)


def _named(kind: str, number: int) -> Named:
    if kind == "media":
        return Named(kind, f"{number:064x}", hash_kind="sha256")
    written = {"url": f"https://site-{number}.example/page", "email": f"own-{number}@example.org", "phone": f"+88{number:09d}"}
    return Named(kind, written.get(kind, f"own-{number}"))


def _person(desk: Organisation, name: str, role: Role, now: datetime) -> Actor:
    until = date(now.year + 2, 1, 1)
    person = add_person(organisation=desk, sign_in_name=name, name=name, roles={role}, by=SYSTEM, now=now, credential_until=until, is_demo=True)
    demo.enrol(person=person, now=now)
    return person.as_actor(Proof.DEMO, now=now)


def _lately(drawn: random.Random) -> timedelta:
    return timedelta(minutes=drawn.randrange(14 * 24 * 60))


def _long_ago(drawn: random.Random) -> timedelta:
    return timedelta(days=14, minutes=drawn.randrange(2 * 365 * 24 * 60))
