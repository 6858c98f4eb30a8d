"""What a person confirms before something leaves the desk: a digest of what would go out, worked out anew from what stands now."""

import hashlib
from collections.abc import Mapping
from types import MappingProxyType

from cairndesk.accounts.rules import digest_of
from cairndesk.cases.models import Case, Report
from cairndesk.directory.checklists import Fact
from cairndesk.directory.sharing import profile_of_service
from cairndesk.exchange.formats import letter
from cairndesk.response.models import AuthorityPackage, CounterNotice, Delivery, Notice, PlanStep, Referral
from cairndesk.response.rules import NoticeState, Told

NO_REASONS: Mapping[Fact, str] = MappingProxyType({})


def approval_digest(step: PlanStep) -> bytes:
    """What approving `step` would do now: the step as it stands, and every drafted notice that would go, to whom and in which words."""
    held = PlanStep.objects.get(pk=step.pk)
    drafts = Notice.objects.filter(step=held, state=NoticeState.DRAFTED).select_related("provider").order_by("id")
    return digest_of(
        "response.approve_step",
        step=held.pk,
        kind=held.kind,
        state=held.state,
        preservation=held.preservation_id,
        signed_off_by=held.signed_off_by,
        notices=[_letter(one) for one in drafts],
    )


def sending_digest(notice: Notice) -> bytes:
    """What sending `notice` would do now."""
    held = Notice.objects.select_related("provider", "step").get(pk=notice.pk)
    return digest_of("response.send_notice", notice=_letter(held), state=held.state, preservation=held.step.preservation_id)


def following_digest(notice: Notice, kind: letter.Kind) -> bytes:
    """What a further letter of this kind about `notice` would do now: a reminder, an escalation, a renewal."""
    held = Notice.objects.select_related("provider").get(pk=notice.pk)
    return digest_of("response.follow_up", letter=kind.value, notice=_letter(held), state=held.state, reminders=held.reminders)


def retrying_digest(notice: Notice) -> bytes:
    """What trying the letters of `notice` again that were given up would do now."""
    held = Notice.objects.select_related("provider").get(pk=notice.pk)
    dead = Delivery.objects.filter(notice=held, is_dead=True).order_by("id").values_list("id", "letter")
    return digest_of("response.try_again", notice=_letter(held), state=held.state, letters=list(dead))


def deciding_digest(objection: CounterNotice, *, is_right: bool, why: str) -> bytes:
    """What deciding `objection` would do now: let the notice stand, or withdraw it with a letter that gives this ground."""
    held = CounterNotice.objects.select_related("notice__provider").get(pk=objection.pk)
    stands = {"state": held.state, "before": held.before, "notice": _letter(held.notice)}
    return digest_of("response.decide_counter_notice", objection=held.pk, stands=stands, is_right=is_right, why=why)


def closing_digest(case: Case, *, best_interests: str, outcome: str, reasons: Mapping[Fact, str] = NO_REASONS) -> bytes:
    """What closing `case` would do now: the outcome that the reporter will read, the note that is kept, and why each fact is missing."""
    held = Case.objects.get(pk=case.pk)
    said = {fact.value: reasons[fact] for fact in sorted(reasons)}
    return digest_of("response.close_case", case=held.pk, stage=held.stage, outcome=outcome, best_interests=best_interests, reasons=said)


def summary_digest(referral: Referral) -> bytes:
    """What opening the summary of `referral` would hand on now: to whom, by whose choice, and which accounts."""
    held = Referral.objects.select_related("case", "service").get(pk=referral.pk)
    accounts = list(Report.objects.filter(case=held.case_id).order_by("id").values_list("id", flat=True))
    table = profile_of_service(held.case.organisation_id, held.service).told
    return digest_of("response.read_summary", referral=held.pk, service=held.service_id, consent=held.consent, accounts=accounts, table=table)


def taking_digest(package: AuthorityPackage) -> bytes:
    """What taking the files of `package` out of the desk would do now: which bytes go, closed to which key of whom."""
    held = AuthorityPackage.objects.select_related("authority").get(pk=package.pk)
    sealed = hashlib.sha256(bytes(held.sealed)).digest()
    to = [held.authority_id, held.authority.age_recipient]
    return digest_of("response.take_package", package=held.pk, to=to, names=held.names_people, tar=held.digest, sealed=sealed)


def overriding_digest(referral: Referral, *, why: str, told: Told, best_interests: str) -> bytes:
    """What overriding the choice in `referral` would do now, with these words."""
    held = Referral.objects.get(pk=referral.pk)
    said = {"why": why, "told": str(told), "best_interests": best_interests}
    return digest_of("response.record_override", referral=held.pk, service=held.service_id, consent=held.consent, state=held.state, said=said)


def _letter(notice: Notice) -> list[object]:
    # The sealed words never change: other words are another record.
    to = [notice.provider_id, notice.provider.notice_address, notice.provider.escalation_address, notice.provider.records_address]
    return [notice.pk, notice.kind, *to, notice.document_id, notice.finding, notice.earlier_id]
