"""Counting presses under pages."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from cairndesk.intake import rules
from cairndesk.intake.models import HelpedCount


@transaction.atomic
def count_helped(*, presses: Iterable[tuple[UUID, rules.Fragment]]) -> None:
    """Afterwards each of `presses`, with whose page it was under, counts in the sum of its month, and nothing else of it is kept.

    A press has no identity by which it could be known again: who presses twice counts twice, and so does a file that is drained a second time
    because the machine stopped before the file was gone. To remember the name of its file would be to keep a row and a time for each press.
    """
    counted = Counter((of, rules.pressed_in(one.hour), one.language, *(one.answers[name] for name in rules.HELPED)) for of, one in presses)
    for (of, month, language, page, voice, helped), count in counted.items():
        held: dict[str, Any] = {"organisation_id": of, "month": month, "page": page, "language": language, "voice": voice, "helped": helped}
        row, _ = HelpedCount.objects.get_or_create(**held)
        HelpedCount.objects.filter(pk=row.pk).update(count=F("count") + count)
