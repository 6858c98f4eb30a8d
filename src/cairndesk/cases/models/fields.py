"""Columns that hold a code of the taxonomy, a country, or one of the four kinds of unknown, and nothing else."""

from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from django.db import models

from cairndesk.cases import taxonomy
from cairndesk.cases.errors import UnknownCode
from cairndesk.cases.rules.countries import COUNTRIES
from cairndesk.lib.unknowns import Unknown

if TYPE_CHECKING:
    _Text = models.CharField[str, str]
else:
    _Text = models.CharField

Row = TypeVar("Row", bound=models.Model)


class CodeOrUnknown(_Text):
    """A code of `family`, or why there is none. Any other value raises UnknownCode on its way to the database."""

    def __init__(self, family: str = "", *, unknowns: bool = True, **options: Any) -> None:
        self.family = family
        self.unknowns = unknowns
        options.setdefault("max_length", 48)
        if unknowns:
            options.setdefault("default", Unknown.NOT_ASKED.value)
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {"family": self.family, "unknowns": self.unknowns, **options}

    def get_prep_value(self, value: Any) -> Any:
        """The checked code; codes of older versions pass, so that old records can be read and counted."""
        prepared = super().get_prep_value(value)
        return None if prepared is None else self.accept(prepared)

    def accept(self, value: str, *, version: str | None = None) -> str:
        """`value` if it may stand here under `version` of the taxonomy (None: under any); else raise UnknownCode."""
        return taxonomy.accept(self.family, value, version=version, unknowns=self.unknowns)


class CountryOrUnknown(_Text):
    """Two letters of ISO 3166-1, or why there are none."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_length", 16)
        options.setdefault("default", Unknown.NOT_ASKED.value)
        super().__init__(**options)

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        if prepared is not None and prepared not in COUNTRIES and prepared not in set(Unknown):
            raise UnknownCode(f"{self.name}: {prepared!r} is neither a country code nor a kind of unknown")
        return prepared


class Mark(_Text):
    """`family.code` for attributes of which several may apply; the family must be one of `families`."""

    def __init__(self, families: tuple[str, ...] = (), **options: Any) -> None:
        self.families = tuple(families)
        options.setdefault("max_length", 97)
        super().__init__(**options)

    def deconstruct(self) -> tuple[str, str, Any, dict[str, Any]]:
        name, path, args, options = super().deconstruct()
        return name, path, args, {"families": self.families, **options}

    def get_prep_value(self, value: Any) -> Any:
        prepared = super().get_prep_value(value)
        return None if prepared is None else self.accept(prepared)

    def accept(self, value: str, *, version: str | None = None) -> str:
        """`value` if it is a mark of these families under `version`; else raise UnknownCode."""
        family, _, code = value.partition(".")
        if family not in self.families:
            raise UnknownCode(f"{self.name}: {family!r} is not a family that can be marked here")
        return f"{family}.{taxonomy.accept(family, code, version=version)}"


class Coded(models.Model):
    """A row that holds codes, stamped with the version of the taxonomy, the person (a pseudonym) and the time of its last coding."""

    taxonomy = models.CharField(max_length=16)
    recorded_by = models.CharField(max_length=40, blank=True, default="")
    recorded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        abstract = True


class Standing(models.Manager[Row]):
    """Only what was not taken back: whoever counts, matches or decides sees nothing else."""

    def get_queryset(self) -> models.QuerySet[Row]:
        return super().get_queryset().filter(taken_back_at=None)


class Recorded(Coded):
    """A fact that a person may take back: it then counts nowhere and stays readable, with who took it back."""

    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=40, blank=True, default="")

    objects: ClassVar[Standing[Self]] = Standing()
    everything: ClassVar[models.Manager[Self]] = models.Manager()

    class Meta:
        abstract = True
