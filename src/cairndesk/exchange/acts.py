"""What a second person lets another organisation be offered: the accounts, our letters and the wishes of one case, as they are now."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse

from cairndesk.accounts.acts import Words
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, Kind, Verb
from cairndesk.cases.acts import OfCase
from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of
from cairndesk.directory.profiles import Gives
from cairndesk.exchange import actions, queries


class Offering(OfCase):
    """The other organisation is offered the case, and can take it as long as it is what was let go."""

    kind, asks, does, about = Kind.HAND_OVER, Verb.CASE_TRANSFER, Verb.CASE_TRANSFER, "case"

    def hold(self, request: Request) -> None:
        Case.objects.select_for_update(of=("self",)).get(pk=request.subject)

    def digest(self, request: Request) -> bytes:
        return queries.offering_digest(self.case(request), _to(request), reason=request.reason_id)

    def seen(self, request: Request) -> Mapping[str, Any]:
        """What the reporter wrote behind the six words goes along whenever they write it; whoever approves has seen how much that is."""
        return {"messages": list(self.case(request).messages.filter(from_reporter=True).order_by("pk").values_list("pk", flat=True))}

    def check(self, request: Request, *, now: datetime) -> None:
        actions.require_offerable(self.case(request), _to(request), now=now)

    def do(self, request: Request, *, by: Actor, now: datetime) -> str:
        to = _to(request)
        actions.offer_case(case=self.case(request), to=to, request=request, by=by, now=now)
        return f"The case is offered to {to.name}."

    def words(self, request: Request) -> Words:
        case, to = self.case(request), _to(request)
        asked = "; ".join(one.words for one in limits_of(case))
        profile = queries.profile_to(case.organisation_id, to)
        goes = f"accounts: {case.reports.count()}, messages: {case.messages.count()}, and the way back behind the six words"
        facts = [
            ("Case", case.number),
            ("To", " · ".join(filter(None, (to.name, to.get_kind_display(), to.country)))),
            ("What goes along", goes),
            ("Left out", f"{profile.fields(Gives.MASKED, Gives.LEFT_OUT)} (table {profile.table} of sharing: {profile.bases})"),
        ]
        facts += [("Who told us asked", asked or "nothing that binds us"), ("What stays here", "what was judged, notes, files, and the log")]
        return Words(f"Offer case {case.number} to {to.name}", facts, f"Let {to.name} be offered the case", reverse("exchange:offer", args=[case.pk]))


def _to(request: Request) -> Organisation:
    return Organisation.objects.get(pk=request.plan["to"])
