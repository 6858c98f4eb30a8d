"""What goes of an account to somebody who is given less than all of it."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from cairndesk.directory.profiles import Field, Gives, Profile
from cairndesk.intake.rules.questions import QUESTIONS, Form

Said = TypeVar("Said")


def is_words(question: str) -> bool:
    """Whether it is answered in somebody's own words: nothing that the form does not know may pass for a code that was ticked."""
    return question not in QUESTIONS or QUESTIONS[question].form is Form.TEXT


def given(told: Mapping[str, Said], profile: Profile, over: Callable[[Said], Said]) -> dict[str, Said]:
    """The answers that go along by `profile`; `over` takes out of somebody's words what is masked there."""
    gives = {name: profile.gives(Field.WORDS if is_words(name) else Field.ANSWERS) for name in told}
    return {name: over(said) if gives[name] is Gives.MASKED else said for name, said in told.items() if gives[name] is not Gives.LEFT_OUT}
