"""A step as the page shows it: words for codes, the name of the button, and what stands in the way."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial

from django.conf import settings
from django.db.models import QuerySet

from cairndesk.accounts.rules import Actor, Role, Verb, permits
from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of
from cairndesk.custody import access
from cairndesk.custody.queries import unseal_fields
from cairndesk.custody.sealing.keys import Signing
from cairndesk.directory.models import Authority
from cairndesk.directory.queries import Contact, authorities_for, emergency_contacts, services_for
from cairndesk.directory.rules import EXPERTISE, AuthorityKind, Kind
from cairndesk.exchange.formats import letter
from cairndesk.exchange.formats.seal import public_pem
from cairndesk.response import rules
from cairndesk.response.models import AuthorityPackage, Notice, PlanStep, Preservation, Referral
from cairndesk.response.queries.due import DeliveryHealth, health
from cairndesk.response.queries.facts import facts_of, would_warn
from cairndesk.response.queries.holding import standing_holds
from cairndesk.response.queries.mail import preview
from cairndesk.response.queries.plan import plan_of
from cairndesk.response.rules import Choice, Consent, NoticeState, StepKind, StepState, Told
from cairndesk.review.queries import support_that_fits

TITLES = {
    StepKind.SAFEGUARD: "Safeguard the child",
    StepKind.WELFARE: "Involve welfare and child-justice services",
    StepKind.PRESERVE: "Preserve the evidence",
    StepKind.REMOVE: "Have it removed",
    StepKind.AUTHORITY: "Report to an authority",
    StepKind.PARTNER: "Involve a partner abroad",
    StepKind.SUPPORT: "Offer support",
}
CONSENT_WORDS: Mapping[str, str] = {
    Consent.NOT_ASKED: "not asked yet",
    Consent.GIVEN: "wants this",
    Consent.REFUSED: "does not want this",
    Consent.OVERRIDDEN: "overridden, because of danger",
}
PRESERVED_WORDS: Mapping[str, str] = {
    Choice.PROVIDER: "the provider is asked to preserve",
    Choice.AUTHORITY: "an authority preserves",
    Choice.OWN_RECORD: "the desk's own record",
    Choice.NOT_POSSIBLE: "nothing can be preserved",
}
TOLD_WORDS: Mapping[str, str] = {Told.TOLD: "yes", Told.LATER: "not yet", Told.NOT_SAFE: "no, telling is not safe"}
_SERVICES = {
    StepKind.SAFEGUARD: (Kind.CHILD_PROTECTION, Kind.EMERGENCY),
    StepKind.WELFARE: (Kind.CHILD_JUSTICE, Kind.CHILD_PROTECTION, Kind.COUNSELLING),
    StepKind.PARTNER: (Kind.REMOVAL_HELP, Kind.CHILD_PROTECTION),
    StepKind.SUPPORT: (
        Kind.HELPLINE,
        Kind.COUNSELLING,
        Kind.MENTAL_HEALTH,
        Kind.MEDICAL,
        Kind.LEGAL_AID,
        Kind.PEER_SUPPORT,
        Kind.COMMUNITY,
        Kind.EDUCATION,
    ),
}
_COULD_WARN = "Held: a routine notice could warn the person of concern. A supervisor lifts the hold after speaking with the authority."
# Offered for any step that refers somebody, where the service is known for what this case is about.
_BY_EXPERIENCE = (
    Kind.SHELTER, Kind.COUNSELLING, Kind.MENTAL_HEALTH, Kind.MEDICAL, Kind.LEGAL_AID, Kind.PEER_SUPPORT, Kind.COMMUNITY,
)  # fmt: skip
# Whoever may harm themselves is handed to somebody who can talk with them now (TRG-07).
_IN_CRISIS = (Kind.HELPLINE, Kind.COUNSELLING, Kind.MENTAL_HEALTH)


@dataclass(frozen=True, slots=True)
class Card:
    """One step on the page. `button` names what approving does; `hindrances` are sentences, empty when it may be approved."""

    step: PlanStep
    title: str
    reasons: list[str]
    button: str
    hindrances: list[str]
    notices: list[Notice]
    packages: list[AuthorityPackage]
    referrals: list[Referral]
    may_approve: bool
    may_look: bool
    may_supervise: bool
    may_record: bool
    is_held: bool


def preserved(case: Case) -> list[tuple[Preservation, str]]:
    """The preservation choices of `case` in words, oldest first."""
    return [(one, PRESERVED_WORDS[one.choice]) for one in case.preservations.select_related("provider").order_by("chosen_at")]


def cards_of(case: Case, actor: Actor) -> list[Card]:
    """Every step of `case` as `actor` sees it; what is known of the case is gathered once, and only where something could be held by it."""
    known = cache(partial(facts_of, case))
    return [card_of(step, actor, known=known) for step in plan_of(case)]


def card_of(step: PlanStep, actor: Actor, *, known: Callable[[], rules.Facts] | None = None) -> Card:
    """One step as `actor` sees it; `known` gives the facts of its case where somebody has gathered them."""
    notices, reasons = list(step.notices.all()), set(rules.Reason)
    stage, is_held = step.case.stage, step.is_held or (bool(notices) and would_warn(step, known))
    return Card(
        step=step,
        title=TITLES[StepKind(step.kind)],
        reasons=[rules.WORDS[rules.Reason(code)] for code in step.reasons if code in reasons],
        button=_button(step, notices),
        hindrances=_hindrances(step, notices, is_held=is_held),
        notices=notices,
        packages=list(step.packages.all()),
        referrals=list(step.referrals.all()),
        may_approve=permits(actor.roles, Verb.STEP_APPROVE, stage),
        may_look=permits(actor.roles, Verb.STEP_REVIEW, stage),
        may_supervise=permits(actor.roles, Verb.STEP_REVIEW, stage) and Role.SUPERVISOR in actor.roles,
        may_record=permits(actor.roles, Verb.STEP_RECORD, stage),
        is_held=is_held,
    )


def drafts_of(step: PlanStep) -> QuerySet[Notice]:
    """The notices of `step` that were drafted and not sent."""
    return step.notices.filter(state=NoticeState.DRAFTED)


def letters_of(step: PlanStep) -> list[tuple[Notice, str]]:
    """The drafted notices of `step` with the text that people will read. Opens what is sealed."""
    drafts = drafts_of(step).select_related("provider", "case__organisation", "document", "earlier")
    return [(one, letter_text(one)) for one in drafts]


def letter_text(notice: Notice, kind: letter.Kind | None = None, legality: str = "") -> str:
    """The letter of `notice` as people read it, every address defanged; or another `kind` about it, on this ground. Opens what is sealed."""
    document = unseal_fields(notice.document)
    document["legality"] = legality or document["legality"]
    return letter.text(preview(notice, document, settings.CAIRNDESK.mail.sender, kind))


def next_states(notice: Notice) -> set[str]:
    """The states to which `notice` may go from here."""
    return {state.value for state in rules.NOTICE_MOVES[NoticeState(notice.state)]}


def services_for_step(step: PlanStep) -> list[Contact]:
    """Services that fit the step, those of the organisation's country first; of a country those with experience that may fit whoever was harmed.

    Such an experience adds services of more kinds, and takes none away (TRG-23). Where somebody may harm themselves, those come before it
    that can talk with them now.
    """
    in_crisis = _IN_CRISIS if rules.Reason.SELF_HARM in step.reasons else ()
    kinds = tuple(dict.fromkeys((*_SERVICES.get(StepKind(step.kind), ()), *in_crisis)))
    fits = set(support_that_fits(step.case))
    more = [kind for kind in _BY_EXPERIENCE if kind not in kinds] if fits and kinds else []
    found = [one for kind in kinds for one in services_for(kind, organisation=step.case.organisation_id)]
    found += [one for kind in more for one in services_for(kind, organisation=step.case.organisation_id) if fits & set(one.expertise)]
    country = step.case.organisation.country

    def last(one: Contact) -> tuple[bool, bool, bool, bool, int, str]:
        is_now = one.kind in in_crisis and (one.is_always_open or one.waiting_weeks == 0)
        return (one.country != country, not is_now, not fits & set(one.expertise), one.waiting_weeks is None, one.waiting_weeks or 0, one.name)

    return sorted(found, key=last)


def services_in_words(step: PlanStep, known: Iterable[Contact]) -> list[tuple[str, str]]:
    """Each service as it is offered for the step, with the experience that it has of what this case is about."""
    fits = support_that_fits(step.case)
    marks = {one.id: [EXPERTISE[expertise].lower() for expertise in fits if expertise in one.expertise] for one in known}
    return [(str(one.id), f"{one.name} (experience: {', '.join(marks[one.id])})" if marks[one.id] else one.name) for one in known]


def call_first(step: PlanStep) -> list[Contact]:
    """The emergency contacts that somebody has reached, where the step keeps a child safe; those of the organisation's country first."""
    return emergency_contacts(step.case.organisation.country, step.case.organisation_id) if step.kind == StepKind.SAFEGUARD else []


