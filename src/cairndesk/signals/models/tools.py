"""The register of technical tools, and which cases one of them passed over while it was off."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.lib.ids import new_id
from cairndesk.signals.models.lists import _choices
from cairndesk.signals.tools import Tool


class ToolRecord(models.Model):
    """What an organisation has written down about a tool. After `due_on` the tool is off; `assessed_on` is empty until the first assessment."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    tool = models.CharField(max_length=20, choices=_choices(*Tool))
    purpose = models.CharField(max_length=1000, blank=True)
    lawful_basis = models.CharField(max_length=1000, blank=True)
    note = models.CharField(max_length=4000, blank=True)
    assessed_on = models.DateField(null=True, blank=True)
    assessed_by = models.CharField(max_length=64, blank=True)
    due_on = models.DateField()
    is_said_off = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "tool"], name="one_record_a_tool"),
            models.CheckConstraint(
                condition=models.Q(assessed_on=None) | (~models.Q(purpose="") & ~models.Q(lawful_basis="") & ~models.Q(assessed_by="")),
                name="assessed_tool_has_purpose_and_basis",
            ),
        ]


class PassedOver(models.Model):
    """When `case` was last weighed this tool was off; it is weighed again once the tool is on."""

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    case = models.UUIDField()
    tool = models.CharField(max_length=20, choices=_choices(*Tool))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "tool"], name="passed_over_once")]
