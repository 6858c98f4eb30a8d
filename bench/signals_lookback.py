"""Look-back over what came in before, and how soon what is confirmed here is answered over HTTP by another process.

What is seen stands in the desk's own tables, sealed in batches as `work` packs them: of each of a million files three digests and eight
forms of its picture. A look-back is timed as the belt runs it: from the new version to the cases that are to be looked at again,
with opening every batch. The peers are the goals; no other program that can be run here looks back.
"""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from http.client import HTTPConnection
from uuid import UUID, uuid5

import numpy as np
from bench.desk import a_desk
from bench.report import Row, Scale, less_is_better, seconds
from django.conf import settings
from django.db import connection, connections, transaction

from cairndesk.accounts.actions import approval_digest, approve, create_api_key
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import SYSTEM, Actor, FreshProof, Proof, Role
from cairndesk.cases.actions import Named, ReportFacts, open_case
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.review import actions as review
from cairndesk.review.rules import Look
from cairndesk.signals import door
from cairndesk.signals.actions import import_list, look_back, make_own_list
from cairndesk.signals.actions.seen import keep_batch
from cairndesk.signals.engine.identifiers import Identifier, Kind
from cairndesk.signals.engine.lists import Row as Listed
from cairndesk.signals.engine.seen import Block
from cairndesk.signals.models import HashList, MetLater
from cairndesk.signals.rules import Papers, SeenBy
from cairndesk.triage.actions import take_in

_GOAL, _GOAL_HTTP = 10, 1
_PLANTED, _ROUNDS, _OF_A_BATCH = 20, 5, 4096
_LOOK = Look(features={"shows_abuse": "yes", "authenticity": "real", "realism": "photorealistic"}, harms=("material_distribution",), severity="c")
_SERVE = """
import django, sys, uvicorn
django.setup()
from django.conf import settings
from cairndesk.serve.site import application
uvicorn.run(application(settings.CAIRNDESK), host="127.0.0.1", port=int(sys.argv[1]), log_level="error", lifespan="off")
"""


def rows(*, scale: Scale) -> list[Row]:
    """The figures of this file; `quick` takes a tenth of the files and no version of a hundred thousand hashes."""
    desk = a_desk()
    seen = _Seen(desk, scale.of(tiny=2 * _OF_A_BATCH, quick=100_000, usual=1_000_000))
    few = {"": 1_000, "-one": 1}
    many = scale.of(tiny={"": 20, "-one": 1}, quick=few, usual=few | {"-100k": 100_000})
    return [*(seen.looked_back(f"look-back-1m{name}", new) for name, new in many.items()), _confirmed(desk)]


class _Seen:
    """So many files, each of a case of its own, and some of them by which it is known that what is new finds what it should."""

    def __init__(self, desk: Organisation, files: int) -> None:
        self._desk, self._files, self._dice = desk, files, np.random.default_rng(4)
        self._known: dict[UUID, bytes] = {}
        for at in range(0, files, _OF_A_BATCH):
            self._put(min(_OF_A_BATCH, files - at))

    def _put(self, many: int) -> None:
        cases, places = [new_id() for _ in range(many)], np.arange(many, dtype=np.uint32)
        keys, hashes = (self._dice.integers(0, 256, (each * many, width), dtype=np.uint8) for each, width in ((3, 16), (8, 32)))
        block = Block(
            np.frombuffer(b"".join(case.bytes for case in cases), np.uint8).reshape(-1, 16), keys, np.repeat(places, 3), hashes, np.repeat(places, 8)
        )
        with transaction.atomic(), connection.cursor() as cursor:
            batch = keep_batch(self._desk.id, block, clock.now())
            # A million rows: objects for them would take longer than what is measured.
            known = ((self._desk.id.hex, case.hex, batch.pk.hex, bytes(32), True) for case in cases)
            cursor.executemany('INSERT INTO signals_seen (organisation_id, "case", batch_id, digest, is_compared) VALUES (%s, %s, %s, %s, %s)', known)
        self._known[cases[0]] = hashes[3].tobytes()

    def looked_back(self, row: str, new: int) -> Row:
        """The seconds that a version of `new` hashes takes, of which some are within the distance of a file that was seen."""
        planted = dict(list(self._known.items())[: min(_PLANTED, new)])
        near = [bytes(np.frombuffer(one, np.uint8) ^ np.packbits(np.arange(256) % 9 == 0)) for one in planted.values()]
        others = [self._dice.bytes(32) for _ in range(new - len(near))]
        MetLater.objects.all().delete()
        listed = _listed(self._desk, row, [(Kind.PDQ, one) for one in (*near, *others)])
        before = time.process_time()
        taken = seconds(lambda: _to_the_end(listed))
        processor = time.process_time() - before
        assert set(MetLater.objects.values_list("case", flat=True)) == set(planted)
        note = f"{new:,} new PDQ hashes against {self._files:,} files in all forms, sealed, {len(planted)} of them met; "
        note += f"{processor:.1f} s of processor; peer: the goal"
        return less_is_better(row, taken, _GOAL, unit="s", note=note)


