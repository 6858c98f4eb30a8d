"""Which recorded facts may be asked of a child: each question of each form is on one side or the other, and the page says so."""

from html import unescape

import pytest
from django.template.loader import get_template
from django.test import Client
from django.urls import reverse
from tests.review.test_known import anas, at, case, enter, url

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.cases.actions import add_item, add_person
from cairndesk.cases.models import Case
from cairndesk.intake.rules.asking import NOT_ASKED, WHY, needs
from cairndesk.lib import clock
from cairndesk.response.forms import ConsentForm
from cairndesk.review.forms.sheets import form_for
from cairndesk.review.rules.asking import ANYTHING, IF_TOLD, MAY_ASK
from cairndesk.review.rules.known import ABOUT, Kind, Subject

__all__ = ["anas", "at", "case", "enter"]
pytestmark = [pytest.mark.django_db, pytest.mark.req("EVD-17")]


def test_every_question_of_every_form_may_be_asked_for_a_reason_or_is_never_asked(case: Case, ana: Actor) -> None:
    now = clock.now()
    about = {
        Subject.PERSON: add_person(case=case, role="child", by=ana, now=now),
        Subject.ITEM: add_item(case=case, kind="wallet", identifier="coin-1", by=ana, now=now),
    }
    for kind in Kind:
        may, never = set(MAY_ASK.get(kind, {})), IF_TOLD.get(kind, frozenset())
        form = form_for(None, kind=kind, case=case, about=about.get(ABOUT.get(kind)), state={}, of="chat")
        if kind is Kind.PERSON:
            form.fields |= form_for(None, kind=kind, case=case, about=None, state={}, of="").fields
        assert not may & never, kind
        if ANYTHING not in never:
            # `told_whom` is asked for in several places of one order.
            asked = {"told_whom" if name.startswith("told_whom") else name for name in form.fields}
            assert asked == may | never, kind


def test_what_a_child_is_asked_about_a_referral_has_its_reason() -> None:
    assert set(ConsentForm.base_fields) - set(WHY) == set()


def test_the_page_of_a_fact_says_what_of_it_may_be_asked(case: Case, anas: Client) -> None:
    danger = unescape(anas.get(url("record", case, Kind.DANGER)).content.decode())
    assert "You may ask this" in danger
    assert all(why in danger for why in MAY_ASK[Kind.DANGER].values())
    path = unescape(anas.get(url("record", case, Kind.STEP)).content.decode())
    assert "Ask none of this" in path
    assert "trained interviewer" in path


def test_the_notes_stand_where_somebody_writes_to_a_reporter_or_writes_down_a_talk(case: Case, anas: Client, one: Organisation) -> None:
    case.receipts.create(index="a" * 32, mailbox_public=bytes(32), made_at=clock.now())
    pages = [reverse("intake:call"), reverse("intake:conversation", args=[case.pk]), url("known", case)]
    for where in pages:
        page = unescape(anas.get(where).content.decode())
        assert all(note in page for note in NOT_ASKED), where
        assert all(need.asks in page for need in needs()), where


@pytest.mark.parametrize("name", ["review/advise.html", "response/referral.html"])
def test_whoever_answers_a_question_or_speaks_of_a_referral_reads_them_too(name: str) -> None:
    assert "{% asking case folded=True %}" in get_template(name).template.source
