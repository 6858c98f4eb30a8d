"""Whether a page helped: what anybody may say with one press, and of which only sums are kept."""

from collections.abc import Mapping
from datetime import date, datetime

from cairndesk.intake.rules.questions import Form, Question

EXPLAINING = ("help", *(f"help/{number}" for number in range(1, 14)), "help/call", "privacy", "law", "partners", "numbers")
"""The pages that explain and ask nothing, by their doors. The page for people who worry about themselves is none of them: it leaves no trace."""
TELLING = "next"
"""The door of telling; its last page, which shows the receipt, asks how that went."""
HELPED: Mapping[str, Question] = {
    "page": Question("page", Form.ONE, (*EXPLAINING, TELLING)),
    "voice": Question("voice", Form.ONE, ("young", "middle", "older")),
    "helped": Question("helped", Form.ONE, ("yes", "no")),
}
"""All that a press says beside its language and its month."""


def month_of(now: datetime) -> datetime:
    """The beginning of the month of `now`: a press tells no other time."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def is_press(answers: object) -> bool:
    """Whether `answers` are what one press says, and no more."""
    if not isinstance(answers, dict) or set(answers) != set(HELPED):
        return False
    return all(isinstance(answer, str) and answer in HELPED[name].choices for name, answer in answers.items())


def pressed_in(hour: str) -> date:
    """The month that the fragment of a press tells."""
    return date.fromisoformat(hour[:10]).replace(day=1)