def _to_the_end(listed: HashList) -> None:
    while look_back(listed=listed, now=clock.now()):
        pass


def _listed(desk: Organisation, name: str, values: Sequence[tuple[Kind, bytes]]) -> HashList:
    papers = Papers(
        name=name, owner="Bench", agreement="-", terms="-", provenance="drawn by chance", received_on=clock.now().date(),
        expires_on=_expiry(), seen_by=SeenBy.MACHINES,
    )  # fmt: skip
    lines = (Listed(line, (Identifier(kind, value.hex()),), label="", withdrawn=False) for line, (kind, value) in enumerate(values, 1))
    return import_list(organisation=desk.id, papers=papers, rows=lines, by=_person(desk, Role.SUPERVISOR), now=clock.now()).listed


def _confirmed(desk: Organisation) -> Row:
    """From the moment at which a second person publishes a confirmed file until another process answers with its hash, the slowest of some."""
    key = create_api_key(organisation=desk, sender="Bench", source="platform", may_look_up=True, by=SYSTEM, now=clock.now())[1]
    make_own_list(organisation=desk, terms="-", expires_on=_expiry(), seen_by=SeenBy.MACHINES, by=_person(desk, Role.SUPERVISOR), now=clock.now())
    wishes = {digest: _asked(desk, digest) for digest in (os.urandom(16).hex() for _ in range(_ROUNDS))}
    # The process that serves opens the database by itself; a copy of this one's connection would not do.
    connections.close_all()
    with _serving(key) as verdict:
        taken = []
        for digest, wish in wishes.items():
            assert verdict(digest) == "none"
            taken.append(seconds(partial(_publish, wish, verdict, digest)))
    note = f"from a second person's word to the answer over HTTP of another process, publishing included, the slowest of {_ROUNDS}; peer: the goal"
    return less_is_better("confirmed-to-http", max(taken), _GOAL_HTTP, unit="s", note=note)


def _asked(desk: Organisation, digest: str) -> Request:
    """Somebody has classified a case with this file, and asks that its hash be published."""
    ana, now = _person(desk, Role.ANALYST), clock.now()
    named = (Named("media", digest, hash_kind="md5"),)
    facts = ReportFacts(source="platform", channel="api", path="friend", language="en", told={"answers": {"what": ["found"]}}, named=named)
    case = open_case(organisation=desk, report=facts, by=SYSTEM, now=now)
    take_in(case=case, now=now)
    case = review.claim(case=case, by=ana, now=now)
    review.classify(case=case, look=_LOOK, by=ana, now=now, note="For the bench.")
    case.refresh_from_db()
    return review.ask_publication(case=case, file=case.items.get(), by=ana, now=now)


def _publish(wish: Request, verdict: Callable[[str], str], digest: str) -> None:
    sam = _person(Organisation.objects.get(pk=wish.organisation_id), Role.SUPERVISOR)
    fresh = FreshProof(pseudonym=sam.pseudonym, digest=approval_digest(wish), proof=sam.proof, at=clock.now())
    approve(request=wish, by=sam, fresh=fresh, now=clock.now())
    _until_known(verdict, digest)


def _person(desk: Organisation, role: Role) -> Actor:
    return Actor(
        id=uuid5(desk.id, role),
        pseudonym=f"bench-{role}",
        organisation=desk.id,
        roles=frozenset({role}),
        proof=Proof.PASSKEY,
        name=role.value,
        has_credential=True,
    )


def _expiry() -> date:
    return date(clock.now().year + 1, 1, 1) + timedelta(days=31)


def _until_known(verdict: Callable[[str], str], digest: str) -> None:
    while verdict(digest) != "known":
        time.sleep(0.005)


@contextmanager
def _serving(key: str) -> Iterator[Callable[[str], str]]:
    """What a desk in another process says of a digest."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    path = f"{settings.BASE.parent}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    with subprocess.Popen([sys.executable, "-c", _SERVE, str(port)], env=os.environ | {"PYTHONPATH": path}) as process:  # noqa: S603 - our own
        try:
            line = _line(port)
            yield lambda digest: _verdict(line, key, digest)
        finally:
            process.terminate()


def _line(port: int) -> HTTPConnection:
    for _ in range(300):
        line = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            line.connect()
        except OSError:
            time.sleep(0.1)
        else:
            return line
    raise TimeoutError("the desk does not open")


def _verdict(line: HTTPConnection, key: str, digest: str) -> str:
    headers: Mapping[str, str] = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    line.request("POST", door.CHECK, json.dumps({"items": [{"value": digest}]}), headers)
    return str(json.loads(line.getresponse().read())["results"][0]["verdict"])
