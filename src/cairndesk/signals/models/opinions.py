"""What is said of the entries of lists: by people here, which matches are false and what the owners are told; and by the machines of partners."""

from typing import ClassVar

from django.db import models

from cairndesk.lib.ids import new_id
from cairndesk.signals import rules
from cairndesk.signals.models.lists import ListEntry, Match, _choices


class Suppression(models.Model):
    """A person said that one thing which was asked about is not what one entry stands for: the two meet no more, until that is taken back.

    `asked` is a keyed digest of the very file, or of the value where there was no file (`suppressed.py`); it goes with its match.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="suppressions")
    match = models.ForeignKey(Match, on_delete=models.CASCADE, related_name="suppressions")
    asked = models.BinaryField(max_length=32)
    reason = models.CharField(max_length=12, choices=_choices(*rules.Reason))
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["match"], condition=models.Q(ended_at=None), name="suppressed_once_per_match"),
            models.CheckConstraint(condition=~models.Q(made_by=""), name="suppression_is_made_by_a_person"),
        ]

    @property
    def reason_words(self) -> str:
        """Why, to go on after "because"."""
        return rules.REASONS[rules.Reason(self.reason)]


class Feedback(models.Model):
    """What people here have said of one entry, for the owner of its list: about a match, or about the entry itself.

    `holds`: until it is answered, the entry is met no more at this desk.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="feedback")
    match = models.ForeignKey(Match, on_delete=models.SET_NULL, null=True, blank=True, related_name="feedback")
    opinion = models.CharField(max_length=12, choices=_choices(*rules.Opinion))
    reason = models.CharField(max_length=12, blank=True, choices=_choices(*rules.Reason))
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    progress = models.CharField(max_length=10, choices=_choices(*rules.Progress), default=rules.Progress.OPEN)
    sent_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=12, blank=True, choices=_choices(*rules.OwnersAnswer))
    answered_at = models.DateTimeField(null=True, blank=True)
    holds = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["entry"], condition=models.Q(opinion=rules.Opinion.DISPUTE, answered_at=None), name="one_open_dispute_per_entry"
            ),
            models.CheckConstraint(condition=models.Q(holds=False) | models.Q(opinion=rules.Opinion.DISPUTE), name="only_a_dispute_holds"),
        ]

    @property
    def reason_words(self) -> str:
        """Why, to go on after "because"; nothing for a match that was confirmed."""
        return {**rules.REASONS, **rules.DISPUTES}[rules.Reason(self.reason)] if self.reason else ""

    @property
    def answer_words(self) -> str:
        """What became of a dispute; nothing before it is settled."""
        return rules.ANSWERS[rules.OwnersAnswer(self.answer)] if self.answer else ""


class PartnerOpinion(models.Model):
    """What the machine of a partner, to whom a list is given, said last of one of its entries; for people to look at, and nothing follows by itself.

    `made_by` is the pseudonym of its key, `sender` the name that the key had then. `reason` is empty where the entry is called right.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    entry = models.ForeignKey(ListEntry, on_delete=models.PROTECT, related_name="partner_opinions")
    sender = models.CharField(max_length=120)
    reason = models.CharField(max_length=12, blank=True, choices=_choices(*rules.Reason))
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["entry", "made_by"], name="one_opinion_of_each_partner")]

    @property
    def reason_words(self) -> str:
        """Why it is called wrong, to go on after "because"; nothing where it is called right."""
        return rules.DISPUTES[rules.Reason(self.reason)] if self.reason else ""
