"""The words beside the choices of a classification: definitions, limits, caveats, and why it is made anew."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.html import escape
from tests.review.conftest import SEVERE, as_actor
from tests.review.test_pages import FORM, Enter, Tell, anas, at, enter, url
from tests.support.taxonomies import with_the_term

from cairndesk.accounts.models import Organisation, Person
from cairndesk.accounts.rules import Role
from cairndesk.cases import taxonomy
from cairndesk.cases.actions import add_item
from cairndesk.cases.models import Case
from cairndesk.cases.rules import Stage
from cairndesk.review import actions
from cairndesk.review.models import SecondLook
from cairndesk.review.rules import Look
from cairndesk.review.rules.cards import harm_cards

__all__ = ["anas", "at", "enter"]
pytestmark = pytest.mark.django_db


@pytest.mark.req("TRG-22")
def test_definitions_and_limits_stand_where_a_code_is_chosen(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    page = anas.get(url("classify", case)).content.decode()
    assert "Abuse of the gravest kind" in page
    harms = [code for code in taxonomy.family("harm").codes.values() if not code.until]
    for code in (*harms, *taxonomy.family("self_generated_context").codes.values()):
        assert escape(code.definition) in page, code.key
    for code in harms:
        assert f"Includes: {escape('; '.join(code.includes))}." in page, code.key
        assert f"Not here: {escape('; '.join(code.excludes))}." in page, code.key


@pytest.mark.req("CAP-05")
def test_a_short_card_says_beside_each_kind_of_harm_how_technology_is_used_and_what_helps_first(tell: Tell, anas: Client, at: datetime) -> None:
    harms = taxonomy.family("harm").codes
    assert set(harm_cards()) == set(harms)
    case = tell(at=at)
    anas.post(url("claim", case))
    form, terms = (anas.get(where).content.decode() for where in (url("classify", case), reverse("review:terms")))
    for code in harms.values():
        card = harm_cards()[code.code]
        assert all(5 < len(words.split()) <= 40 for words in (card.how, card.helps)), code.code
        assert escape(card.how) in terms
        if not code.until:
            beside = form[form.index(f'id="about-harm-{code.code}"') :]
            beside = beside[: beside.index('<div class="choice">')] if '<div class="choice">' in beside else beside
            assert f"How technology is used: {escape(card.how)}" in beside, code.code
            assert f"What helps first: {escape(card.helps)}" in beside, code.code


@pytest.mark.req("TAX-48")
def test_what_differs_from_place_to_place_says_so_where_it_is_chosen(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    page = anas.get(url("classify", case)).content.decode()
    about = page[page.index('id="about-harm-generation_guide"') :]
    assert "Whether having or sharing such a guide is an offence differs from place to place" in about[: about.index("</small>")]


@pytest.mark.slow
@pytest.mark.req("TRM-03")
def test_what_came_about_by_the_childs_own_hand_is_never_said_without_its_caveat(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana, sam = enrol(one, "Ana", Role.ANALYST), enrol(one, "Sam", Role.SUPERVISOR)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    form = enter(ana).get(url("classify", case)).content.decode()
    asked = form[form.index('for="id_f_self_generated"') :]
    assert taxonomy.CAVEAT in asked[: asked.index("</label>")]
    seen = {**SEVERE.features, "self_generated": "self_generated", "self_generated_context": "extorted"}
    actions.classify(case=case, look=Look(features=seen, severity="a"), by=as_actor(ana), now=at)
    look = enter(sam).get(url("second-look", case)).content.decode()
    actions.give_second_look(case=case, look=Look(features=seen, severity="c"), agrees=False, by=as_actor(sam), now=at, note="It is less.")
    shown = enter(ana).get(url("case", case)).content.decode()
    for page in (look, shown):
        views = [part for part in page.split("<details")[1:] if "Classification 1" in part or "sees it differently" in part]
        assert views
        for view in views:
            assert view.count("<dd>Self-generated") == view.count(f"<dd>Self-generated. {taxonomy.CAVEAT}") == 1


@pytest.mark.req("TRM-03")
def test_a_harm_that_is_named_by_the_term_brings_the_caveat_to_the_card(
    tell: Tell, anas: Client, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    monkeypatch.setattr("cairndesk.cases.taxonomy.look_up.load", with_the_term)
    anas.post(url("classify", case), FORM | {"harms": ["onward_sharing"]})
    page = anas.get(url("case", case)).content.decode()
    assert page.count("Sharing self-generated material onward") == page.count(f"Sharing self-generated material onward. {taxonomy.CAVEAT}") > 0


@pytest.mark.slow
@pytest.mark.req("TRG-21")
def test_the_form_asks_why_a_case_is_classified_anew(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    assert "Why is it classified anew?" not in anas.get(url("classify", case)).content.decode()
    anas.post(url("classify", case), FORM)
    Case.objects.update(stage=Stage.REVIEWING, claimed_by="")
    anas.post(url("claim", case))
    assert "Why is it classified anew?" in anas.get(url("classify", case)).content.decode()
    refused = anas.post(url("classify", case), FORM | {"note": ""})
    assert (refused.status_code, "Say in a sentence why it is classified anew." in refused.content.decode()) == (422, True)
    assert case.classifications.count() == 1


@pytest.mark.slow
@pytest.mark.req("TAX-85")
def test_a_signpost_is_shown_on_no_page_and_opened_by_no_door(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana = enrol(one, "Ana", Role.ANALYST)
    case = actions.claim(case=tell(at=at), by=as_actor(ana), now=at)
    sign = add_item(case=case, kind="signpost", identifier="a sign", by=as_actor(ana), now=at)
    desk = enter(ana)
    for page in (url("case", case), url("known", case), url("record", case, "sighting"), url("classify", case)):
        answer = desk.get(page)
        assert (answer.status_code, str(sign.pk) in answer.content.decode()) == (200, False), page
    assert desk.post(url("item", case, sign.pk)).status_code == 404


@pytest.mark.slow
def test_a_look_counts_for_the_classification_that_the_page_showed_and_for_no_other(
    tell: Tell, enrol: Callable[..., Person], one: Organisation, enter: Enter, at: datetime
) -> None:
    ana, sam = as_actor(enrol(one, "Ana", Role.ANALYST)), enrol(one, "Sam", Role.SUPERVISOR)
    case = actions.claim(case=tell(at=at), by=ana, now=at)
    seen = actions.classify(case=case, look=SEVERE, by=ana, now=at)
    actions.take_back_classification(case=case, by=ana, now=at)
    anew = actions.classify(case=case, look=replace(SEVERE, features={**SEVERE.features, "actor_age": "child"}), by=ana, now=at, note="Seen again.")
    browser, words = enter(sam), "As far as I can tell."
    for stale in ({}, {"first": str(seen.pk)}):
        answered = browser.post(url("second-look", case), {**FORM, "answer": "agree", "note": words, **stale})
        page = answered.content.decode()
        assert (answered.status_code, SecondLook.objects.count()) == (422, 0)
        assert "Look at what stands there now, and answer again" in page
        assert words in page
        assert not re.search(r'value="(agree|differ)"[^>]* checked', page)
    [first] = re.findall(r'name="first" value="([^"]+)"', page)
    assert first == str(anew.pk)
    assert browser.post(url("second-look", case), {**FORM, "answer": "agree", "note": words, "first": first}).status_code == 302
    assert SecondLook.objects.get().classification == anew
