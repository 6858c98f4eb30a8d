"""Items and where they were seen. An identifier is always sealed; equality is found by a keyed index."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import Organisation
from cairndesk.cases.models.case import Case
from cairndesk.cases.models.fields import Coded, CodeOrUnknown, CountryOrUnknown, Mark, Recorded
from cairndesk.cases.models.incident import Incident
from cairndesk.cases.models.person import CasePerson
from cairndesk.custody.models import SealedItem
from cairndesk.lib.ids import new_id


class Item(Recorded):
    """A thing a case is about: an address, an account, a wallet, a medium by its hash, a model. Seen once or often.

    `service` is the short name of a service in the directory. `holder` is the person whose account or wallet it is.
    A file that was handed over leaves one item for each of its hashes; all but the first name that first one in `same_file_as`.
    `made_with` is the tool or the model, an item of its own, by which software made or altered it. `names_account`: an address that shows
    the profile of one account, so that it says of somebody what the account says.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="items")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, null=True, blank=True, related_name="items")
    holder = models.ForeignKey(CasePerson, on_delete=models.PROTECT, null=True, blank=True, related_name="holdings")
    kind = CodeOrUnknown("item_kind", unknowns=False)
    identifier = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    same_file_as = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="further_hashes")
    service = models.SlugField(max_length=60, blank=True)
    platform_type = CodeOrUnknown("platform_type")
    space = CodeOrUnknown("space")
    media_type = CodeOrUnknown("media_type")
    hash_kind = CodeOrUnknown("hash_kind")
    chain = CodeOrUnknown("chain")
    coin = CodeOrUnknown("coin")
    authenticity = CodeOrUnknown("authenticity")
    realism = CodeOrUnknown("realism")
    novelty = CodeOrUnknown("novelty")
    depicted_act = CodeOrUnknown("depicted_act")
    ai_source = CodeOrUnknown("ai_source")
    derived_from_known = CodeOrUnknown("yes_no")
    made_with = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="made")
    self_generated = CodeOrUnknown("self_generated")
    self_generated_context = CodeOrUnknown("self_generated_context")
    depicted_type = CodeOrUnknown("depicted_type")
    acquisition = CodeOrUnknown("acquisition")
    offer_type = CodeOrUnknown("offer_type")
    monetisation = CodeOrUnknown("monetisation")
    commercial = CodeOrUnknown("commercial")
    country_host = CountryOrUnknown()
    names_account = models.BooleanField(default=False)
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = "an item"


class ItemMark(Coded):
    """One of several codes that apply to an item: techniques, ways of payment offered, kinds of service."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="marks")
    mark = Mark(("ai_technique", "payment_rail", "platform_type", "account_action", "offer_type"))

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "mark"], name="mark_once_per_item")]


class IndexTerm(models.Model):
    """A keyed digest of a normalised identifier: equal for equal values of one organisation, and silent otherwise."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="terms")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24)
    digest = models.BinaryField(max_length=32)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["item", "kind", "digest"], name="term_once_per_item")]
        indexes: ClassVar = [models.Index(fields=["organisation", "kind", "digest"], name="term_by_value")]


class Sighting(Recorded):
    """One time that an item was seen at one place; an item removed and seen again has one more."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="sightings")
    seen_at = models.DateTimeField()
    precision = CodeOrUnknown("period_precision")
    where = models.ForeignKey(SealedItem, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    service = models.SlugField(max_length=60, blank=True)
    platform_type = CodeOrUnknown("platform_type")
    space = CodeOrUnknown("space")
    country_host = CountryOrUnknown()
    is_reappearance = models.BooleanField(default=False)

    class Meta:
        verbose_name = "where it was seen"
        ordering: ClassVar = ["seen_at"]


class Evidence(Recorded):
    """Facts that can serve as evidence, sealed; `kind` says which facts, and content is never among them."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="evidence")
    item = models.ForeignKey(Item, on_delete=models.PROTECT, null=True, blank=True, related_name="evidence")
    kind = CodeOrUnknown("evidence_kind", unknowns=False)
    facts = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    integrity_concern = CodeOrUnknown("integrity_concern")
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = "evidence"
