"""Figure [log-million] at a fiftieth of its size: what a benchmark times on a million entries is right on twenty thousand."""

from pathlib import Path

import pytest
from bench.custody_log import _fill
from django.conf import LazySettings
from tests.custody.conftest import NOON, Doer
from tests.custody.test_by_others import takes
from tests.support import append_only

from cairndesk.custody import queries
from cairndesk.custody.actions import lay_out_log, make_checkpoint, record
from cairndesk.custody.ledger import note, proofs
from cairndesk.custody.ledger.check_tiles import check_folder
from cairndesk.custody.models import LogEntry, LogHead
from cairndesk.custody.rules import Event
from cairndesk.custody.sealing.keyring import Keyring

SIZE = 20_000


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("EVD-19")
def test_twenty_thousand_entries_are_appended_to_proven_laid_out_and_checked(ring: Keyring, tmp_path: Path, settings: LazySettings) -> None:
    settings.DATA = tmp_path
    LogHead.objects.create(id=1)
    subjects = _fill(SIZE)
    earlier = make_checkpoint(now=NOON)
    appended = record(event=Event.CASES_CASE_OPENED, subject_kind="case", subject=subjects[0], by=Doer(), now=NOON)
    newest = make_checkpoint(now=NOON)
    assert (earlier.size, appended.index, newest.size) == (SIZE, SIZE, SIZE + 1)
    for subject in subjects:
        for one in queries.proofs_about(subject, checkpoint=newest):
            assert one.proof.proves(bytes(LogEntry.objects.get(index=one.index).leaf_hash), note.read(newest.note))
            assert takes(one.leaf, one.proof.text())
    grown = {"earlier": SIZE, "earlier_root": bytes(earlier.root), "size": SIZE + 1, "root": bytes(newest.root)}
    assert proofs.verify_consistency(**grown, proof=queries.consistency(SIZE, SIZE + 1))
    report = queries.verify_log()
    assert (report.ok, report.first_problem, report.size, report.signatures_checked) == (True, "", SIZE + 1, True)
    lay_out_log(newest)
    laid = check_folder(tmp_path / "log", verifier=queries.verifier_key())
    assert (laid.ok, laid.first_problem, laid.size, laid.root) == (True, "", SIZE + 1, report.root)
    append_only.lift()
    LogEntry.objects.filter(index=12_345).update(leaf=bytes(appended.leaf))
    assert "entry 12345" in queries.verify_log().first_problem
