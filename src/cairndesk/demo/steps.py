"""What the cast does with one case, step by step, by the same actions as at any desk."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings

from cairndesk.accounts import demo as demo_people
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import SYSTEM, Actor, Proof, Role
from cairndesk.cases.actions import take_sample
from cairndesk.cases.models import Case
from cairndesk.cases.queries import limits_of, samples_for
from cairndesk.cases.rules import Stage
from cairndesk.custody.queries import unseal_fields, unseal_text
from cairndesk.demo.stories import Story
from cairndesk.directory import queries as directory
from cairndesk.exchange.formats.letter import Target
from cairndesk.intake import receipt
from cairndesk.intake.actions import Filed, receive_report, send_message
from cairndesk.intake.models import Draft
from cairndesk.intake.publish import ensure_salt
from cairndesk.intake.rules import Fragment, Kind, draft_key, hour_of
from cairndesk.response import actions as response
from cairndesk.response import queries as plans
from cairndesk.response.actions.notice import Draft as NoticeDraft
from cairndesk.response.actions.referral import Choice as Chosen
from cairndesk.response.models import AuthorityPackage, NoticeHold, PlanStep
from cairndesk.response.rules import Choice, NoticeKind, StepKind, StepState
from cairndesk.review import actions as review
from cairndesk.review import scheme
from cairndesk.review.models import BlindCoding, Classification
from cairndesk.review.queries import codings_of
from cairndesk.review.rules import Look
from cairndesk.review.rules.grades import suggested
from cairndesk.review.rules.mapping import Grade
from cairndesk.signals.actions import decide_match
from cairndesk.signals.models import Match
from cairndesk.signals.rules import MatchKind, Reason, Standing
from cairndesk.triage import actions as triage

Step = Callable[[Case, datetime], None]
# Stretching six words takes time on purpose, so only some of the invented reporters get a receipt.
_RECEIPT_EVERY = 16
# Far more than a desk would have coded twice, so that a fortnight gives enough pairs to count.
_CODED_TWICE, _SETTLED = 80, 2

_HARMS: Mapping[str, tuple[str, ...]] = {
    "threatens": ("sexual_extortion", "threat_to_share"),
    "asked_pictures": ("solicitation",),
    "shared_pictures": ("onward_sharing",),
    "fake_pictures": ("altered_imagery",),
    "on_camera": ("live_streaming",),
    "found": ("material_distribution",),
    "gifts": ("solicitation",),
    "sent_pictures": ("unwanted_nudity",),
}
# What a person writes down of pictures that software made from ordinary ones.
_MADE = {"ai_technique": "image_to_image_benign", "ai_source": "benign", "derived_from_known": "unknown"}
_AGES = {"under_10": "age_7_9", "10_12": "age_11_12", "13_15": "age_13_15", "16_17": "age_16_17"}


def path_to(end: str, organisation: Organisation) -> list[Step]:
    """The steps that take a case of `organisation` as far as `end`."""
    crew = _Crew(organisation, is_unsure=end == "second_look")
    way: list[tuple[str, Step]] = [
        ("reviewing", crew.claim),
        ("second_look", crew.classify),
        ("classified", crew.look_again),
        ("classified", crew.code_again),
        ("classified", crew.settle),
        ("acting", crew.plan),
        ("acting", crew.act),
        ("answered", crew.finish),
        ("closed", crew.close),
    ]
    stages = [stage for stage, _ in way]
    upto = len(stages) - stages[::-1].index(end) if end in stages else 0
    return [step for _, step in way[:upto]] + ([crew.hold_back, crew.pass_on] if end == "acting" else [])


def tell(story: Story, *, organisation: Organisation, number: int, drawn: random.Random, now: datetime) -> tuple[Case, receipt.Parts]:
    """Afterwards the story stands as a case, filed page by page as the portal files it; returns the six words, or none."""
    draft = f"{drawn.getrandbits(128):032x}"
    common: dict[str, Any] = {"organisation": str(organisation.pk), "hour": hour_of(now), "draft": draft, "path": story.path}
    answers = [{name: answer} for name, answer in story.answers.items()]
    pages = [
        Fragment(kind=Kind.ANSWERS, step=min(step, 9), counter=step, language=story.language, answers=one, done=step == len(answers), **common)
        for step, one in enumerate(answers, start=1)
    ]
    receive_report(files=[Filed(f"demo-{number}-{page.counter}", organisation.pk, page) for page in pages], now=now)
    words = _give_receipt(common, organisation, number, now) if number % _RECEIPT_EVERY == 1 else ()
    made = Draft.objects.select_related("report__case").get(pk=draft_key(draft, organisation.pk)).report
    if made is None:
        raise LookupError(draft)
    return made.case, words


def assess(case: Case, *, now: datetime) -> None:
    """Afterwards the case stands in the queue with its priority."""
    triage.take_in(case=case, now=now)


def _give_receipt(common: Mapping[str, Any], organisation: Organisation, number: int, now: datetime) -> receipt.Parts:
    words, cost = receipt.draw(), settings.CAIRNDESK.receipts
    opened = receipt.stretch(words, salt=ensure_salt(), cost=receipt.Cost(cost.memory_kib, cost.passes))
    slip = Fragment(kind=Kind.RECEIPT, receipt_index=opened.index, mailbox_public=opened.public.hex(), **common)
    receive_report(files=[Filed(f"demo-{number}-receipt", organisation.pk, slip)], now=now)
    return words


class _Crew:
    """The people of one organisation at work on one case."""

    def __init__(self, organisation: Organisation, *, is_unsure: bool) -> None:
        self._organisation, self._is_unsure = organisation, is_unsure

    def _one(self, role: Role, now: datetime, *, other_than: Actor | None = None) -> Actor | None:
        people = Person.objects.filter(organisation=self._organisation, grants__role=role).prefetch_related("grants", "guest_grants")
        actors = [person.as_actor(Proof.DEMO, now=now) for person in people.order_by("name")]
        return next((actor for actor in actors if other_than is None or actor.pseudonym != other_than.pseudonym), None)

    def _analyst(self, now: datetime) -> Actor:
        found = self._one(Role.ANALYST, now)
        if found is None:
            raise LookupError(Role.ANALYST)
        return found

    def claim(self, case: Case, now: datetime) -> None:
        if case.stage == Stage.QUEUED:
            review.claim(case=case, by=self._analyst(now), now=now)

    def classify(self, case: Case, now: datetime) -> None:
        if case.stage == Stage.REVIEWING:
            self._decide_matches(case, now)
            made = review.classify(case=case, look=_look(case, is_unsure=self._is_unsure, now=now), by=self._analyst(now), now=now)
            review.draw_for_coding(made=made, by=self._analyst(now), now=now, percent=_CODED_TWICE)

    def _decide_matches(self, case: Case, now: datetime) -> None:
        """What meets the very value is right; what only lies below a listed domain is something else here."""
        for match in Match.objects.filter(case=case.pk, standing=Standing.LEAD):
            is_wrong = match.kind == MatchKind.RELATED
            standing, reason = (Standing.REJECTED, Reason.TOO_COMMON) if is_wrong else (Standing.CONFIRMED, None)
            decide_match(match=match, standing=standing, reason=reason, stage=case.stage, by=self._analyst(now), now=now)

    def look_again(self, case: Case, now: datetime) -> None:
        """A second person agrees; where nobody else is there, the case goes on waiting, as it would."""
        other = self._one(Role.ANALYST, now, other_than=self._analyst(now)) or self._one(Role.SUPERVISOR, now, other_than=self._analyst(now))
        if case.stage == Stage.SECOND_LOOK and other is not None:
            review.give_second_look(case=case, look=_look(case, is_unsure=self._is_unsure, now=now), agrees=True, by=other, now=now)

    def code_again(self, case: Case, now: datetime) -> None:
        """Another analyst codes what was drawn; what they have worked on waits for somebody else. They see one thing in six otherwise."""
        other = self._one(Role.ANALYST, now, other_than=self._analyst(now))
        if other is None or case.pk not in {one.case_id for one in samples_for(other, now=now)}:
            return
        take_sample(case=case, by=other, now=now)
        look = _look(case, is_unsure=False, now=now)
        if BlindCoding.objects.count() % 6 == 1:
            look = replace(look, features={**look.features, "age_band": "age_13_15"}, severity="c" if look.severity == "none" else "b")
        review.code_blind(case=case, look=look, by=other, now=now)

    def settle(self, case: Case, now: datetime) -> None:
        """The supervisor settles the first two that differ; the others wait."""
        blind, by = codings_of(case), self._one(Role.SUPERVISOR, now)
        done = Classification.objects.exclude(settles_coding=None).count()
        if blind and blind.differs and by and done < _SETTLED and case.stage == Stage.CLASSIFIED:
            review.settle_coding(case=case, look=blind.classification.look, why="The account says it as the first coding does.", by=by, now=now)

    def plan(self, case: Case, now: datetime) -> None:
        if case.stage == Stage.CLASSIFIED:
            response.propose_plan(case=case, facts=plans.facts_of(case), by=SYSTEM, now=now)
            self._preserve_and_draft(case, now)

    def act(self, case: Case, now: datetime) -> None:
        """Approve what keeps the child safe, and help; the first approval sets the case in motion."""
        for step in self._open(case, StepKind.SAFEGUARD, StepKind.WELFARE, StepKind.SUPPORT):
            self._refer(step, now)
        if case.receipts.exists() and (by := self._one(Role.ANALYST, now)):
            send_message(case=case, words="Thank you for telling us. We have asked the service to take it down.", by=by, now=now)

    def hold_back(self, case: Case, now: datetime) -> None:
        """For two cases an authority asks to warn nobody yet: one of them so long ago that it has run out by now."""
        known = directory.authorities_for(self._organisation.country, organisation=self._organisation.pk)
        if known and self._open(case, StepKind.REMOVE) and NoticeHold.objects.filter(case__organisation=self._organisation).count() < 2:
            said = "Their officer on duty, by phone: they want to look first."
            response.ask_hold(case=case, authority=known[0], words=said, by=self._analyst(now), now=now)

    def pass_on(self, case: Case, now: datetime) -> None:
        """One case goes to police, child protection and a hotline at once, to each with its own least; nothing has left yet."""
        step = next(iter(self._open(case, StepKind.AUTHORITY)), None)
        known = [one for one in directory.authorities_for(self._organisation.country, organisation=self._organisation.pk) if one.age_recipient]
        if step is None or not known or step.needs_sign_off or limits_of(case) or AuthorityPackage.objects.exists():
            return
        by = self._analyst(now)
        digest = response.approval_digest(step)
        response.approve_step(step=step, by=by, fresh=demo_people.confirm(by=by, digest=digest, shown=digest.hex(), now=now), now=now)
        grounds = response.Grounds("Sample act of the place, section 8", "Protection of the child and investigation of a suspected offence")
        least = [(one, plans.profile_for(case, one, names_people=False)) for one in known]
        going = [(one, plans.going_to(case, grounds.release(step.pk, one, now), profile, now)) for one, profile in least]
        digest = response.building_digest(step, going, grounds)
        fresh = demo_people.confirm(by=by, digest=digest, shown=digest.hex(), now=now)
        response.build_authority_packages(step=step, authorities=known, grounds=grounds, by=by, fresh=fresh, now=now)

    def finish(self, case: Case, now: datetime) -> None:
        """What is still open is skipped with its reason, as a desk does that has nobody to send to."""
        supervisor = self._one(Role.SUPERVISOR, now)
        case.refresh_from_db()
        if supervisor and case.stage in {Stage.CLASSIFIED, Stage.ACTING}:
            for step in PlanStep.objects.filter(case=case, state=StepState.PROPOSED):
                response.skip_step(step=step, why="Not needed in this demonstration.", by=supervisor, now=now)

    def close(self, case: Case, now: datetime) -> None:
        supervisor = self._one(Role.SUPERVISOR, now)
        case.refresh_from_db()
        if supervisor and case.stage == Stage.ANSWERED:
            note = "The child is safe, knows whom to call, and wishes no more contact."
            reasons = {line.fact: "Not recorded in this demonstration." for line in plans.missing_from(case, now)}
            said: dict[str, Any] = {"best_interests": note, "outcome": "help_arranged", "reasons": reasons}
            digest = response.closing_digest(case, **said)
            fresh = demo_people.confirm(by=supervisor, digest=digest, shown=digest.hex(), now=now)
            response.close_case(case=case, **said, by=supervisor, fresh=fresh, now=now)

    def _preserve_and_draft(self, case: Case, now: datetime) -> None:
        by, removal = self._analyst(now), next(iter(self._open(case, StepKind.REMOVE)), None)
        if removal is None:
            return
        response.record_preservation(case=case, choice=Choice.OWN_RECORD, why="The addresses and times are on record.", by=by, now=now)
        drafts = _drafts(case)
        if drafts:
            response.draft_notices(step=removal, drafts=drafts, by=by, now=now)

    def _refer(self, step: PlanStep, now: datetime) -> None:
        by, service = self._analyst(now), next(iter(directory.helplines("XA", "en")), None)
        if service is None or step.is_held or step.needs_sign_off:
            return
        drafted = response.draft_referral(
            step=step, service=directory.service(service.id), reason="Somebody to talk to", best_interests="Company and advice today.", by=by, now=now
        )
        choice = Chosen(is_given=True, limits_explained=True, by_whom="child", maturity="Understands what it means.")
        response.record_consent(referral=drafted, choice=choice, by=by, now=now)
        digest = response.approval_digest(step)
        fresh = demo_people.confirm(by=by, digest=digest, shown=digest.hex(), now=now)
        response.approve_step(step=step, by=by, fresh=fresh, now=now)
        drafted.refresh_from_db()
        response.refer(referral=drafted, by=by, now=now)

    def _open(self, case: Case, *kinds: StepKind) -> list[PlanStep]:
        return list(PlanStep.objects.filter(case=case, kind__in=kinds, state=StepState.PROPOSED))


def _look(case: Case, *, is_unsure: bool, now: datetime) -> Look:
    """What an analyst would write down after reading: taken from the answers, as a person would."""
    answers = unseal_fields(case.reports.get().told)["answers"]
    what, danger = answers.get("what", []), answers.get("danger", [])
    harms = tuple(dict.fromkeys(harm for code in what for harm in _HARMS.get(code, ())))
    age = answers.get("age")
    features = {
        "shows_abuse": "yes" if harms else "unknown",
        "authenticity": "altered_from_real" if "fake_pictures" in what else "undetermined",
        **(_MADE if "fake_pictures" in what else {}),
        "depicted_act": "other_indecent" if {"found", "fake_pictures"} & set(what) else "unknown",
        "age_band": _AGES.get(age, "unknown") if isinstance(age, str) else "unknown",
        "setting": answers.get("setting", "unknown"),
        "continuing_access": "yes" if "can_reach" in danger else "unknown",
        "meeting_planned": "yes" if "meeting_soon" in danger else "unknown",
        "self_harm": "yes" if "self_harm" in danger else "unknown",
    }
    hints = ((one, suggested(one, features)) for one in scheme.used(now.date()))
    grades = tuple(Grade(one.name, one.version, codes) for one, codes in hints if codes)
    return Look(features, harms, "c" if harms else "none", is_uncertain=is_unsure or "not_sure" in what, grades=grades)


def _drafts(case: Case) -> list[NoticeDraft]:
    """One notice for each provider that the directory knows for an address of the case."""
    by_provider: dict[str, tuple[object, list[tuple[Target, str]]]] = {}
    for item in case.items.filter(kind="url").select_related("identifier"):
        address = unseal_text(item.identifier)
        provider = directory.provider_for(urlsplit(address).hostname or "")
        if provider is not None:
            by_provider.setdefault(str(provider.pk), (provider, []))[1].append((Target.URL, address))
    ground = "Sample rule set A: material of this kind may not stay."
    return [
        NoticeDraft(provider=provider, kind=NoticeKind.REMOVAL, targets=targets, legality=ground, expression_checked=True)  # type: ignore[arg-type]
        for provider, targets in by_provider.values()
    ]
