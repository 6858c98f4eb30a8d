"""What is sealed of a case is released to a person behind one door, `cases.actions.admit`; the desk's own work opens what it needs."""

import ast

import pytest
from tests.house.tree import SOURCE, parsed, shown, sources, text

OPENERS = {"unseal", "unseal_bytes", "unseal_text", "unseal_fields", "open_object"}
_NO_CASE = "is about no case: whoever may do it is named by the log"
_WORK = "work of the desk: nothing of it is shown"
# Where something sealed is opened, and why that is right. A new place belongs here, or better behind the door.
KNOWN = {
    "accounts/actions/passwords.py": _NO_CASE,
    "cases/actions/choices.py": "two organisations agreed to hand a case over; why a choice was set aside is sealed anew and shown to nobody",
    "cases/actions/facts.py": "behind the door",
    "cases/actions/groupings.py": "behind the door",
    "cases/actions/items.py": "behind the door",
    "cases/actions/open_case.py": _WORK,
    "cases/actions/people.py": "behind the door",
    "cases/queries/items.py": "for the desk's work, and for `response` and `review`, behind the door there",
    "exchange/actions.py": "two organisations agreed to hand a case over; it is sealed anew and shown to nobody",
    "exchange/formats/referral.py": "a letter of another desk; who may read it is decided where it is taken in",
    "intake/actions/carry.py": "two organisations agreed to hand a case over; it is sealed anew and shown to nobody",
    "intake/actions/media.py": _WORK,
    "intake/actions/receive.py": _WORK,
    "intake/actions/tell.py": "behind the door; one's own message is compared, and a conversation sealed anew",
    "intake/publish.py": "laid out for whoever has the six words",
    "response/actions/answering.py": "what another desk offered becomes a case here, sealed anew, and is shown to nobody",
    "response/actions/letters.py": "a letter of another desk; what it tells is sealed anew and shown to nobody",
    "response/actions/reading.py": "behind the door",
    "response/queries/cards.py": "called behind the door of `response/actions/reading.py`",
    "response/queries/casefile.py": "called there, and for a package that is sealed to an authority",
    "response/queries/crossing.py": "two people let it go; it is sealed to the other desk and shown to nobody",
    "response/actions/waiting.py": _WORK,
    "response/queries/mail.py": "for letters that a person confirmed",
    "retention/actions/objections.py": "of an objection, to go with the notices that it concerns",
    "retention/actions/requests.py": _NO_CASE,
    "retention/queries/subject.py": "under the grant of `retention.actions.give`",
    "review/recall.py": "kept in the memory of the unlocked desk: what is found shows cases, and no word of what was told",
    "review/actions/looking.py": "behind the door",
    "review/actions/opening.py": "behind the door",
    "signals/glossaries.py": _NO_CASE,
    "signals/queries/seen.py": _WORK,
    "signals/seen.py": _WORK,
    "triage/actions/assess.py": _WORK,
    "triage/actions/shift.py": _NO_CASE,
}


@pytest.mark.req("EVD-20")
def test_nothing_is_opened_in_a_place_that_nobody_knows() -> None:
    assert {path for path in found() if not path.startswith(("custody/", "demo/", "intake/portal/"))} == set(KNOWN) | {"intake/jobs.py"}


@pytest.mark.req("EVD-20")
def test_whatever_is_behind_the_door_goes_through_it() -> None:
    for path, why in KNOWN.items():
        if why.startswith("behind the door"):
            called = {name.id for name in ast.walk(parsed(SOURCE / path)) if isinstance(name, ast.Name)}
            assert "admit" in called, path


def found() -> set[str]:
    """The files that call something which opens what is sealed."""
    return {
        shown(path).removeprefix("src/cairndesk/")
        for path in sources()
        if "open_object" in text(path) or "unseal" in text(path)
        if OPENERS & set(_calls(parsed(path)))
    }


def _calls(tree: ast.AST) -> list[str]:
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.id if isinstance(call, ast.Name) else call.attr for call in calls if isinstance(call, ast.Name | ast.Attribute)]
