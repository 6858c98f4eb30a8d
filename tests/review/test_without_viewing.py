"""The desk is complete without looking at anything: a case goes its whole way by words, codes and hashes, and no page has a viewer."""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client
from tests.response import confirmed
from tests.review.conftest import as_actor
from tests.review.test_looking import at_desk
from tests.review.test_originals import Tell, signed_in
from tests.review.test_pages import FORM

from cairndesk.accounts.headers import POLICY
from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases.actions import add_item
from cairndesk.custody.models import LogOpening, SealedObject
from cairndesk.lib import clock
from cairndesk.lib.ids import new_id
from cairndesk.response import actions as response
from cairndesk.response import jobs
from cairndesk.response.models import PlanStep
from cairndesk.review.models import Exposure

VIEWERS = re.compile(r"<(?:video|audio|canvas|picture|object|embed|iframe)\b|data-hold|/look/|/clear/")


@dataclass
class Watched:
    """A browser in which every page is searched for anything that could show a file."""

    client: Client
    pages: int = 0

    def seen(self, answer: Any) -> str:
        page = str(answer.content.decode())
        assert answer.status_code == 200, answer.status_code
        assert not VIEWERS.search(page), VIEWERS.findall(page)
        assert set(re.findall(r'<img src="([^"]*)"', page)) == {"/static/cairn.svg"}
        assert answer["Content-Security-Policy"] == POLICY
        self.pages += 1
        return page

    def get(self, door: str) -> str:
        return self.seen(self.client.get(door))

    def post(self, door: str, **sent: Any) -> str:
        return self.seen(self.client.post(door, sent, follow=True))


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.req("DET-06")
@pytest.mark.parametrize("mode", ["none", "hash_only"])
def test_a_case_goes_from_the_first_word_to_its_end_and_nobody_can_look_at_anything(
    tell: Tell, one: Organisation, enrol: Callable[..., Person], settings: Any, mode: str
) -> None:
    """DET-06: the desk works without viewing, on metadata only; no media viewer in the product as it is installed."""
    if mode == "none":
        assert Organisation(slug="new", name="New").media_mode == "none", "as it is installed"
    Organisation.objects.filter(pk=one.pk).update(media_mode=mode, media_basis="" if mode == "none" else "made up for tests")
    # Not even where the operator named a host for it.
    at_desk(settings, look_url="http://look.localhost:8481")
    ana = enrol(one, "Ana", Role.ANALYST)
    by, desk = as_actor(ana), Watched(signed_in(ana))
    case = tell({"what": ["shared_pictures"], "link": "https://pictures.example/a", "more": "It began last week."}, at=clock.now())
    digest = hashlib.sha256(b"drawn by code").hexdigest()
    add_item(case=case, kind="media", identifier=digest, facts={"hash_kind": "sha256"}, by=by, now=clock.now())
    door = f"/cases/{case.pk}/"
    for page in ("/", "/queue/waiting/", "/yourself/"):
        desk.get(page)
    desk.post("/review/next/")
    for page in ("", "media/", "known/", "classify/", "access/", "alike/"):
        desk.get(f"{door}{page}")
    desk.post(f"{door}account/{case.reports.get().pk}/")
    for item in case.items.all():
        desk.post(f"{door}items/{item.pk}/")
    for way in ("look", "clear"):
        for answer in (desk.client.get, desk.client.post):
            assert answer(f"{door}media/{new_id()}/{way}/", {"reason": "open"}).status_code == 404, "no door leads to a look"
    assert "classified" in desk.post(f"{door}classify/", **FORM)
    jobs.propose()
    desk.get(f"{door}plan/")
    for step in PlanStep.objects.filter(case=case):
        response.skip_step(step=step, why="Nothing is online any more.", by=by, now=clock.now())
    case.refresh_from_db()
    desk.get(f"{door}close/")
    confirmed.close(case, best_interests="They are told what was done.", outcome="nothing_found", by=by, now=clock.now())
    case.refresh_from_db()
    assert (case.stage, desk.pages >= 15) == ("closed", True)
    assert "This case is closed" in desk.get(door)
    # No file was kept, and nobody looked.
    assert not SealedObject.objects.exists()
    assert not LogOpening.objects.filter(detail__has_key="look").exists()
    assert set(Exposure.objects.values_list("kind", flat=True)) == {"text"}
