"""The trail of money in a case: where value went, in which bands and when, who disclosed it, and in how many other cases the same is found."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from cairndesk.cases.models import Case, Disclosure, IndexTerm, Item, Payment
from cairndesk.cases.queries import items, terms_of, terms_to_compare, with_values_of
from cairndesk.review.queries.known import fact_words, line_of
from cairndesk.review.queries.names import item_names
from cairndesk.review.rules.known import WALLETS, Kind

_MATCHED = WALLETS | {"disclosure"}


@dataclass(frozen=True, slots=True)
class Indicator:
    """A wallet or a payment account: where it is, what was paid through it, what was disclosed about it, and how many other cases hold it."""

    pk: UUID
    name: str
    where: str
    payments: tuple[str, ...]
    disclosures: tuple[str, ...]
    others: int


@dataclass(frozen=True, slots=True)
class Trail:
    """All of it; `payments` are those through nothing that is known, `disclosures` name the item that holds their reference."""

    indicators: tuple[Indicator, ...]
    payments: tuple[str, ...]
    disclosures: tuple[tuple[UUID, str, int], ...]


def trail_of(case: Case) -> Trail:
    """The trail of `case`, nothing of it opened; the same number of queries however much there is."""
    every = list(items(case, taken_back=True))
    names, others = item_names(every), _others(case)
    payments = list(Payment.objects.filter(incident__case=case).order_by("at", "recorded_at", "pk"))
    disclosures = list(Disclosure.objects.filter(incident__case=case).order_by("at", "recorded_at", "pk"))
    paid = _by_wallet((one.wallet_id, fact_words(one, Kind.PAYMENT)) for one in payments)
    told = _by_wallet((one.wallet_id, f"{fact_words(one, Kind.DISCLOSURE)}; {names[str(one.reference_id)].lower()}") for one in disclosures)
    return Trail(
        tuple(
            Indicator(one.pk, names[str(one.pk)], _where(one), tuple(paid[one.pk]), tuple(told[one.pk]), others.get(one.pk, 0))
            for one in every
            if one.kind in WALLETS and one.taken_back_at is None
        ),
        tuple(paid[None]),
        tuple((one.reference_id, fact_words(one, Kind.DISCLOSURE), others.get(one.reference_id, 0)) for one in disclosures),
    )


def _where(item: Item) -> str:
    told = line_of(Item, {"chain": "on", "coin": "in"}, {"chain": item.chain, "coin": item.coin})
    return "; ".join(filter(None, (item.service, told)))


def _by_wallet(lines: Iterable[tuple[UUID | None, str]]) -> dict[UUID | None, list[str]]:
    found: dict[UUID | None, list[str]] = defaultdict(list)
    for wallet, words in lines:
        found[wallet].append(words)
    return found


def _others(case: Case) -> dict[UUID, int]:
    """Item → how many other cases of the organisation hold the same, as far as it may be compared."""
    mine = terms_of([case.pk]).filter(kind__in=_MATCHED)
    held = _counted(with_values_of(terms_to_compare(case.organisation_id), mine))
    return {item: held[kind, bytes(digest)] - 1 for item, kind, digest in mine.values_list("item", "kind", "digest") if (kind, bytes(digest)) in held}


def _counted(parts: Iterable[QuerySet[IndexTerm]]) -> dict[tuple[str, bytes], int]:
    counted = (part.order_by().values("kind", "digest").annotate(many=Count("item__case", distinct=True)) for part in parts)
    return {(row["kind"], bytes(row["digest"])): row["many"] for rows in counted for row in rows}
