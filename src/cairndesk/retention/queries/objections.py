"""Who decided first what somebody objects to, and where it went."""

from django.db.models import Q, QuerySet

from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Kind as Act
from cairndesk.cases.models import Case, Item, SetAside
from cairndesk.cases.rules.stages import Stage
from cairndesk.exchange.models import Handover
from cairndesk.intake.models import Message
from cairndesk.response.models import AuthorityPackage, ClosingNote, Crossing, Notice, Referral
from cairndesk.response.rules import COUNTERABLE
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Against
from cairndesk.review.models import BlindCoding, Classification, SecondLook
from cairndesk.review.queries import publishable
from cairndesk.signals import shelf
from cairndesk.signals.engine.identifiers import recognise
from cairndesk.signals.models import ListEntry, ListVersion
from cairndesk.signals.queries import own_list


def kept_apart(held: SubjectRequest) -> set[str]:
    """The pseudonyms of all who cannot decide `held`: who are written down in it, and who acted since in what it objects to. Raises DeskLocked."""
    if held.against == Against.VERDICT and held.case is not None:
        return held.kept_apart | deciders_of(held.case)
    if held.against == Against.LISTED and held.entry is not None:
        # It may have gone and come back since: what is on the list now is another row of the same name.
        same = ListEntry.objects.filter(shelf.current(held.entry.list), kind=held.entry.kind, value=held.entry.value)
        return held.kept_apart.union(*map(listers_of, [held.entry, *same]))
    return held.kept_apart


def unheard_objections() -> QuerySet[Message]:
    """What reporters wrote behind their six words against what was decided, and no request stands for yet, oldest first."""
    return (
        Message.objects.filter(about="objection", request=None, text__erased_at=None)
        .select_related("case__organisation", "text")
        .order_by("at", "pk")
    )


def deciders_of(case: Case) -> set[str]:
    """The pseudonyms of all who judged `case` so far, or had something of it listed. Raises DeskLocked."""
    return _judges_of(case).union(*map(listers_of, published_from(case)))


def _judges_of(case: Case) -> set[str]:
    """The pseudonyms of all who classified `case`, looked or coded a second time, published of it, closed it, or set a choice aside."""
    judged = Classification.everything.filter(case=case).values_list("actor", flat=True)
    looked = SecondLook.objects.filter(classification__case=case).values_list("actor", flat=True)
    coded = BlindCoding.objects.filter(classification__case=case).values_list("actor", flat=True)
    closed = ClosingNote.objects.filter(case=case).values_list("closed_by", flat=True)
    published = Request.objects.filter(kind=Act.PUBLISH, case=case.pk, done_at__isnull=False).values_list("asked_by", "done_by")
    aside = SetAside.objects.filter(case=case).values_list("decided_by", "reviewed_by")
    return {*judged, *looked, *coded, *closed, *(by for row in (*published, *aside) for by in row if by)}


def listers_of(entry: ListEntry) -> set[str]:
    """The pseudonyms of all who put `entry` on our own list, asked for that, or had it blocked."""
    version = ListVersion.objects.filter(list=entry.list_id, number=entry.since).first()
    made = Q(done_at=version.made_at) if version else Q(pk=None)
    asked = Request.objects.filter(made, kind=Act.PUBLISH, organisation=entry.list.organisation_id).values_list("asked_by", flat=True)
    blocked = [by for row in entry.blocks.values_list("listed_by", "reviewed_by") for by in row if by]
    return {*asked, *blocked, *([version.made_by] if version else [])}


def listed_as(organisation: Organisation, said: str) -> ListEntry | None:
    """What `said`, an address or a hash, stands for on our own list as it is now."""
    listed = own_list(organisation=organisation.pk)
    named = {(one.kind, one.value) for one in recognise(said.strip())} if listed and said.strip() else set()
    rows = ListEntry.objects.filter(shelf.current(listed), value__in=[value for _, value in named]) if listed else []
    return next((row for row in rows if (row.kind, row.value) in named), None)


def published_from(case: Case) -> list[ListEntry]:
    """What of `case` is on our own list now. Raises DeskLocked."""
    listed = own_list(organisation=case.organisation_id)
    done = Request.objects.filter(kind=Act.PUBLISH, case=case.pk, done_at__isnull=False).values_list("subject", flat=True)
    if listed is None or not done:
        return []
    named = {(one.kind, one.value) for item in Item.objects.filter(pk__in=done) for one in publishable(case, item)}
    rows = ListEntry.objects.filter(shelf.current(listed), value__in=[value for _, value in named]).select_related("list")
    return [row for row in rows if (row.kind, row.value) in named]


def to_undo(held: SubjectRequest) -> dict[str, list[str]]:
    """What granting the objection `held` undoes, as it stands now: by the codes of `corrected`, each thing by its address, hash or id.

    Raises DeskLocked.
    """
    if held.against == Against.VERDICT and held.case is not None:
        out = Notice.objects.filter(case=held.case, state__in=COUNTERABLE).values_list("pk", flat=True)
        again = [held.case.pk] if held.case.stage in {Stage.ANSWERED, Stage.CLOSED} else []
        return _listed(published_from(held.case)) | {"objections": sorted(map(str, out)), "opened_again": list(map(str, again))}
    if held.against == Against.LISTED and held.entry is not None:
        return _listed([held.entry])
    return {"asked_anew": [str(held.earlier_id)]} if held.against == Against.REQUEST else {}


def _listed(entries: list[ListEntry]) -> dict[str, list[str]]:
    blocks = [str(block.pk) for entry in entries for block in entry.blocks.filter(delisted_at=None)]
    return {"delisted": sorted(blocks), "withdrawn": sorted(f"{entry.list_id} {entry.kind} {entry.value}" for entry in entries)}


def went_out(case: Case) -> dict[str, int]:
    """How many packages, referrals and hand-overs of `case` left the desk: nobody can call them back, and who got them has to be told."""
    counts = {
        "packages": AuthorityPackage.objects.filter(case=case, taken_at__isnull=False),
        "referrals": Referral.objects.filter(case=case, made_at__isnull=False),
        "hand-overs": Handover.objects.filter(case=case, new_case__isnull=False),
        "cases at other desks": Crossing.objects.filter(case=case, side="out", state__in=["accepted", "returned"]),
    }
    return {what: count for what, rows in counts.items() if (count := rows.count())}
