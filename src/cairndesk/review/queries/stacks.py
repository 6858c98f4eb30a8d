"""The cases of a stack as they can be decided about together: why each is there, what holds it out, and whether it changed since."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.db.models import Count, Max, Q, QuerySet

from cairndesk.accounts.rules import Actor
from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, Item, Report
from cairndesk.cases.queries import hidden_from, terms_of, terms_to_compare, with_values_of
from cairndesk.cases.rules.facts import CHILD_ACTOR
from cairndesk.cases.rules.stages import Stage
from cairndesk.intake.models import Alarm, Message
from cairndesk.review import scheme
from cairndesk.review.models import Classification, StackDecision, StackMember
from cairndesk.review.queries.looks import latest, open_disagreement
from cairndesk.review.rules.stacks import Follows, Out, Waiting, held_out
from cairndesk.triage.models import Assessment, ListLead, Stacked
from cairndesk.triage.queries import DECIDED, EXACT, retold, wholly_listed
from cairndesk.triage.rules.stacks import CONTENT, LISTED, RETOLD, said
from cairndesk.triage.rules.table import LEVELS

_HASHES = ("sha256", "sha1", "md5", "pdq")


@dataclass(frozen=True)
class Member:
    """One case under a leading case, without anything sealed: `further` things are those that the leading case does not hold.

    `covered` is what shows something and is in the leading case as well, or looks like the picture there: nothing else of the case was seen.
    `listed`: which list calls both by which label, where that is why it is here; `looks_listed`: one of them only looks like what is listed.
    """

    case: Case
    because: tuple[str, ...]
    reasons: tuple[str, ...]
    distance: int | None
    level: str
    told_by: tuple[str, ...]
    things: int
    further: int
    covered: frozenset[UUID]
    out: Out | None
    seen: str
    listed: str = ""
    looks_listed: bool = False


def standing(lead: Case) -> Classification | None:
    """The classification of `lead` that others may take over: one that stands, after the second look where that was called for.

    None as well where it was graded by another scheme than the one in force: a level of that one says nothing in this one.
    """
    if lead.stage not in DECIDED or open_disagreement(lead) is not None:
        return None
    graded, newest = scheme.in_force(), latest(lead)
    return newest if newest and (newest.scheme, newest.scheme_version) == (graded.name, graded.version) else None


def weigh(
    stacked: Sequence[Stacked], *, lead: Case, now: datetime, decision: StackDecision | None = None, since: datetime | None = None
) -> list[Member]:
    """What is known of these cases of the stack of `lead`; the same number of queries however many they are (at most 500).

    For `decision` it does not count that they wait for it. With `since` what came under `lead` or changed after that moment is out.
    """
    cases = [one.case_id for one in stacked]
    told, items, more = _told(cases), _items(cases), _of_other_rooms(cases, lead, decision)
    shared, listed = _shared(cases, lead), _listed(stacked, lead, now)
    by_words = [one.case_id for one in stacked if RETOLD in one.because]
    still = retold(by_words, lead.pk) if by_words else {}
    found = []
    for one in stacked:
        case = one.case
        content = items[case.pk]["content"]
        by_list, apart = listed.get(case.pk, (None, EXACT))
        further = items[case.pk]["things"] - len(shared[case.pk])
        only_words = RETOLD in one.because
        covered = frozenset(content) if by_list else _covered(one, content, shared[case.pk])
        assessed, assessed_at = more["assessed"].get(case.pk, (None, None))
        moments = (one.at, case.opened_at, case.stage_since, told[case.pk]["last"], items[case.pk]["last"], assessed_at, by_list and by_list.at)
        is_new = (since is not None and max(filter(None, moments)) > since) or (only_words and case.pk not in still)
        waiting = Waiting(
            is_queued=case.stage == Stage.QUEUED,
            is_emergency=case.is_emergency or case.pk in more["ringing"],
            level=case.priority,
            is_claimed=bool(case.claimed_by),
            is_elsewhere=case.pk in more["elsewhere"],
            has_child_actor=bool({case.pk, lead.pk} & more["child_actor"]),
            has_new=items[case.pk]["new"] > 0 or len(covered) < len(content),
            has_further=only_words and further > 0,
            differs=only_words and not still.get(case.pk, True),
            sources=told[case.pk]["sources"],
            unread=case.pk in more["unread"],
        )
        found.append(
            Member(
                case=case,
                because=tuple(one.because),
                reasons=said(one.because),
                distance=one.distance,
                level=LEVELS[case.priority],
                told_by=tuple(taxonomy.label("report_source", source) for source in sorted(told[case.pk]["sources"])),
                things=items[case.pk]["things"],
                further=further,
                covered=covered,
                out=held_out(waiting) or (Out.CHANGED if is_new else None),
                seen=_digest(case, one, told[case.pk], items[case.pk], (assessed, by_list and (by_list.list_id, by_list.label, apart))),
                listed=f"the list “{by_list.list.name}” calls both “{by_list.label}”{_looks(apart)}" if by_list else "",
                looks_listed=apart > EXACT,
            )
        )
    return found


def decisions_of(lead: Case) -> QuerySet[StackDecision]:
    """What was decided for the stack of `lead`, the newest first, with how many followed, wait and stayed."""
    counts = {state.value: Count("members", filter=Q(members__state=state)) for state in Follows}
    return lead.stack_decisions.annotate(**counts).order_by("-made_at", "-pk")


def decisions_due(*, now: Any) -> QuerySet[StackDecision]:
    """Decisions whose time to be taken back is over and that are not carried out for everybody yet, the oldest first."""
    return StackDecision.objects.filter(due_at__lte=now, done_at=None, withdrawn_at=None).select_related("lead__organisation", "taken")


def stayed(decision: StackDecision, *, by: Actor, most: int) -> list[StackMember]:
    """The cases that did not follow and are neither erased nor hidden from `by`, with why; who took a tick off knows that, so those come last."""
    held = decision.members.filter(state=Follows.STAYED, case__erased_at=None).exclude(hidden_from(by, "case")).select_related("case")
    return sorted(held[:most], key=lambda one: one.why == Out.LEFT_OUT)


def _told(cases: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = defaultdict(lambda: {"sources": set(), "last": None})
    rows = Report.objects.filter(case__in=cases).order_by().values("case", "source").annotate(last=Max("told_at"))
    for row in rows:
        held = found[row["case"]]
        held["sources"].add(row["source"])
        held["last"] = max(filter(None, (held["last"], row["last"])))
    return found


def _items(cases: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    found: dict[UUID, dict[str, Any]] = defaultdict(lambda: {"things": 0, "content": {}, "new": 0, "rows": 0, "last": None})
    columns = ("case", "kind", "novelty", "pk", "same_file_as", "recorded_at", "taken_back_at")
    for case, kind, novelty, pk, file, recorded, gone in Item.everything.filter(case__in=cases).values_list(*columns):
        held = found[case]
        held["last"] = max(filter(None, (held["last"], recorded, gone)), default=None)
        held["rows"] += 1 + int(gone is not None) * 1000
        if gone is None and file is None:
            held["things"] += 1
            held["new"] += int(novelty == "new")
            if kind in CONTENT:
                held["content"][pk] = kind
    return found


def _covered(one: Stacked, content: Mapping[UUID, str], shared: set[UUID]) -> frozenset[UUID]:
    """Of what the case shows that which was seen in the leading case; a picture that only looks alike is one file more, and not a new one."""
    files = {pk for pk, kind in content.items() if kind == "media" and pk not in shared}
    looks_alike = files if len(files) == 1 and one.distance is not None and not _is_exact(one.because) else set()
    return frozenset(shared & content.keys() | looks_alike)


def _shared(cases: Iterable[UUID], lead: Case) -> dict[UUID, set[UUID]]:
    """Of each case the things that the leading case holds as well; of a file with many hashes its first item."""
    held = terms_to_compare(lead.organisation_id)
    found: dict[UUID, set[UUID]] = defaultdict(set)
    for equal in with_values_of(held.filter(item__case__in=cases), terms_of([lead.pk])):
        for case, item, file in equal.values_list("item__case", "item", "item__same_file_as"):
            found[case].add(file or item)
    return found


def _listed(stacked: Sequence[Stacked], lead: Case, now: datetime) -> dict[UUID, tuple[ListLead, int]]:
    """Of each case that stands under `lead` because of a list by which label both are wholly on it now, and in how many bits at most they look so.

    None where people saw no abuse in `lead`: then its label is wrong there, and what nobody looked at is not harmless by it.
    """
    cases = [one.case_id for one in stacked if LISTED in one.because]
    leads = {(one.list_id, one.label): one for one in ListLead.objects.filter(lead=lead).select_related("list")} if cases else {}
    looked = standing(lead) if leads else None
    if not leads or (looked is not None and looked.features.get("shows_abuse") != "yes"):
        return {}
    held = wholly_listed([lead.pk, *cases], on=now.date())
    mine = held.get(lead.pk, {})
    both = {case: theirs.keys() & mine.keys() & leads.keys() for case, theirs in held.items() if case != lead.pk}
    return {case: (leads[key := min(keys)], max(held[case][key], mine[key])) for case, keys in both.items() if keys}


def _looks(apart: int) -> str:
    return f", by pictures that look like what is listed: up to {apart} of 256 bits differ" if apart > EXACT else ""


def _of_other_rooms(cases: Iterable[UUID], lead: Case, decision: StackDecision | None) -> dict[str, Any]:
    children = CasePerson.objects.filter(case__in=[*cases, lead.pk], actor_age__in=CHILD_ACTOR)
    elsewhere = StackMember.objects.filter(case__in=cases, state=Follows.WAITS).exclude(decision=decision)
    assessed = Assessment.objects.filter(case__in=cases).order_by().values("case").annotate(last=Max("pk"), when=Max("at"))
    return {
        "child_actor": set(children.values_list("case", flat=True)),
        "unread": set(Message.objects.filter(case__in=cases, from_reporter=True, read_at=None).values_list("case", flat=True)),
        "ringing": set(Alarm.objects.filter(case__in=cases, answered_at=None).values_list("case", flat=True)),
        "elsewhere": set(elsewhere.values_list("case", flat=True)),
        "assessed": {one["case"]: (one["last"], one["when"]) for one in assessed},
    }


def _is_exact(because: Iterable[str]) -> bool:
    return bool(set(_HASHES) & set(because))


def _digest(case: Case, stacked: Stacked, told: dict[str, Any], items: dict[str, Any], more: object) -> str:
    """Equal while nothing that a decision rests upon has changed."""
    parts = (case.stage, case.stage_since, case.priority, stacked.lead_id, stacked.because, told["last"], items["rows"], more)
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()
