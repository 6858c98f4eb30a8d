"""How far people agree, and which codings wait for a third person."""

from dataclasses import dataclass

from cairndesk.accounts.rules import PERMISSIONS, Actor, Role, Verb
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
from cairndesk.review.models import BlindCoding, Classification
from cairndesk.review.rules.agreement import Agreement, Coded, agreement, by_field
from cairndesk.review.rules.features import BY_NAME

# Enough for a narrow interval, and few enough to be counted while a page is drawn.
MOST = 2000


@dataclass(frozen=True)
class Line:
    """One field, in words, and how far people agree on it."""

    field: str
    agreement: Agreement


def agreement_table(*, by: Actor) -> list[Line]:
    """Field by field, how far first and blind codings of the organisation of `by` agree: the newest 2,000 pairs, whoever coded them."""
    held = BlindCoding.objects.filter(classification__case__organisation=by.organisation).select_related("classification")[:MOST]
    fields = by_field([(coded(one.classification), coded(one)) for one in held])
    return [Line(field_words(name), agreement(pairs)) for name, pairs in fields.items()]


def coded(seen: Classification | BlindCoding) -> Coded:
    """One coding as rules compare it."""
    return Coded(seen.look, f"{seen.scheme}@{seen.scheme_version}")


def field_words(name: str) -> str:
    """What a field of a coding is called on pages."""
    kind, _, code = name.partition(".")
    if kind == "harm":
        return f"Harm: {taxonomy.label('harm', code)}"
    if kind == "grade":
        return f"Scheme {code}"
    return BY_NAME[name].asks if name in BY_NAME else name.capitalize()


def to_settle(*, by: Actor) -> list[BlindCoding]:
    """Codings that differ and wait for a third person, of cases that are judged and not erased, the oldest first; none that `by` coded."""
    stages = PERMISSIONS[Verb.CODING_SETTLE][Role.SUPERVISOR]
    of_case = {"organisation": by.organisation, "erased_at": None, "stage__in": stages}
    waiting = BlindCoding.objects.filter(settled=None, **{f"classification__case__{name}": value for name, value in of_case.items()})
    waiting = waiting.exclude(differs=[]).exclude(actor=by.pseudonym).exclude(first=by.pseudonym)
    return list(waiting.select_related("classification__case").order_by("at"))


def codings_of(case: Case) -> BlindCoding | None:
    """The blind coding of `case` with the first one, where there is one."""
    return BlindCoding.objects.filter(classification__case=case).select_related("classification").first()
