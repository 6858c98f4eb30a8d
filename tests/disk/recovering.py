"""Starts a desk again on every state that a power cut may have left, and asks it for what was acknowledged before the cut.

`python -m tests.disk.recovering BEFORE NUMBERS TRACE STATES SEED`, under the environment of the desk with CAIRNDESK_DATA set to a folder that
is not there. BEFORE is what lay in the watched folder at the beginning, NUMBERS names its files by their numbers. Tells as JSON what is wrong.
"""

import gc
import json
import os
import random
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections
from tests.disk.states import Disk, luck
from tests.disk.watching import Op, Record, read
from tests.support import inspect_desk
from tests.support.life import Life

Found = dict[str, Any]


def main(before: Path, numbers: dict[int, str], records: Sequence[Record], states: int, seed: int) -> dict[str, Any]:
    """Every broken promise, with the place of the cut and what was left; `cuts` counts the states."""
    drawn, disk = random.Random(seed), Disk(before, numbers)  # noqa: S311 - states that can be made again, no secret
    promised: list[dict[str, Any]] = []
    wrong: list[str] = []
    cuts = _cuts(records, states, drawn)
    for at, record in enumerate(records):
        if record.op is Op.NOTE:
            promised.append(json.loads(record.data))
        else:
            disk.happen(record)
        for kind in cuts.get(at, ()):
            disk.cut(settings.DATA, *luck(drawn, kind))
            wrong += [f"cut after {at} of {len(records)}, kind {kind % 7}: {one}" for one in _broken(promised)]
            shutil.rmtree(settings.DATA)
    return {"cuts": sum(map(len, cuts.values())), "promised": len(promised), "wrong": wrong}


def _cuts(records: Sequence[Record], states: int, drawn: random.Random) -> dict[int, list[int]]:
    """After which record the power goes: every second time right after a promise, else anywhere; and what is left each time."""
    promises = [at for at, record in enumerate(records) if record.op is Op.NOTE]
    cuts: dict[int, list[int]] = {}
    for number in range(states):
        at = drawn.choice(promises) if number % 2 else drawn.randrange(len(records))
        cuts.setdefault(at, []).append(number // 2)
    return cuts


def _broken(promised: Sequence[dict[str, Any]]) -> Iterator[str]:
    """What the desk that lies in the data folder lacks of what was `promised`, once it was started."""
    found = _recovered([one["words"] for one in promised if one.get("words")])
    if "failed" in found:
        yield f"it did not start: {found['failed']}"
        return
    # Danger makes a report of the first page already; such a one has no link until the page with the link is there.
    reports: dict[str, list[Found]] = {}
    for report in found["reports"]:
        for link in report["items"][:1]:
            reports.setdefault(link, []).append(report)
    leads = dict(zip([one["link"] for one in promised if one.get("words")], zip(found["receipts"], found["boxes"], strict=True), strict=True))
    for one in promised:
        held = reports.get(one["link"], [])
        if len(held) != 1 or held[0]["answers"] != one["answers"]:
            yield f"{one['link']} was acknowledged and is there {len(held)} times, as {[report['answers'] for report in held]}"
        elif one.get("words") and leads[one["link"]] != (held[0]["case"], True):
            yield f"the receipt of {one['link']} leads to {leads[one['link']]}"
        elif one.get("original") and held[0]["id"] not in found["originals"]:
            yield f"the original of {one['link']} was acknowledged and is lost"
    yield from (f"{link} is there {len(held)} times" for link, held in reports.items() if len(held) > 1)
    yield from (f"{what}: {found[what]}" for what in ("log", "vault") if not found[what]["ok"])
    yield from (f"the database: {found['database']}" for _ in [0] if found["database"] != "ok")
    yield from (f"{name} stays in the spool" for name in found["spool"] if not name.endswith(".part"))


def _recovered(words: list[list[str]]) -> Found:
    """What a fresh process finds after it was started on the data folder, in one cycle."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        try:
            found = _start(words)
        except BaseException as failure:  # noqa: BLE001 - whatever it is, a desk that does not start has lost what it held
            found = {"failed": f"{type(failure).__name__}: {failure}"}
        with os.fdopen(writing, "w") as told:
            json.dump(found, told)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        heard = told.read()
    os.waitpid(child, 0)
    return dict(json.loads(heard))


def _start(words: list[list[str]]) -> Found:
    life = Life.begin()
    life.take_in()
    life.lay_out()
    life.sweep()
    return inspect_desk.main(words)


if __name__ == "__main__":
    before, numbers, trace, states, seed = sys.argv[1:]
    connections.close_all()
    # None of the processes that are started is to look for garbage in what all of them share.
    gc.freeze()
    told = main(Path(before), {int(key): path for key, path in json.loads(numbers).items()}, list(read(Path(trace))), int(states), int(seed))
    sys.stdout.write(json.dumps(told))
