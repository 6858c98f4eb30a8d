"""Things on record that pages are looked at with."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, FreshProof
from cairndesk.cases import actions as facts
from cairndesk.cases.actions import MandateTerms, enter_mandate, mandate_digest
from cairndesk.cases.models import Case, CasePerson, Grouping, Item, SearchMandate
from cairndesk.cases.rules.groupings import Gone, GroupingKind, Why
from cairndesk.lib import clock
from cairndesk.signals.actions import assess_tool, look_after_tools
from cairndesk.signals.models import ToolRecord
from cairndesk.signals.tools import Tool


def learn(case: Case, ana_: Actor, sam_: Actor) -> tuple[CasePerson, Item]:
    """Afterwards something of every kind is on record in `case`, and some of it was changed or taken back; returns the child and an account."""
    ana, sam = ({"by": by, "now": clock.now()} for by in (ana_, sam_))
    incident = facts.describe_incident(case=case, facts={"meeting_planned": "unknown", "active_contact": "yes"}, **ana)
    facts.amend_incident(incident=incident, facts={"meeting_planned": "no"}, **sam)
    child = facts.add_person(case=case, role="child", facts={"stated_age": "age_13_15"}, **ana)
    facts.amend_person(person=child, facts={"stated_age": "age_11_12", "gender": "boy_or_man"}, **sam)
    facts.give_role(person=child, role="reporter", **ana)
    facts.record_support(person=child, family="impact", codes=["fear", "school"], **ana)
    facts.record_sensitive(person=child, attribute="faith", answer="described", words="In the words of the child.", **ana)
    facts.seal_identity(person=child, identity={"name": "Kim"}, **ana)
    other = facts.add_person(case=case, role="person_of_concern", facts={"actor_age": "adult", "relation": "online_only"}, **ana)
    facts.take_back(case=case, fact=facts.add_person(case=case, role="witness", **ana), **sam)
    wallet = facts.add_item(case=case, kind="wallet", identifier="bc1qexample", **ana)
    facts.mark_item(item=wallet, family="payment_rail", codes=["cryptocurrency"], **ana)
    account = facts.add_item(case=case, kind="account", identifier="someone.else", facts={"service": "chat-one"}, **ana)
    for step, service in (("moved_to", "chat-one"), ("first_contact", "game-two"), ("demanded_on", "chat-one")):
        facts.add_contact_step(incident=incident, step=step, facts={"service": service}, **ana)
    facts.record_threat(incident=incident, facts={"demand": "money"}, audiences=["family"], words="Pay by tonight.", actor=other, **ana)
    facts.record_payment(incident=incident, facts={"rail": "cryptocurrency", "amount_band": "under_50"}, wallet=wallet, **ana)
    filed = {"filer": "payment_service", "recipient": "intelligence_unit", "at": clock.now()}
    facts.record_disclosure(incident=incident, reference="STR 2026 417", facts=filed, wallet=wallet, **ana)
    facts.record_place(incident=incident, kind="rental", where="The green house by the mill", is_planned=True, **ana)
    facts.record_sighting(item=account, seen_at=clock.now(), **ana)
    for harm in ("financial_sexual_extortion", "threat_to_share"):
        facts.code_harm(incident=incident, harm=harm, **ana)
    facts.mark_incident(incident=incident, family="tactic", codes=["fake_account", "feigned_romance"], **ana)
    facts.mark_incident(incident=incident, family="told_whom", codes=["friend", "parent_or_carer"], **ana)
    facts.answer_corroboration(incident=incident, kind="chat", answer="yes", **ana)
    facts.add_evidence(incident=incident, kind="chat", facts={"service": "chat-one", "messages": "12"}, item=account, **ana)
    shown = facts.add_person(case=case, role="child", facts={"apparent_age": "age_7_9"}, **ana)
    facts.record_identification(person=shown, status="open", **ana)
    facts.record_identification(person=shown, status="with_unit", unit="The unit of the region", **sam)
    facts.record_clue(case=case, kind="place_sign", words="A green street sign with white letters.", item=account, **ana)
    facts.take_back(case=case, fact=facts.record_clue(case=case, kind="device", words="A mistake.", **ana), **sam)
    return child, account


def with_a_tool_off(organisation: Organisation, by: Actor, now: datetime) -> None:
    """Afterwards one tool is off, another soon will be, and a third is assessed."""
    look_after_tools(now=now)
    for tool, days in ((Tool.EXACT, -3), (Tool.NEAR, 12)):
        ToolRecord.objects.filter(tool=tool).update(due_on=now.date() + timedelta(days=days))
    words = {"purpose": "To find terms that stand for something else.", "lawful_basis": "Order 12/2026, section 3", "note": "Seen by Sam."}
    until = {"assessed_on": now.date(), "due_on": now.date() + timedelta(days=365)}
    assess_tool(organisation=organisation.pk, tool=Tool.TERMS, **words, **until, by=by, now=now)


def may_search(by: Actor, now: datetime) -> SearchMandate:
    """A law lets the people of the desk of `by` search for ninety days."""
    terms = MandateTerms("Order 12/2026 of the regulator", "Law gazette 4, page 9", now.date(), now.date() + timedelta(days=90))
    fresh = FreshProof(pseudonym=by.pseudonym, digest=mandate_digest(by.home, terms), proof=by.proof, at=now)
    return enter_mandate(terms=terms, by=by, fresh=fresh, now=now)


def grouped(cases: Sequence[Case], *, by: Actor) -> Grouping:
    """Afterwards the first of `cases` are in a record, described, one of them taken out again; and the last are linked and in none."""
    who: dict[str, Any] = {"by": by, "now": clock.now()}
    one, two, last = cases
    made = facts.make_grouping(cases=[one, two], kind=GroupingKind.CAMPAIGN, why=Why.SCRIPT, **who)
    facts.describe_grouping(grouping=made, words="The same demand on the second day.", **who)
    facts.ungroup_case(grouping=made, case=two, gone=Gone.OTHER, **who)
    facts.link_cases(one=one, other=last, kind="same_pattern", **who)
    return made
