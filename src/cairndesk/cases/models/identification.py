"""How far finding out who a child is has come, and the clues to it, in words. No picture belongs here: image work is done elsewhere."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import CodeOrUnknown, Recorded
from cairndesk.cases.models.item import Item
from cairndesk.cases.models.person import CasePerson
from cairndesk.cases.rules.identification import WITH_UNIT
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Identification(Recorded):
    """From when on the track of one victim/survivor stands so; the newest counts, and those before stay. `unit`: who does the image work.

    `told_none_of`: of how many accounts by somebody to whom it happened a person said that this one told none of them; 0 where nobody said so.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    person = models.ForeignKey(CasePerson, on_delete=models.PROTECT, related_name="identifications")
    status = CodeOrUnknown("identification_status", unknowns=False)
    unit = models.CharField(max_length=120, blank=True)
    told_none_of = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = "how identifying somebody stands"
        constraints: ClassVar = [models.CheckConstraint(condition=~models.Q(status=WITH_UNIT, unit=""), name="identification_names_the_unit")]


class Clue(Recorded):
    """Something of the surroundings that may lead to who a child is; in clear stands only of what kind it is, and of which item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clues")
    kind = CodeOrUnknown("clue_kind", unknowns=False)
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    words = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = "a clue"
