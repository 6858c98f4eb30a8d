"""What was erased is in no file of the desk any more: no page of the database, used or not, no write-ahead log, nothing published."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.house.tree import ROOT
from tests.serve.conftest import Installation

CANARY = "canary4481"
# As the desk and the belt of this installation would do it, in one process that holds its keys.
_DO = """
import json, sys
import django
django.setup(set_prefix=False)
from django.conf import settings
from cairndesk.accounts.actions import approval_digest, approve
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, FreshProof, Proof, Role
from cairndesk.cases.models import Case
from cairndesk.cases.rules.erasing import Ground
from cairndesk.custody import access
from cairndesk.custody import actions as custody
from cairndesk.custody.models import SealedItem
from cairndesk.intake import actions as intake
from cairndesk.intake import publish
from cairndesk.intake.rules import Path
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions
from cairndesk.triage.actions import take_in

access.unlock(settings.CAIRNDESK)
one = Organisation.objects.get()
def person(name, role):
    held = {"organisation": one.pk, "roles": frozenset({role}), "proof": Proof.PASSKEY, "name": name, "has_credential": True}
    return Actor(id=new_id(), pseudonym=str(new_id()), **held)
cal, ana, sam = person("Cal", Role.CALL_TAKER), person("Ana", Role.ANALYST), person("Sam", Role.SUPERVISOR)
told = {"what": ["threatens"], "more": sys.argv[1] * 300, "link": f"https://{sys.argv[1]}.example/1"}
taken = intake.take_report(organisation=one, path=Path.CARER, language="en", channel="phone", told=told, by=cal, now=clock.now())
take_in(case=taken.case, now=clock.now())
intake.send_message(case=taken.case, words=sys.argv[1], by=ana, now=clock.now())
publish.publish_changes(now=clock.now())
sealed = [bytes(part).hex() for item in SealedItem.objects.all() for part in (item.wrapped, item.ciphertext)]
boxes = [path.read_bytes().hex() for path in (settings.DATA / "published" / "mailboxes").iterdir()]
print(json.dumps(sealed + boxes), flush=True)
sys.stdin.readline()
wish = actions.ask_erasure(case=taken.case, ground=Ground.ASKED_WITH_WORDS, words=" ".join(taken.words), by=ana, now=clock.now())
now = clock.now()
proof = FreshProof(pseudonym=sam.pseudonym, digest=approval_digest(wish), proof=sam.proof, at=now)
approve(request=wish, by=sam, fresh=proof, now=now)
publish.publish_changes(now=clock.now())
print(custody.sweep(), flush=True)
sys.stdin.readline()
"""


def found_in(folder: Path, wanted: list[bytes]) -> set[str]:
    """Names of the files of `folder` that hold any of `wanted`, whole or as much of it as fits on one page."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {path.name for path in files for one in wanted if one[-200:] in path.read_bytes() or one[:200] in path.read_bytes()}


@pytest.mark.slow
def test_the_files_of_a_desk_hold_nothing_that_was_erased(installation: Installation) -> None:
    data = installation.folder / "data"
    given = installation.environment | {"DJANGO_SETTINGS_MODULE": "cairndesk.settings", "PYTHONPATH": f"{ROOT / 'src'}"}
    command = [sys.executable, "-c", _DO, CANARY]
    with subprocess.Popen(command, cwd=installation.folder, env=given, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as desk:
        assert desk.stdin is not None
        assert desk.stdout is not None
        sealed = [bytes.fromhex(one) for one in json.loads(desk.stdout.readline())]
        before = found_in(data, sealed)
        # Seen first, so that not seeing it afterwards says something.
        assert any(name.startswith("desk.sqlite3") for name in before)
        assert any(len(name) == 32 for name in before)
        desk.stdin.write("\n")
        desk.stdin.flush()
        assert int(desk.stdout.readline()) > 2
        # While the database is still open, and its write-ahead log lies beside it.
        assert found_in(data, [*sealed, CANARY.encode()]) == set()
        desk.stdin.write("\n")
    assert desk.returncode == 0
