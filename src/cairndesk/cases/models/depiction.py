"""Who is shown in an item and who did what with it: a child who is shown can hold no other part in that item."""

from typing import ClassVar

from django.db import models

from cairndesk.cases.models.fields import Coded, CodeOrUnknown
from cairndesk.cases.models.item import Item
from cairndesk.cases.models.person import CasePerson
from cairndesk.lib.ids import new_id


class ImageDepiction(Coded):
    """A child is shown in this item, and is a victim of it. The database refuses any ItemActor for the same pair (migration 0002)."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="depictions")
    child = models.ForeignKey(CasePerson, on_delete=models.PROTECT, related_name="depictions")
    apparent_age = CodeOrUnknown("age_band")
    self_generated = CodeOrUnknown("self_generated")
    context = CodeOrUnknown("self_generated_context")
    depicted_type = CodeOrUnknown("depicted_type")

    class Meta:
        verbose_name = "who is shown in an item"
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "child"], name="child_shown_once_per_item")]


class ItemActor(Coded):
    """What a person of concern did with this item."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="actors")
    person = models.ForeignKey(CasePerson, on_delete=models.PROTECT, related_name="item_roles")
    role = CodeOrUnknown("image_role", unknowns=False)

    class Meta:
        verbose_name = "who did what with an item"
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "person", "role"], name="item_role_once")]
