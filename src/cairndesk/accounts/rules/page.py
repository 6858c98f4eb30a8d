"""The permission table as a page of the manual."""

from collections.abc import Container

from cairndesk.accounts.rules.people import Role, Verb
from cairndesk.accounts.rules.permissions import ALWAYS, CREDENTIAL_VERBS, GUESTS, MACHINES, PERMISSIONS, STAGES

_OPENING = """# Who may do what

This page is written from `accounts/rules/permissions.py`, from which the desk enforces it; a test holds the two equal.
`make docs` writes it anew.

**always**: the act is not bound to a stage of a case. **†**: only with a training record that is in date. An empty cell is a refusal.
Whatever a role allows, it allows within one's own organisation only.
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
    return "\n".join(lines) + "\n"


def _cell(role: Role, verb: Verb) -> str:
    stages = PERMISSIONS[verb].get(role, frozenset())
    if stages in _SHORT:
        return _SHORT[stages]
    return ", ".join(stage.replace("_", " ") for stage in STAGES if stage in stages)


def _codes(verbs: Container[Verb]) -> str:
    return ", ".join(f"`{verb.value}`" for verb in Verb if verb in verbs)