def authorities_for_step(step: PlanStep) -> list[Authority]:
    """Authorities with a key; where the person of concern may be a child, child justice and child protection come first (TRG-27)."""
    first = {AuthorityKind.CHILD_JUSTICE, AuthorityKind.CHILD_PROTECTION} if step.needs_sign_off else set()
    known = [one for one in authorities_for(step.case.organisation.country, organisation=step.case.organisation_id) if one.age_recipient]
    return sorted(known, key=lambda one: not first & set(one.kinds))


def authority_words(authority: Authority) -> str:
    """Name, country, and for what it is competent."""
    return f"{authority.name} ({authority.country}): {', '.join(kind.replace('_', ' ') for kind in authority.kinds) or 'competence not entered'}"


def purpose_for_step(step: PlanStep) -> str:
    """The purpose that the form suggests; where the person of concern may be a child it speaks of welfare, not of punishment."""
    if step.needs_sign_off:
        return "Protection of the child who was harmed, and help for the child who caused harm, under child-justice standards"
    return "Protection of the child and investigation of a suspected offence"


def export_key() -> bytes:
    """The public key that checks packages, in the form that openssl reads."""
    return public_pem(access.keys().public(Signing.EXPORT)).encode()


def health_now() -> DeliveryHealth:
    """How deliveries stand under the configuration in force."""
    mail = settings.CAIRNDESK.mail
    return health(is_configured=bool(mail.host and mail.sender))


