import pytest
from tests.intake.portal.rae import Rae


@pytest.mark.req("EVD-19")
def test_a_desk_that_only_reads_takes_nothing_in_and_the_page_says_so(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says("decline").says()
    before, shut = len(rae.portal.fragments()), rae.portal.folder / "published" / "shut"
    shut.touch()
    rae.says(more="Please help.", age="13_15")
    assert (rae.response.status_code, rae.parts, len(rae.portal.fragments())) == (503, (), before)
    assert "We have not received this page." in rae.text
    assert "Please keep this page open" in rae.text
    shut.unlink()
    rae.says(more="Please help.")
    assert len(rae.parts) == 6
