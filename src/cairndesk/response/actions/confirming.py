"""What a person confirms before something leaves the desk: a digest of what would go out, worked out anew from what stands now."""

from cairndesk.accounts.rules import digest_of
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep, Referral
from cairndesk.response.rules import NoticeState, Told


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


def taking_digest(package: AuthorityPackage) -> bytes:
    """What taking the files of `package` out of the desk would do now."""
    return digest_of("response.take_package", package=package.pk, authority=package.authority_id, tar=package.digest)


def overriding_digest(referral: Referral, *, why: str, told: Told, best_interests: str) -> bytes:
    """What overriding the choice in `referral` would do now, with these words."""
    held = Referral.objects.get(pk=referral.pk)
    said = {"why": why, "told": str(told), "best_interests": best_interests}
    return digest_of("response.record_override", referral=held.pk, service=held.service_id, consent=held.consent, state=held.state, said=said)


def _letter(notice: Notice) -> list[object]:
    # The sealed words never change: other words are another record.
    return [notice.pk, notice.kind, notice.provider_id, notice.provider.notice_address, notice.document_id, notice.finding, notice.earlier_id]
