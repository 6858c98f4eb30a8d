"""Whoever classifies asks in the same form to publish the hashes of a file, and another person does it; both on a small screen, without script."""

import pytest
from tests.journeys.test_the_desk_is_for_everybody import Desk, Enter, browser, desk, enter

from cairndesk.accounts import demo
from cairndesk.accounts.models import Request
from cairndesk.lib import clock

__all__ = ["browser", "desk", "enter"]
pytestmark = [pytest.mark.journey, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def test_a_verdict_asks_to_publish_the_hashes_of_a_file_without_script(desk: Desk, enter: Enter) -> None:
    ana, sam = (enter(name, java_script_enabled=False, viewport={"width": 360, "height": 800}) for name in ("Ana", "Sam"))
    ana.goto(f"/cases/{desk.held.pk}/classify/")
    ana.get_by_label("A: most severe").check()
    ana.get_by_label("Does it show or describe the abuse or exploitation of a child?").select_option("yes")
    ana.get_by_role("checkbox", name="publish its hashes to our list").check()
    ana.get_by_role("button", name="Record this classification").click()
    ana.get_by_text("Another supervisor can now publish the hashes.").wait_for()
    wish = Request.objects.get(subject=desk.files[0].pk)
    demo.make_secret()
    demo.enrol(person=desk.people["Sam"], now=clock.now())
    sam.goto("/requests/")
    sam.locator(f'a[href="/requests/{wish.pk}/"]').click()
    sam.get_by_role("button", name="Publish these hashes on our own list").click()
    sam.get_by_text("1 new hash on our own list.").wait_for()
