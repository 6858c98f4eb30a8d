import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings

from cairndesk.custody.columns import Column, State, as_markdown, classify, unused
from cairndesk.custody.models import LogOpening, SealedItem

REASONS: Mapping[str, Mapping[str, str]] = tomllib.loads((Path(settings.BASE).parents[1] / "docs" / "columns.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def columns() -> list[Column]:
    return classify(apps.get_models(include_auto_created=True), REASONS)


def test_every_column_of_every_room_is_known_to_be_clear_sealed_or_blind(columns: list[Column]) -> None:
    assert [column.name for column in columns if column.state is State.UNKNOWN] == []


def test_the_list_names_no_column_that_is_gone(columns: list[Column]) -> None:
    assert unused(columns, REASONS) == []


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("custody.SealedItem.ciphertext", State.SEALED),
        ("cases.Incident.narrative", State.SEALED),
        ("cases.CasePerson.identity", State.SEALED),
        ("cases.IndexTerm.digest", State.BLIND),
        ("cases.Case.stage", State.CLEAR),
        ("accounts.Person.name", State.CLEAR),
        ("accounts.Person.password", State.DIGEST),
    ],
)
def test_the_columns_that_matter_most_are_what_the_honest_limits_say(columns: list[Column], name: str, state: State) -> None:
    assert {column.name: column.state for column in columns}[name] is state


def test_a_column_for_words_that_nobody_named_is_not_taken_for_harmless() -> None:
    states = {column.name: column.state for column in classify([LogOpening, SealedItem], {"clear": {"custody.*.*": "anything"}})}
    assert states["custody.LogOpening.salt"] is State.UNKNOWN
    assert states["custody.LogOpening.detail"] is State.CLEAR
    assert classify([LogOpening], {})[1] == Column("custody.LogOpening.subject_kind", State.UNKNOWN, "")


def test_the_list_reads_as_a_table() -> None:
    assert as_markdown([Column("a.B.c", State.SEALED, "words")], lambda _: "note").splitlines()[-1] == "| `a.B.c` | sealed | note | words |"
