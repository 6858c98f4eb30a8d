"""What is told is acknowledged at once, how soon somebody looks is published by the rules in force, and who is late says so."""

import re
from typing import Any

import pytest
from tests.insight.conftest import Hold
from tests.intake.portal.rae import Portal, Rae, build
from tests.intake.portal.walk import SIX
from tests.support.cast import NOON

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.insight.jobs import publish_looks
from cairndesk.intake.portal import site
from cairndesk.intake.portal.languages import Language, all_languages
from cairndesk.intake.queries import promises_of
from cairndesk.intake.rules import Mailbox
from cairndesk.triage.actions import switch_rules, write_rules
from cairndesk.triage.rules.table import shipped_text

pytestmark = pytest.mark.django_db


@pytest.fixture
def portal(tmp_path: Any, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Portal:
    settings.DATA = tmp_path
    made = build(tmp_path)
    monkeypatch.setattr(site, "current", lambda: made.site)
    return made


@pytest.fixture
def rae(portal: Portal, settings: Any) -> Rae:
    settings.ROOT_URLCONF = "cairndesk.urls.portal"
    settings.MIDDLEWARE = ["cairndesk.intake.portal.doors.Headers"]
    return Rae(portal)


@pytest.mark.req("INT-11")
def test_what_is_told_is_acknowledged_how_soon_somebody_looks_is_published_and_who_is_late_says_so(
    rae: Rae, one: Organisation, two: Organisation, sam: Actor, hold: Hold
) -> None:
    # At once: thanks, and what follows.
    assert rae.tells_all().heading == "We have it. Thank you for telling us."
    assert "A person reads what you told us. Danger comes first." in rae.text
    # The targets, by the rules that are in force for this organisation.
    publish_looks()
    assert published(rae) == ["In danger now: Minutes, at most: 15", "Everything else: Hours, at most: 48", "For advice only: Hours, at most: 72"]
    own = write_rules(text=shipped_text().replace('"15 min"', '"10 min"').replace('"72 h"', '"60 h"'), by=sam, now=NOON)
    switch_rules(number=own.number, by=sam, now=NOON)
    publish_looks()
    assert published(rae) == ["In danger now: Minutes, at most: 10", "Everything else: Hours, at most: 48", "For advice only: Hours, at most: 60"]
    assert "15" in published(rae, "/o/two")[0]
    # The day that was promised is over and nobody has looked.
    (case,) = hold(1, stage="queued")
    rae.portal.answer(SIX, Mailbox(promises=promises_of(case)))
    back = rae.posts("/back", words=" ".join(SIX)).text
    assert "We said that a person reads what you told us by this day:" in back
    assert "It takes longer. The fault is ours. You are not forgotten." in back


@pytest.mark.parametrize("language", all_languages(), ids=lambda one: one.code)
def test_how_soon_somebody_looks_is_said_in_every_language(rae: Rae, one: Organisation, language: Language) -> None:
    publish_looks()
    said = " ".join(published(rae, language.prefix))
    assert all(number in said for number in ("15", "48", "72"))
    assert ("Everything" in said) == (language.code == "en")


def test_before_it_is_laid_out_nothing_is_promised(rae: Rae) -> None:
    assert published(rae) == []


def published(rae: Rae, at: str = "") -> list[str]:
    lines = re.findall("<dt>(.*?)</dt><dd>(.*?)</dd>", rae.opens(f"{at}/numbers").text)
    return [re.sub("<[^>]*>", "", f"{name} {span}") for name, span in lines]
