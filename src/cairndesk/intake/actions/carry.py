"""Handing over what is still being told: whoever goes on tells the organisation that has the case now."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cairndesk.cases.models import Report
from cairndesk.custody.actions import seal_all
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.rules import Purpose
from cairndesk.intake.actions.media import add_told_pictures
from cairndesk.intake.models import Alarm, Draft, Fragment


@transaction.atomic
def carry_tellings(*, pairs: Sequence[tuple[Report, Report]], now: datetime) -> None:
    """Afterwards pages that come for the first report of a pair fill the second; alarms ring, and pictures are looked for, where that one is."""
    for old, new in pairs:
        Alarm.objects.filter(case=old.case_id, answered_at=None).update(case=new.case_id, organisation=new.case.organisation_id)
        add_told_pictures(case=new.case, told=unseal_fields(new.told)["answers"], now=now)
        for draft in Draft.objects.filter(report=old):
            _carry(draft, old, new, now)


def _carry(draft: Draft, old: Report, new: Report, now: datetime) -> None:
    pages = list(draft.fragments.select_related("answers"))
    # The pages as they were sealed stay with the old account, and are erased with it.
    old.earlier.add(*(page.answers for page in pages), *draft.earlier.all())
    draft.earlier.clear()
    plains = [unseal_fields(page.answers) for page in pages]
    sealed = seal_all(organisation=new.case.organisation_id, purpose=Purpose.FRAGMENT, plains=plains, now=now)
    for page, item in zip(pages, sealed, strict=True):
        page.answers = item
    Fragment.objects.bulk_update(pages, ["answers"])
    draft.report, draft.organisation = new, new.case.organisation
    draft.save(update_fields=["report", "organisation"])
