"""The words of an account, apart from what was ticked."""

from collections.abc import Mapping
from typing import Any

from cairndesk.intake.rules import QUESTIONS, Form


def words_of(answers: Mapping[str, Any]) -> dict[str, str]:
    """By the name of the question: what somebody wrote. Codes and kinds of unknown are left out."""
    asked = [name for name, question in QUESTIONS.items() if question.form is Form.TEXT]
    return {name: answers[name] for name in asked if isinstance(answers.get(name), str)}
