"""Telling goes on after the portal was started anew: no sealed field opens any more, and nothing is lost."""

import errno

import pytest
from tests.intake.portal.rae import Rae

from cairndesk.intake.portal.state import Counters, Keyholder
from cairndesk.intake.rules import Kind


def _restart(rae: Rae) -> None:
    rae.portal.site.keyholder, rae.portal.site.counters = Keyholder(), Counters()


def test_after_a_restart_the_draft_goes_on_from_the_next_page(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now").says(what="gifts")
    _restart(rae)
    rae.says(setting="online")
    assert "What you told us is kept." in rae.text
    assert rae.heading == "Is there more you want us to know?"
    assert len({one.draft for one in rae.portal.fragments()}) == 1
    counters = [one.counter for one in rae.portal.fragments()]
    assert counters == sorted(set(counters))
    rae.says()
    assert len(rae.parts) == 6


def test_after_a_restart_the_receipt_in_another_language_gives_new_words_for_the_same_report(rae: Rae, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(file: object) -> str:
        raise OSError(errno.ENOSPC, "no")

    first, before = rae.tells_all().parts, len(rae.portal.fragments())
    _restart(rae)
    with monkeypatch.context() as broken:
        broken.setattr(rae.portal.site.spool, "put", refuse)
        # By a page in between, where what leads back must not be lost either.
        rae.posts("/privacy", **rae.hidden, go="stay").posts("/next", **rae.hidden, go="stay")
    assert (rae.response.status_code, rae.parts) == (503, ())
    assert "What you told us is kept. We could not make your six words yet." in rae.text
    anew = rae.says("send", at="/ar").parts
    assert len(anew) == 6
    assert anew != first
    assert rae.says("stay").parts == anew
    made = rae.portal.fragments()[before:]
    # What was told stays as it was; each six words lead to it.
    assert [one.kind for one in made] == [Kind.RECEIPT]
    assert len({one.draft for one in rae.portal.fragments()}) == 1


def test_after_a_restart_an_empty_second_page_still_asks(rae: Rae) -> None:
    rae.starts("child").says(danger="not_now")
    _restart(rae)
    assert rae.says().response.status_code == 422
