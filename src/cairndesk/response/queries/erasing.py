"""What erasing a case would take, what stands in its way, and who asked for it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from cairndesk.accounts.models import Request
from cairndesk.accounts.queries import open_request
from cairndesk.accounts.rules import Kind
from cairndesk.cases.models import Case
from cairndesk.cases.queries import descriptions_held, is_held
from cairndesk.custody.models import SealedItem
from cairndesk.custody.reach import sealed_below
from cairndesk.custody.retention import BOUNDED, RecordClass
from cairndesk.response.models import AuthorityPackage, Delivery, PlanStep
from cairndesk.response.rules import OPEN_STEPS, AuthorityOutcome, CrossingState, Hindrance, PackageState, Reason, StepKind, StepState
from cairndesk.review.queries import kept_until
from cairndesk.signals.models import Match, MediaSighting

# The case that another organisation made of an accepted offer is theirs, and so is its reason; a case that followed another one stays its own.
APART = frozenset({"exchange.Handover.new_case", "review.Classification.taken_from", "review.StackDecision.taken"})
# What stays when a case is erased.
_STAYS = frozenset({RecordClass.LOG_DETAIL, RecordClass.SUBJECT_REQUEST, RecordClass.SIGN_IN})
_URGENT = frozenset({Reason.IN_DANGER, Reason.SELF_HARM})
_WORDS = {
    "told": "accounts and their earlier versions",
    "fragment": "single pages of them",
    "message": "messages",
    "identity": "records of who somebody is",
    "identifier": "addresses, accounts and places where they were seen",
    "media_hashes": "sets of hashes of a file",
    "document": "letters, as they were drafted and sent",
}


@dataclass(frozen=True)
class Extent:
    """Everything that would go: the sealed things, the ways back, the matches with lists, the closed packages and the originals in the vault."""

    sealed: tuple[UUID, ...]
    receipts: tuple[str, ...]
    matches: int
    packages: tuple[UUID, ...]
    originals: tuple[UUID, ...] = ()


def erasure_of(case: Case, *, now: datetime) -> Request | None:
    """The request to erase `case` that can be answered now; None where there is none."""
    return open_request(Kind.ERASE, case.pk, now=now)


def extent_of(case: Case) -> Extent:
    """What erasing `case` would take now."""
    files = MediaSighting.objects.filter(case=case.pk)
    hashes = files.filter(hashes__erased_at=None).values_list("hashes", flat=True)
    # Why a person destroyed an original is in words, and hangs where no row of the case points.
    reasons = files.filter(original__reason__isnull=False, original__reason__erased_at=None).values_list("original__reason", flat=True)
    asked = Request.objects.filter(case=case.pk, reason__isnull=False, reason__erased_at=None).values_list("reason", flat=True)
    kept = files.filter(original__isnull=False, original__destroyed_at=None).order_by("original").values_list("original", flat=True).distinct()
    return Extent(
        sealed=tuple(sorted((sealed_below(case, apart=APART) - descriptions_held(case, by_others=True)) | set(hashes) | set(reasons) | set(asked))),
        receipts=tuple(case.receipts.order_by("index").values_list("index", flat=True)),
        matches=Match.objects.filter(case=case.pk).count(),
        packages=tuple(AuthorityPackage.objects.filter(case=case).exclude(sealed=b"").order_by("id").values_list("id", flat=True)),
        originals=tuple(kept),
    )


def extent_in_words(extent: Extent) -> list[tuple[int, str]]:
    """How many things of which kind would go, the most first."""
    kinds = SealedItem.objects.filter(pk__in=extent.sealed).values_list("purpose").annotate(count=Count("pk"))
    counts: dict[str, int] = {}
    for purpose, count in kinds:
        words = _WORDS.get(purpose, "notes, reasons and other things in words")
        counts[words] = counts.get(words, 0) + count
    found = [(count, words) for words, count in counts.items()]
    more = [
        (len(extent.receipts), "ways back with six words"),
        (extent.matches, "matches with a list"),
        (len(extent.packages), "closed packages"),
        (len(extent.originals), "files in the vault"),
    ]
    return sorted([line for line in (*found, *more) if line[0]], reverse=True)


def hindrances(case: Case, now: datetime) -> list[Hindrance]:
    """What must end before `case` may be erased; empty when nothing stands in the way."""
    steps = list(PlanStep.objects.filter(case=case))
    found = (
        (_safeguarding_is_open(case, steps), Hindrance.SAFEGUARDING),
        (_authority_is_open(case, steps), Hindrance.AUTHORITY),
        (case.handovers.filter(state="offered").exists() or _is_crossing(case), Hindrance.OFFERED),
        (Delivery.objects.filter(notice__case=case, done_at=None, is_dead=False).exists(), Hindrance.ON_ITS_WAY),
        (is_held(case), Hindrance.HELD),
        (kept_until(case, set(BOUNDED) - _STAYS, now) is not None, Hindrance.LAW),
    )
    return [what for holds, what in found if holds]


def _is_crossing(case: Case) -> bool:
    """Whether another desk may still answer for it: an offer is open, or it is on its way back."""
    return case.crossings.filter(state__in=[CrossingState.OFFERED, CrossingState.RETURNING]).exists()


def _safeguarding_is_open(case: Case, steps: list[PlanStep]) -> bool:
    """In an emergency until a safeguarding step has ended; otherwise while one that danger calls for is open."""
    guards = [step for step in steps if step.kind == StepKind.SAFEGUARD]
    if any(step.state in OPEN_STEPS and (case.is_emergency or _URGENT & set(step.reasons)) for step in guards):
        return True
    return case.is_emergency and not guards and case.stage not in {"answered", "closed"}


def _authority_is_open(case: Case, steps: list[PlanStep]) -> bool:
    if any(step.kind == StepKind.AUTHORITY and step.state in {StepState.APPROVED, StepState.FAILED} for step in steps):
        return True
    ended = Q(state=PackageState.ANSWERED) & ~Q(outcome=AuthorityOutcome.INVESTIGATING)
    return AuthorityPackage.objects.filter(case=case).exclude(ended).exclude(step__state=StepState.SKIPPED).exists()
