"""The walk through every page, on which what is said of every page stands."""

from typing import Any

import pytest
from django.dispatch import Signal
from django.test import signals
from tests.intake.portal.messages import PORTAL
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import every_page, pages_apart


@pytest.mark.slow
def test_it_meets_every_page_that_there_is(rae: Rae) -> None:
    """A page that is new and that no walk comes to is named here; `every_page` is where it is added."""
    drawn = set[str]()

    def note(sender: Signal, template: Any, **_: Any) -> None:
        drawn.add(template.name)

    signals.template_rendered.connect(note)
    try:
        assert not set(every_page(rae)) & set(pages_apart(rae))
    finally:
        signals.template_rendered.disconnect(note)
    there = {f"portal/{path.name}" for path in (PORTAL / "templates" / "portal").glob("*.html")}
    assert there - drawn == set()
