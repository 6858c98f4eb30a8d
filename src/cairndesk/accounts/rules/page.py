"""The permission table, and what runs by itself, as pages of the manual."""

from collections.abc import Container

from cairndesk.accounts.rules.automatic import CHAPTERS
from cairndesk.accounts.rules.grants import LASTS, OPENS, WORDS, GrantPurpose, Matter
from cairndesk.accounts.rules.people import Role, Verb
from cairndesk.accounts.rules.permissions import ALWAYS, CREDENTIAL_VERBS, GUESTS, MACHINES, PERMISSIONS, STAGES

_OPENING = """# Who may do what

This page is written from `accounts/rules/permissions.py`, from which the desk enforces it; a test holds the two equal.
`make docs` writes it anew.

**always**: the act is not bound to a stage of a case. **†**: only with a training record that is in date. An empty cell is a refusal.
Whatever a role allows, it allows within one's own organisation only.
"""

_GRANTS = """A role opens nothing by itself. Something sealed of a case opens under a grant: to one person, for one purpose, until a time. The
rows `open.*` say who may hold which, `accounts/rules/grants.py` what it opens. A claim gives the one for the review; whose work at a stage
needs something else is given a grant with the first thing that they open; a move of the case, its closing, and a supervisor end it. Lists
and queues open nothing that is sealed."""

_BY_ITSELF = """# What the desk does by itself

*This page is written by `make docs`; change the code, not the page.*

A machine does only what people chose to leave to it, and for each step a role answers: for what it does, for looking
whether it still does it well, and for stopping it. The page *What runs by itself* on the desk names the people who hold that role. A job, a tool or a
door without a line here fails the tests (`tests/house/test_accountable.py`). The code is the name by which the log of the processes calls it.
"""

_SHORT = {ALWAYS: "always", frozenset(STAGES): "every stage", frozenset(STAGES) - {"closed"}: "every stage but closed"}


def as_markdown() -> str:
    """The page: verbs down, roles across, stages in the cells."""
    roles = " | ".join(role.value.replace("_", " ") for role in Role)
    lines = [_OPENING, f"| act | {roles} |", "|---" * (len(Role) + 1) + "|"]
    lines += [
        f"| `{verb.value}`{'†' if verb in CREDENTIAL_VERBS else ''} | " + " | ".join(_cell(role, verb) for role in Role) + " |" for verb in Verb
    ]
    lines += ["", "## Who is no person of the desk", ""]
    lines += [f"- {proof.value}: {_codes(verbs)}" for proof, verbs in MACHINES.items()]
    for right, opens in GUESTS.items():
        stages = sorted({stage for allowed in opens.values() for stage in allowed})
        where = ", ".join(stages).replace("_", " ")
        lines.append(f"- a named guest with `{right.value}` on one case: {_codes(opens)}, at {where}, with the role and training it takes at home")
    lines += ["", "## What a grant opens", "", _GRANTS, ""]
    lines += [f"- `{purpose.value}` ({WORDS[purpose]}, {_lasts(purpose)}): {_matters(purpose)}" for purpose in OPENS]
    return "\n".join(lines) + "\n"


def automatic_as_markdown() -> str:
    """The page of what runs by itself: steps down, what each does, what stays with people, and who answers for it."""
    lines = [_BY_ITSELF]
    for chapter in CHAPTERS:
        lines += [
            f"\n## {chapter.title}\n",
            chapter.why,
            "\n| step | what it does | what stays with people | who answers for it | code |",
            "|---|---|---|---|---|",
        ]
        lines += [f"| {one.title} | {one.does} | {one.people} | {one.role.words} | `{code}` |" for code, one in chapter.steps.items()]
    return "\n".join(lines) + "\n"


def _matters(purpose: GrantPurpose) -> str:
    return ", ".join(matter.value for matter in Matter if matter in OPENS[purpose])


def _lasts(purpose: GrantPurpose) -> str:
    if purpose in LASTS:
        return f"{int(LASTS[purpose].total_seconds() // 3600)} h"
    return "as long as the claim" if purpose is GrantPurpose.REVIEW else "`desk.emergency_minutes`, and looked at by another person"


def _cell(role: Role, verb: Verb) -> str:
    stages = PERMISSIONS[verb].get(role, frozenset())
    if stages in _SHORT:
        return _SHORT[stages]
    return ", ".join(stage.replace("_", " ") for stage in STAGES if stage in stages)


def _codes(verbs: Container[Verb]) -> str:
    return ", ".join(f"`{verb.value}`" for verb in Verb if verb in verbs)
