"""Everything that is kept of one person of a case, to be given to them: their own, and nothing of anybody else."""

from datetime import datetime
from typing import Any

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson
from cairndesk.custody.models import SealedItem
from cairndesk.custody.queries import unseal, unseal_fields, unseal_text
from cairndesk.intake.told import told_lines
from cairndesk.lib.unknowns import Unknown
from cairndesk.retention.models import SubjectRequest
from cairndesk.retention.rules import Checked
from cairndesk.review.queries.wording import role_words, usual_in

_CODES = {
    "stated_age": "age_band",
    "apparent_age": "age_band",
    "age_at_report": "age_band",
    "gender": "gender",
    "relation": "relation",
    "actor_age": "actor_age",
    "actor_part": "actor_part",
    "allegation": "allegation",
    "preferred_term": "preferred_term",
}
LEFT_OUT = (
    "what other people told, and who they are",
    "what members of staff wrote for one another",
    "what was sent to providers, authorities and services; they answer for theirs",
)


def everything_of(case: Case, person: CasePerson | None, request: SubjectRequest, now: datetime) -> dict[str, Any]:
    """Opens what is sealed. Accounts and messages only for whoever told them: who is written down as the reporter, or had the six words."""
    is_reporter = person.roles.filter(role="reporter").exists() if person else request.checked == Checked.SIX_WORDS
    return {
        "made_on": now.date().isoformat(),
        "by": case.organisation.name,
        "case": case.number,
        "opened_on": case.opened_at.date().isoformat(),
        "decision": request.decision_words,
        "person": _person(person) if person else {},
        "accounts": _accounts(case) if is_reporter else [],
        "messages": _messages(case) if is_reporter else [],
        "corrections": [_words(one.words) for one in corrections_of(case) if one.person_id == (person.pk if person else None)],
        "left_out": list(LEFT_OUT),
    }


def corrections_of(case: Case) -> list[SubjectRequest]:
    """The corrections that stand beside what was said in `case`, oldest first."""
    found = SubjectRequest.objects.filter(case=case, asked="correction", decision__in=["granted", "partly"], words__erased_at=None)
    return list(found.select_related("words").order_by("decided_at"))


def _person(person: CasePerson) -> dict[str, Any]:
    codes = {
        name.replace("_", " "): taxonomy.label(family, code) for name, family in _CODES.items() if (code := getattr(person, name)) not in set(Unknown)
    }
    identity = unseal_fields(person.identity) if person.identity and person.identity.erased_at is None else {}
    return {
        "roles": [role_words(person, held.role, usual=usual_in([person])) for held in person.roles.order_by("recorded_at", "pk")],
        "identity": identity,
        "recorded": codes,
        "country": "" if person.country in set(Unknown) else person.country,
        "sensitive": {one.attribute: _words(one.words) if one.words else one.answer for one in person.sensitive.select_related("words")},
        "support": [taxonomy.label(*one.mark.split(".", 1)) for one in person.support.order_by("mark")],
    }


def _accounts(case: Case) -> list[dict[str, Any]]:
    found = []
    for report in case.reports.select_related("told").order_by("received_at"):
        told = unseal(report.told) if report.told.erased_at is None else {}
        answers = told.get("answers", told) if isinstance(told, dict) else {"more": told}
        found.append({"told_on": report.told_at.date().isoformat(), "answers": {line.asked: line.answer for line in told_lines(answers)}})
    return found


def _messages(case: Case) -> list[dict[str, str]]:
    rows = case.messages.select_related("text").filter(text__erased_at=None).order_by("at", "pk")
    return [
        {"on": row.at.date().isoformat(), "from": "you" if row.from_reporter else "the desk", "text": unseal_fields(row.text)["text"]} for row in rows
    ]


def _words(item: SealedItem) -> str:
    return unseal_text(item) if item.erased_at is None else ""
