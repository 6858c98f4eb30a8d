"""Whatever is typed or sent is kept or answered kindly, and nothing is lost."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.intake.portal.rae import Rae


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
@pytest.mark.slow
def test_any_text_is_taken_and_comes_back_as_text_only(rae: Rae, text: str) -> None:
    tags = {tag for tag, _ in rae.starts("advice").says("decline").page.tags}
    rae.posts("/next", **rae.hidden, go="stay", more=text)
    assert {tag for tag, _ in rae.page.tags} <= tags
    assert "<script" not in rae.text


def test_control_characters_are_taken_out_and_words_stay(rae: Rae) -> None:
    rae.starts("advice").says("decline").says(more="he\x00llo\x1b[31m \u202ethere\r\nme")
    assert rae.portal.fragments()[1].answers["more"] == "hello[31m there\nme"


def test_bytes_that_are_no_text_do_no_harm(rae: Rae) -> None:
    rae.starts("advice").says("decline")
    body = f"s={rae.hidden['s']}&d={rae.hidden['d']}&go=next&more=%ff%fe%00abc"
    rae.response = rae.client.post("/next", body, content_type="application/x-www-form-urlencoded")
    assert rae.response.status_code == 200
    assert "abc" in str(rae.portal.fragments()[1].answers["more"])


@pytest.mark.req("EVD-13")
def test_no_file_is_ever_taken_in(rae: Rae) -> None:
    rae.starts("child")
    rae.response = rae.client.post("/next", {**rae.hidden, "danger": "not_now", "picture": open(__file__, "rb")})  # noqa: SIM115, PTH123
    assert "Please start here again." in rae.text
    assert rae.portal.fragments() == []


def test_a_long_text_within_the_limit_is_kept_whole(rae: Rae) -> None:
    rae.starts("advice").says("decline").says(more="word " * 30_000)
    assert len(str(rae.portal.fragments()[1].answers["more"])) == 149_999