def _button(step: PlanStep, notices: list[Notice]) -> str:
    drafts = sum(one.state == NoticeState.DRAFTED for one in notices)
    providers = "1 provider" if drafts == 1 else f"{drafts} providers"
    return {
        StepKind.SAFEGUARD: "Approve safeguarding and referral",
        StepKind.WELFARE: "Approve referral to welfare services",
        StepKind.PRESERVE: "Choose how evidence is preserved",
        StepKind.REMOVE: f"Send notice to {providers}" if drafts else "Draft notices",
        StepKind.AUTHORITY: "Approve a report to an authority",
        StepKind.PARTNER: "Approve involving a partner",
        StepKind.SUPPORT: "Approve a support referral",
    }[StepKind(step.kind)]


def _hindrances(step: PlanStep, notices: list[Notice], *, is_held: bool) -> list[str]:
    if step.state != StepState.PROPOSED:
        return [_COULD_WARN] if is_held else []
    found = [f"They asked {one.words}." for one in limits_of(step.case) if one.limit is rules.bounding(StepKind(step.kind)) and not one.set_aside]
    if step.kind == StepKind.REMOVE:
        found += [f"Held: {one.authority.name} asked that nobody be warned." for one in standing_holds(step.case)]
    if is_held:
        found.append(_COULD_WARN)
    if step.kind == StepKind.REMOVE and step.preservation_id is None:
        found.append("First record how the evidence is preserved.")
    if step.kind == StepKind.REMOVE and not any(one.state == NoticeState.DRAFTED for one in notices):
        found.append("First draft at least one notice.")
    if step.needs_sign_off and not step.signed_off_by:
        found.append("The person of concern may be a child: a supervisor must agree first, and another person approves.")
    return found
