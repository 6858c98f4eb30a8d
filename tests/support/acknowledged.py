"""A desk for `tests.support.life`, what it holds at the end, and whether that is what was promised: each report once, whole, and none besides."""

import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.support import inspect_desk
from tests.support.load import comes_back
from tests.support.served import Served

Found = Mapping[str, Any]
KEY_FILE = "platform.key"
# What `served.prepared` is given so that a platform may hand over reports; its key lies in KEY_FILE.
PREPARE = f"""
from pathlib import Path
from django.conf import settings
from cairndesk.accounts.actions import create_api_key
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import SYSTEM
first = Organisation.objects.get(is_first=True)
_, key = create_api_key(organisation=first, sender="Example Platform", source="platform", by=SYSTEM, now=datetime.now(UTC))
(Path(settings.DATA) / "{KEY_FILE}").write_text(key)
"""
# Seconds until everything that was filed is taken in and laid out, once nobody kills any more.
_DRAINED = 1200.0
# Pages of somebody who did not come to the end: they were never promised to be a report.
_ALLOWED = {"drafts that are no report"}


def wait_until_taken_in(desk: Served, words: Sequence[tuple[str, ...]]) -> None:
    """Return when the spool of a running desk is empty and each six of `words` open something; raises TimeoutError."""
    deadline, waiting = time.monotonic() + _DRAINED, list(words)
    while time.monotonic() < deadline:
        if not list((desk.data / "spool").glob("*.frag")):
            waiting = [six for six in waiting if comes_back(desk.portal, six) != "It is good that you are back"]
            if not waiting:
                return
        time.sleep(0.5)
    raise TimeoutError(f"{len(waiting)} receipts open nothing, {len(list((desk.data / 'spool').iterdir()))} files wait")


def look(desk: Served, words: Sequence[Sequence[str]]) -> Found:
    """What a stopped desk holds, and where each six of `words` lead."""
    command = [sys.executable, str(Path(inspect_desk.__file__))]
    done = subprocess.run(command, input=json.dumps(words), env=desk.environment, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found: Found = json.loads(done.stdout)
    return found


def words_of(acks: Sequence[Mapping[str, Any]]) -> list[Sequence[str]]:
    """The receipts among the acknowledgements of a `Life`, in their order."""
    return [ack["words"] for ack in acks if "words" in ack]


def broken(found: Found, acks: Sequence[Mapping[str, Any]]) -> list[str]:
    """Every promise that is not kept, and everything that is torn or doubled; `found` is what `look` saw with the words of `acks`."""
    by_link = {" ".join(report["items"]): report for report in found["reports"]}
    doubled = Counter(" ".join(report["items"]) for report in found["reports"])
    leads = dict(zip([ack["marker"] for ack in acks if "words" in ack], found["receipts"], strict=True))
    wrong = [f"{link} is there {times} times" for link, times in doubled.items() if times > 1]
    for link, report in by_link.items():
        marker = link.rpartition("/")[2]
        if report["answers"].get("more") != marker or report["answers"].get("what") != ["threatens"] or report["state"] != "done":
            wrong.append(f"{link} is torn: {report['answers']}, {report['state']}")
        if report["events"].count("cases.case.opened") != 1:
            wrong.append(f"{link} has another log than one opening")
    for ack in acks:
        if "object" in ack:
            wrong += [] if ack["object"] in found["objects"] else [f"the object {ack['object']} is lost"]
        elif not (report := by_link.get(f"https://site.example/{ack['marker']}")):
            wrong.append(f"{ack['marker']} is lost")
        elif leads.get(ack["marker"], report["case"]) != report["case"]:
            wrong.append(f"the receipt of {ack['marker']} leads elsewhere")
    wrong += [f"{count} {what}" for what, count in found["left over"].items() if count and what not in _ALLOWED]
    wrong += [f"{name} lies in the spool" for name in found["spool"] if not name.endswith(".part")]
    wrong += [f"{name}: {found[name]}" for name in ("log", "vault") if not found[name]["ok"]]
    return wrong + ([] if found["database"] == "ok" else [f"the database: {found['database']}"])
