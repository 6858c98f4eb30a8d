"""Each risky step, on its page as the desk shows it, with the rules that tell how to handle it."""

from html import unescape

import pytest
from tests.journeys.places import places
from tests.journeys.test_the_desk_is_for_everybody import Desk, browser_of, desk

from cairndesk.accounts.rules.handling import HANDLING, Step

__all__ = ["desk"]
pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
# Where each risky step is taken; the names are those of `places`.
HANDLED: dict[Step, tuple[str, ...]] = {
    Step.READ_ACCOUNT: ("held",),
    Step.READ_ITEM: ("held",),
    Step.IDENTITY: ("identity", "known"),
    Step.EMERGENCY: ("break_glass",),
    Step.LOOK: ("look_at",),
    Step.JUDGE: ("classify", "second_look"),
    Step.PUBLISH: ("publish", "publish_does", "request_does", "block"),
    Step.SEND: ("notice", "notice_approve"),
    Step.PACKAGE: ("package_build", "package", "package_release"),
    Step.OVERRIDE: ("referral",),
    Step.SET_ASIDE: ("choices",),
    Step.HAND_OVER: ("hand_over",),
    Step.LIST_OUT: ("list", "own"),
    Step.CLOSE: ("close",),
    Step.DESTROY: ("destroy",),
    Step.ERASE: ("erase",),
    Step.LIFT_HOLD: ("holds", "holds_lift", "lift"),
    Step.SCHEDULE: ("schedules",),
    Step.SHARING: ("sharing",),
    Step.GIVE: ("subject_granted",),
    Step.ROLES: ("people_one",),
    Step.KEYS: ("me", "people_lost"),
    Step.MANDATE: ("mandates",),
}
# On pages that come only after a choice or with files; that they name their step is tests/accounts/test_handling.py.
CONFIRMED = {Step.FILE, Step.MEDIA, Step.SUMMARY}


@pytest.mark.req("EVD-11")
def test_each_risky_step_shows_its_rules_on_its_page(desk: Desk) -> None:
    looked_at = places(desk)
    for step, names in HANDLED.items():
        for name in names:
            who, where = looked_at[name]
            page = browser_of(desk, who).get(where).content.decode()
            assert all(rule in unescape(page) for rule in HANDLING[step].rules), f"{step} on {where}"
            assert f"/handbook/#{step}" in page
    assert set(HANDLED) | CONFIRMED == set(Step)
    handbook = unescape(browser_of(desk, "Aud").get("/handbook/").content.decode())
    assert all(f'id="{step}"' in handbook and all(rule in handbook for rule in one.rules) for step, one in HANDLING.items())
    ana, report = browser_of(desk, "Ana"), desk.held.reports.get()
    for path, step in ((f"account/{report.pk}", Step.READ_ACCOUNT), (f"items/{desk.item.pk}", Step.READ_ITEM)):
        assert all(rule in unescape(ana.post(f"/cases/{desk.held.pk}/{path}/").content.decode()) for rule in HANDLING[step].rules)
