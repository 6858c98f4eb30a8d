"""Drafts that are being joined, receipts, the two-way messages, milestones told back, and alarms."""

from typing import ClassVar

from django.db import models

from cairndesk.accounts.models import ApiKey, Organisation
from cairndesk.cases.models import Case, Report
from cairndesk.custody.models import SealedItem


class Drained(models.Model):
    """A spool file, or the form of a call, whose content has been taken in; the name makes taking it again harmless."""

    name = models.CharField(primary_key=True, max_length=64)
    at = models.DateTimeField()


class SpoolHealth(models.Model):
    """The one row in which `work`, which alone sees the spool, says how many files cannot be taken in: put off, and set aside."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    put_off = models.PositiveIntegerField(default=0)
    aside = models.PositiveIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="spool_health_is_one_row")]


class Draft(models.Model):
    """A telling that comes page by page; it becomes a report when it is sent, when danger is now, or after a day.

    `id` is a digest of the one that its pages carry: with that one the portal goes on after a restart, and gives new words for the same report.
    Handed over, it is of the organisation that has its report now. `earlier` are answers that newer ones took the place of. Once erased,
    only the id stays: a page of it that was filed before and still lies in the spool must not bring anything back.
    """

    id = models.CharField(primary_key=True, max_length=32)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    report = models.OneToOneField(Report, on_delete=models.PROTECT, null=True, related_name="draft")
    path = models.CharField(max_length=16)
    language = models.CharField(max_length=12)
    is_done = models.BooleanField(default=False)
    touched_at = models.DateTimeField()
    earlier = models.ManyToManyField(SealedItem, related_name="+")
    erased_at = models.DateTimeField(null=True)


class Fragment(models.Model):
    """The newest answers of one step of a draft, sealed."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="fragments")
    step = models.PositiveSmallIntegerField()
    counter = models.PositiveIntegerField()
    answers = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["draft", "step"], name="one_fragment_per_step")]


class Receipt(models.Model):
    """What six words open: an index derived from them and the public key of a mailbox; the words are nowhere.

    At `again_at` the mailbox is laid out anew, because something that can still be taken back is not in it.
    """

    index = models.CharField(primary_key=True, max_length=32)
    mailbox_public = models.BinaryField(max_length=64)
    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, null=True, related_name="receipts")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="receipts")
    made_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True)
    again_at = models.DateTimeField(null=True)


class Withdrawal(models.Model):
    """A mailbox that lies in the published folder and has no receipt any more; `work` takes it away."""

    index = models.CharField(primary_key=True, max_length=32)


class Message(models.Model):
    """One message between the reporter and the desk; `about` is a code of `rules.BESIDE`, "answer", or nothing.

    An *answer* is what the desk tells of what came of a request, and no mailbox calls it that.
    A message about what was *told* adds to it or puts it right, and the first words stay; one about how it *felt* may hold no words.
    `read_at` is None while it waits for a person; what waits for nobody (`rules.asks_to_be_read`) has the moment in which it came.
    `wrote` is the organisation whose desk wrote it, where another has the case now. `laid_out_at` is when what the desk wrote first lay in
    a mailbox: before that it can be taken back, and from then on it stays in sight whatever a clock says.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="messages")
    from_reporter = models.BooleanField()
    text = models.ForeignKey(SealedItem, on_delete=models.PROTECT, related_name="+")
    author = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    about = models.CharField(max_length=12, blank=True)
    wrote = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    laid_out_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["case", "at"], condition=models.Q(from_reporter=True, read_at=None), name="messages_unread")]

    @property
    def corrects(self) -> bool:
        """Whether the reporter adds to what was told, or puts it right."""
        return self.about == "told"

    @property
    def is_objection(self) -> bool:
        """Whether the reporter asks that somebody else looks at what was decided."""
        return self.about == "objection"


class Milestone(models.Model):
    """Something that happened and that the reporter may know, as a code that the portal puts into words; `by`: the day promised for what follows.

    `holder` is the desk of another installation that has the report since then.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="milestones")
    code = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.DateField(null=True, blank=True)
    holder = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["case", "code"], name="milestone_once_per_case")]


class FeltCount(models.Model):
    """How many reporters said in a year that they feel so since they told; a sum that no case, person or day can be read from."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    year = models.PositiveSmallIntegerField()
    felt = models.CharField(max_length=8)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["organisation", "year", "felt"], name="felt_counted_once")]


class HelpedCount(models.Model):
    """How often people said in a month that a page helped, or did not; a sum that no person, press or day can be read from."""

    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    page = models.CharField(max_length=12)
    language = models.CharField(max_length=12)
    voice = models.CharField(max_length=8)
    helped = models.CharField(max_length=3)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "month", "page", "language", "voice", "helped"], name="helped_counted_once")
        ]


class Alarm(models.Model):
    """Somebody said that it is happening now. It rings until somebody claims the case, also while the desk is locked and there is no case yet."""

    spool_name = models.CharField(primary_key=True, max_length=64)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="alarms")
    case = models.ForeignKey(Case, on_delete=models.PROTECT, null=True, related_name="alarms")
    raised_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    answered_by = models.CharField(max_length=40, blank=True)


class ApiSubmission(models.Model):
    """A report handed over by a machine; the idempotency key, kept as a blind index, makes a resubmission the same report."""

    api_key = models.ForeignKey(ApiKey, on_delete=models.PROTECT, related_name="+")
    idempotency_key = models.CharField(max_length=80)
    body_digest = models.BinaryField(max_length=32)
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+")
    report = models.ForeignKey(Report, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["api_key", "idempotency_key"], name="one_report_per_idempotency_key")]
