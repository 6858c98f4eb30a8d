"""Keep how an account is worded, in keyed digests, so that what is told in nearly the same words is found; and forget it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cairndesk.cases.models import Case, Report
from cairndesk.custody import access
from cairndesk.triage.models import Wording, WordingMark
from cairndesk.triage.rules.retelling import Worded, may_be_compared, worded
from cairndesk.triage.rules.stacks import CONTENT


def wording_of(case: Case, *, reports: Sequence[Report], told: Sequence[Mapping[str, Any]], kinds: Collection[str]) -> Worded | None:
    """How the one account of `case` is worded, the answers being `told`; None where it is compared with none.

    What shows something (`kinds` are those of its items) is compared by that, and of two reports each says something of its own. Raises
    DeskLocked.
    """
    if len(reports) != 1 or case.advice_only or CONTENT & set(kinds) or not may_be_compared(source=reports[0].source, path=reports[0].path):
        return None
    key = access.keys().blind_index(case.organisation_id, "wording", "")
    return worded(told[0], source=reports[0].source, key=key, kept=kept_wording(case))


def kept_wording(case: Case) -> Worded | None:
    """What is kept of the wording of `case`."""
    held = _held(case)
    return held.worded if held else None


def keep_wording(*, case: Case, worded: Worded | None, stands: bool) -> None:
    """Afterwards `worded` is kept of `case`, or nothing; later cases find it by that where it `stands` under no other."""
    held = _held(case)
    if worded is None:
        if held is not None:
            forget_wording(case=case)
        return
    if held is None:
        Wording.objects.create(case=case, bands=worded.bands, length=worded.length, whole=worded.whole, stands=stands)
    elif (held.worded, held.stands) == (worded, stands):
        return
    else:
        if held.stands:
            WordingMark.objects.filter(wording=held).delete()
        held.bands, held.length, held.whole, held.stands = worded.bands, worded.length, worded.whole, stands
        held.save(update_fields=["bands", "length", "whole", "stands"])
    if stands:
        WordingMark.objects.bulk_create([WordingMark(wording_id=case.pk, digest=one) for one in worded.digests])


def forget_wording(*, case: Case) -> None:
    """Afterwards nothing here tells how the account of `case` was worded."""
    Wording.objects.filter(case=case).delete()


def _held(case: Case) -> Wording | None:
    return case.wording if hasattr(case, "wording") else None
