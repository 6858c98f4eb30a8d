"""By what is counted: the dimensions of the tables, and how the database is asked for the place of a row in them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Concat, ExtractYear
from django.db.models.lookups import Exact, In

from cairndesk.cases import taxonomy
from cairndesk.cases.models import CasePerson, HarmCode, ImageDepiction, Item
from cairndesk.cases.rules import Stage
from cairndesk.insight.rules import Crossed
from cairndesk.lib.unknowns import Unknown
from cairndesk.review.models import Classification

NONE_YET, NOT_KNOWN, SEVERAL, OTHER_TIMES, OTHER_PATTERNS = "none_yet", "not_known", "several", "other_times", "other_patterns"
_BY_THE_CHILD = ("self_generated", "partly_self_generated")
_BY_OTHERS = "not_self_generated"
# A grade counts when nobody has to look at it any more.
_SETTLED = (Stage.CLASSIFIED, Stage.ACTING, Stage.ANSWERED, Stage.CLOSED)


@dataclass(frozen=True)
class Dimension:
    """`codes` always stand in the table, in this order; `rest` is where every other code is counted (empty: in a place of its own).

    Old codes of `family` are counted as what they are now.
    """

    id: str
    codes: tuple[str, ...] = ()
    rest: str = ""
    family: str = ""

    def place(self, value: object, on: date) -> str:
        """Where a row that says `value` is counted; what says nothing yet has a place too, so that the table adds up."""
        code = str(value or NONE_YET)
        code = taxonomy.counted_as(self.family, code, on) if self.family else code
        return code if code in self.codes or not self.rest else self.rest

    def order(self, code: str) -> tuple[bool, int, str]:
        """What is not known stands last: what has to be withheld with a small count is taken from the end."""
        family = list(taxonomy.family(self.family).codes) if self.family else []
        return code == NONE_YET or code in set(Unknown), family.index(code) if code in family else 0, code


SELF_GENERATED = Dimension("self_generated", ("self_generated", _BY_OTHERS, NOT_KNOWN))
GENDER = Dimension("gender", (*taxonomy.family("gender").codes, SEVERAL, NOT_KNOWN))
DERIVED = Dimension("derived", ("yes", "no", NOT_KNOWN), rest=NOT_KNOWN)
REALISM = Dimension("realism", (*taxonomy.family("realism").codes, NOT_KNOWN), rest=NOT_KNOWN, family="realism")


def last_years(on: date) -> Dimension:
    """The two years that are over, the newer first, and all other times together: a year that goes on is compared with none."""
    return Dimension("years", (str(on.year - 1), str(on.year - 2), OTHER_TIMES), rest=OTHER_TIMES)


def crossed(triples: Iterable[tuple[Any, Any, int]], rows: Dimension, columns: Dimension, on: date) -> Crossed:
    """Triples of a row's value, a column's value and a count, each in its place."""
    counted: Counter[tuple[str, str]] = Counter()
    for row, column, count in triples:
        counted[rows.place(row, on), columns.place(column, on)] += count
    codes = dict.fromkeys((*rows.codes, *sorted({row for row, _ in counted}, key=rows.order)))
    return Crossed(columns.id, columns.codes, {code: tuple(counted[code, column] for column in columns.codes) for code in codes})


def year_of(moment: str) -> ExtractYear:
    """The year of a moment, by UTC wherever the desk is."""
    return ExtractYear(moment, tzinfo=UTC)


def lead_harm() -> Subquery:
    """The harm that leads in a case."""
    return Subquery(HarmCode.objects.filter(incident__case=OuterRef("pk"), is_lead=True).values("harm")[:1])


def severity() -> models.Case:
    """The grade of a case as `scheme@version/level`; none before it is settled."""
    graded = Classification.objects.filter(case=OuterRef("pk")).order_by("-version")
    code = Concat("scheme", Value("@"), "scheme_version", Value("/"), "severity")
    return models.Case(When(stage__in=_SETTLED, then=Subquery(graded.annotate(code=code).values("code")[:1])), output_field=models.CharField())


def made_by(case: str) -> models.Case:
    """Whether a case holds self-generated material, from its items, whom they show, and what its newest classification saw.

    `case` is the column that names the case.
    """
    items, shown = Item.objects.filter(case=OuterRef(case)), ImageDepiction.objects.filter(item__case=OuterRef(case))
    seen = Classification.objects.filter(case=OuterRef(case)).order_by("-version").annotate(code=KT("features__self_generated"))
    newest = Subquery(seen.values("code")[:1], output_field=models.CharField())

    def said(*codes: str) -> Q:
        return Q(Exists(items.filter(self_generated__in=codes))) | Q(Exists(shown.filter(self_generated__in=codes))) | Q(In(newest, codes))

    return _made(said(*_BY_THE_CHILD), said(_BY_OTHERS))


def item_made_by() -> models.Case:
    """Whether an item is self-generated, by itself or by what is recorded of a child whom it shows."""
    shown = ImageDepiction.objects.filter(item=OuterRef("pk"))

    def said(*codes: str) -> Q:
        return Q(self_generated__in=codes) | Q(Exists(shown.filter(self_generated__in=codes)))

    return _made(said(*_BY_THE_CHILD), said(_BY_OTHERS))


def gender_in(case: str) -> models.Case:
    """The gender of the child or children of a case; several where they differ. `case` is the column that names the case."""
    role = Q(roles__role__in=("child", "adult_survivor"), roles__taken_back_at=None)
    return one_of(CasePerson.objects.filter(role, case=OuterRef(case)), "gender")


def relation_in(case: str) -> models.Case:
    """What the person or people of concern of a case are to the child; several where they differ."""
    role = Q(roles__role="person_of_concern", roles__taken_back_at=None)
    return one_of(CasePerson.objects.filter(role, case=OuterRef(case)), "relation")


def authenticity_in(case: str) -> models.Case:
    """Whether the material of a case is real or made; several where it differs."""
    return one_of(Item.objects.filter(case=OuterRef(case)), "authenticity")


def one_of(rows: models.QuerySet[Any], column: str) -> models.Case:
    """What `rows`, each of a case, say in `column`; SEVERAL where they differ, NOT_KNOWN where none says it."""
    known = rows.exclude(**{f"{column}__in": list(Unknown)}).order_by().values("case")
    low, high = (Subquery(known.annotate(code=most(column)).values("code")) for most in (models.Min, models.Max))
    return models.Case(
        When(Exact(low, high), then=low), When(Exists(known), then=Value(SEVERAL)), default=Value(NOT_KNOWN), output_field=models.CharField()
    )


def _made(by_the_child: Q, by_others: Q) -> models.Case:
    return models.Case(
        When(by_the_child, then=Value("self_generated")),
        When(by_others, then=Value(_BY_OTHERS)),
        default=Value(NOT_KNOWN),
        output_field=models.CharField(),
    )
