"""The words of the time line: what each entry of the log says to the people who work the case."""

from collections.abc import Mapping

WORDS: Mapping[str, str] = {
    "cases.case.opened": "The case was opened",
    "cases.report.added": "An account came in",
    "triage.case.assessed": "The rules judged how urgent it is",
    "triage.priority.set": "A person set the priority",
    "triage.viral.flagged": "A person said that it is known to be shared widely",
    "triage.viral.taken_back": "A person took back that it is known to be shared widely",
    "signals.item.matched": "An item met a known list",
    "signals.match.decided": "A person decided a match",
    "signals.terms.met": "What was told met terms of a glossary",
    "review.case.claimed": "Taken for review",
    "review.case.put_back": "Put back into the queue",
    "review.advice.given": "The advice that was asked for was given",
    "review.case.reopened": "A supervisor opened the case again",
    "review.account.opened": "The account was opened",
    "review.original.looked_at": "Somebody looked at a small copy of a file",
    "review.original.seen_clearly": "Somebody saw a file clearly for seconds",
    "review.case.classified": "Classified",
    "review.stack.decided": "A decision was taken for the cases that wait under this one",
    "review.stack.withdrawn": "That decision was taken back in time",
    "review.stack.followed": "Decided together with a case that is like it",
    "review.stack.left": "Not decided together with the case that it is like",
    "cases.cases.kept_apart": "A person said that another case does not belong here",
    "cases.case.grouped": "A person put the case into a record with others",
    "cases.case.ungrouped": "The case was taken out of a record with others",
    "cases.grouping.opened": "The description of a record that holds it was opened",
    "review.classification.taken_back": "The classification was taken back at once",
    "review.second_look.asked": "A second look was asked for",
    "review.second_look.given": "A second look was given",
    "review.disagreement.decided": "A supervisor decided between two views",
    "cases.coding.drawn": "Drawn to be coded a second time, blind",
    "cases.coding.taken": "Somebody took it to code it blind",
    "cases.coding.seen": "Somebody chose to see its coding",
    "cases.coding.given_up": "Coded blind no more: other cases took its coding over",
    "review.coding.given": "A second person coded it blind",
    "review.coding.settled": "A third person settled how it is coded",
    "review.destruction.asked": "Somebody asked to destroy a sealed file",
    "review.publication.asked": "Somebody confirmed a file or an address and asked to publish it",
    "review.publication.withdrawn": "The asking to publish was taken back",
    "review.hashes.published": "Another person put a file or an address on our own list",
    "review.destruction.withdrawn": "The asking to destroy a sealed file was taken back",
    "cases.incident.described": "What happened was recorded",
    "cases.identification.recorded": "How identifying a victim/survivor stands was recorded",
    "cases.clue.recorded": "A clue to who a victim/survivor is was recorded",
    "cases.harm.coded": "A harm was coded",
    "cases.item.added": "An item came in",
    "cases.harm.lead_set": "A person chose which harm leads",
    "cases.fact.withdrawn": "Something that was recorded was taken back",
    "cases.contact.ordered": "The contact path was put in order",
    "cases.sensitive.read": "Sensitive answers were opened",
    "cases.item.opened": "An identifier was opened",
    "cases.identity.read": "An identity was opened",
    "cases.glass.broken": "Somebody who was not on the case took emergency access",
    "cases.glass.reviewed": "Another person looked at the emergency access",
    "cases.choice.set_aside": "Something that they chose was set aside",
    "cases.choice.reviewed": "Another person looked at what was set aside",
    "cases.grant.withdrawn": "A supervisor took somebody off the case",
    "cases.grant.given_back": "A supervisor let somebody on again",
    "custody.object.sealed": "A file was put into the vault, sealed",
    "custody.object.opened": "A sealed file was opened",
    "custody.object.destroyed": "A sealed file was destroyed",
    "intake.message.received": "The reporter wrote",
    "intake.message.sent": "The desk wrote to the reporter",
    "intake.alarm.answered": "The alarm was answered",
    "response.plan.proposed": "Steps were proposed",
    "response.step.approved": "A step was approved",
    "response.notice.taken_back": "A letter was taken back before it left",
    "response.notice.sent": "A notice was sent",
    "response.notice.answered": "A provider answered",
    "response.call_back.recorded": "Something that went out was called back",
    "response.package.handed_over": "An authority got its package",
    "response.referral.made": "A service took over",
    "response.erasure.asked": "Somebody asked to erase what was told",
    "response.erasure.withdrawn": "The asking to erase was taken back",
    "cases.told.erased": "What was told was erased",
    "response.case.closed": "The case was closed",
}
# Kept in the log and told there; on the time line of a case they would bury what matters.
QUIET = frozenset(
    {
        "cases.grant.given",
        "cases.item.amended",
        "cases.incident.marked",
        "cases.person.amended",
        "intake.messages.read",
        "intake.milestone.told",
    }
)
DONE = frozenset(
    {
        "review.advice.given",
        "review.case.classified",
        "review.second_look.given",
        "response.notice.answered",
        "response.package.handed_over",
        "response.referral.made",
        "response.case.closed",
    }
)
STAGES: Mapping[str, str] = {
    "received": "received",
    "queued": "waiting for review",
    "reviewing": "being reviewed",
    "second_look": "waiting for a second look",
    "classified": "classified",
    "acting": "being acted on",
    "answered": "answered",
    "closed": "closed",
}


def words_for(event: str, detail: Mapping[str, str | int]) -> str:
    """What `event` says; one that has no words of its own is said by its name."""
    if event == "cases.stage.changed":
        return f"Now {STAGES.get(str(detail.get('after')), str(detail.get('after')))}"
    if event == "review.second_look.given":
        return "A second look agreed" if detail.get("agrees") else "A second look saw it differently"
    if event == "triage.case.assessed":
        return f"The rules judged it: priority {detail.get('level')}"
    if event == "triage.priority.set":
        return f"A person set the priority to {detail.get('level')}; the rules said {detail.get('rules_said')}"
    return WORDS.get(event) or " ".join(event.split(".")[1:]).replace("_", " ").capitalize()
