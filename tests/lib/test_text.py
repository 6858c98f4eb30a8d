import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.lib.text import clean, defang


@pytest.mark.parametrize(
    ("raw", "kept"), [("a\r\nb\rc", "a\nb\nc"), ("a\x00b\x1bc", "abc"), ("\u202eevil", "evil"), ("e\u0301", "é"), ("a\tb", "a\tb")]
)
def test_text_loses_what_nobody_wrote_and_nothing_else(raw: str, kept: str) -> None:
    assert clean(raw) == kept


@given(st.text())
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    assert clean(clean(raw)) == clean(raw)


@pytest.mark.parametrize("link", ["https://a.example/x", "HTTPS://A.example", "http://user@a.example"])
def test_a_defanged_link_has_no_scheme_and_no_host_that_a_programme_would_open(link: str) -> None:
    shown = defang(link)
    assert "http" not in shown.lower()
    assert ".example" not in shown.replace("[.]", "")
