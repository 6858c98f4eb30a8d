"""Cases that hold nothing but what a list knows under one label, where its owner lets one decision hold for all of them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import F, Q

from cairndesk.cases.models import Item
from cairndesk.cases.queries import with_child_actor
from cairndesk.signals.engine.pdq import PLAIN_BELOW
from cairndesk.signals.models import Feedback, Match
from cairndesk.signals.rules import MatchKind, MayLeadTo, Standing
from cairndesk.triage.rules.stacks import CONTENT

Key = tuple[UUID, str]
EXACT = -1
"""The distance of what meets an entry by its very value, and not by its looks."""
_NEAR = Q(kind=MatchKind.NEAR, frames=None, entry__video=None, quality__gte=PLAIN_BELOW)
_COUNTS = Q(kind=MatchKind.EXACT) | _NEAR & Q(entry__list__batch_within__gt=0, distance__lte=F("entry__list__batch_within"))


def wholly_listed(cases: Collection[UUID], *, on: date) -> dict[UUID, dict[Key, int]]:
    """Of each case the lists, with the label of each, that everything which it shows meets, and in how many bits at most it only looks so.

    EXACT where nothing only looks so; no list for a case that shows nothing. Only lists that are on and in date `on` that day, no entry that is
    disputed, and no match that a person rejected. A picture that only looks alike counts as far as the papers of the list say, and never one that
    looks like entries of two labels, that is plain or of which nobody knows whether it is, or that is part of a video. No case in which a person
    of concern is or may be a child (PRI-10).
    """
    children = with_child_actor(cases)
    shown, whole, met = defaultdict[UUID, set[UUID]](set), dict[UUID, UUID](), defaultdict[UUID, dict[Key, int]](dict)
    for pk, case, kind, file in Item.objects.filter(case__in=cases).values_list("pk", "case", "kind", "same_file_as"):
        whole[pk] = file or pk
        if kind in CONTENT and file is None:
            shown[case].add(pk)
    lists = {"is_on": True, "may_lead_to": MayLeadTo.BATCH, "expires_on__gt": on}
    found = Match.objects.filter(_COUNTS, case__in=list(shown), **{f"entry__list__{name}": value for name, value in lists.items()})
    found = found.filter(entry__until=None, entry__label__gt="").exclude(standing=Standing.REJECTED)
    found = found.exclude(entry__in=Feedback.objects.filter(holds=True).values("entry"))
    for item, listed, label, kind, bits in found.values_list("item", "entry__list", "entry__label", "kind", "distance"):
        if item in whole:
            held, key, apart = met[whole[item]], (listed, label), bits if kind == MatchKind.NEAR else EXACT
            held[key] = min(apart, held.get(key, apart))
    return {case: _of_all([_told_apart(met[thing]) for thing in things]) for case, things in shown.items() if case not in children}


def _told_apart(met: Mapping[Key, int]) -> dict[Key, int]:
    """`met` but for looks that a list calls by more than one label: which of them it is a person must see."""
    labels = Counter(listed for listed, _ in met)
    return {key: apart for key, apart in met.items() if apart == EXACT or labels[key[0]] == 1}


def _of_all(things: Sequence[Mapping[Key, int]]) -> dict[Key, int]:
    """What each of `things` meets, with the greatest of their distances."""
    return {key: max(thing[key] for thing in things) for key in set[Key].intersection(*(set(thing) for thing in things))}
