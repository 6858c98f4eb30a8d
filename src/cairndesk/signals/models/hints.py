"""What optional analysers said of files that were handed over."""

from typing import ClassVar

from django.db import models

from cairndesk.signals.models.lists import MediaSighting


class AnalyserHint(models.Model):
    """The share (0 to 100) that an analyser gave a file, with what its card said then of itself and of its errors (shares from 0 to 1). A hint."""

    sighting = models.ForeignKey(MediaSighting, on_delete=models.CASCADE, related_name="hints")
    analyser = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    version = models.CharField(max_length=40)
    says = models.CharField(max_length=300)
    share = models.PositiveSmallIntegerField()
    false_positives = models.FloatField()
    false_negatives = models.FloatField()
    measured_on = models.CharField(max_length=300)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sighting", "analyser"], name="one_hint_per_analyser"),
            models.CheckConstraint(condition=models.Q(share__lte=100), name="hint_is_a_share"),
        ]
        ordering: ClassVar = ["analyser"]

    @property
    def wrongly(self) -> str:
        """Of 100 files that are not so, how many it calls so."""
        return f"{self.false_positives * 100:.3g}"

    @property
    def missed(self) -> str:
        """Of 100 files that are so, how many it does not call so."""
        return f"{self.false_negatives * 100:.3g}"
