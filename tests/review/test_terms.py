"""What a term means is said where it is chosen and where it goes out, with its id, its version and its source."""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from html import unescape
from itertools import product
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse
from tests.house.tree import ROOT
from tests.review.test_pages import FORM, Tell, anas, at, enter, url

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case
from cairndesk.cases.taxonomy import Code
from cairndesk.exchange.formats import casefile
from cairndesk.lib.ids import new_id
from cairndesk.lib.unknowns import Unknown
from cairndesk.response.queries.casefile import Release, case_file
from cairndesk.review.rules.boundary import aid
from cairndesk.review.rules.known import Kind

__all__ = ["anas", "at", "enter"]
HELD = taxonomy.load()
CODES = {code.key: code for family in HELD.families.values() for code in family.codes.values()}
# The kinds of facts that are recorded of a case as such; the others ask the same families of one person or item.
OF_A_CASE = (
    Kind.DANGER, Kind.PERSON, Kind.ITEMS, Kind.SIGHTING, Kind.STEP, Kind.THREAT, Kind.PAYMENT, Kind.PLACE, Kind.MARKS, Kind.TOLD, Kind.CHECKLIST,
)  # fmt: skip
CONTEXT = "self_generated_context"


def read(page: Any) -> str:
    return re.sub(r"\s+", " ", unescape(page.content.decode()))


def asked(form: forms.BaseForm) -> Iterator[tuple[str, tuple[Code, ...]]]:
    """The questions of a form that are answered by codes; yes and no need no definition."""
    for name, field in form.fields.items():
        values = {str(value) for value, _ in getattr(field, "choices", [])} - {"", *Unknown}
        families = [family for family in HELD.families.values() if values <= set(family.codes)]
        if len(values) > 1 and families and not values <= {"yes", "no"}:
            codes = min(families, key=lambda family: len(family.codes)).codes
            yield name, tuple(codes[value] for value in sorted(values))


@pytest.mark.slow
@pytest.mark.req("TRM-17")
@pytest.mark.django_db
def test_every_form_of_the_desk_says_beside_its_codes_what_they_mean_and_leads_to_where_they_come_from(
    tell: Tell, anas: Client, at: datetime
) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    pages = {kind.value: anas.get(url("record", case, kind)) for kind in OF_A_CASE} | {"classify": anas.get(url("classify", case))}
    met: set[str] = set()
    for name, page in pages.items():
        words = read(page)
        assert f'href="{reverse("review:terms")}"' in words, name
        assert f"version {HELD.versions[-1].name} of the taxonomy" in words, name
        for question, codes in asked(page.context["form"]):
            met |= {code.family for code in codes}
            assert [code.key for code in codes if code.definition not in words] == [], f"{name}: {question}"
    assert len(met) >= 20


@pytest.mark.req("TRM-17")
@pytest.mark.django_db
def test_the_page_of_terms_gives_id_definition_version_and_source_of_each(anas: Client) -> None:
    words = read(anas.get(reverse("review:terms")))
    entries = dict(re.findall(r'<dt id="([a-z_]+\.[a-z0-9_]+)">(.*?)</dd>', words))
    assert set(entries) == set(CODES)
    for key, code in CODES.items():
        assert key in entries[key].partition("</dt>")[0]
        assert code.definition in entries[key]
        assert f"Since version {code.since}" in entries[key]
        assert f"Source: {HELD.source_of(code)}." in entries[key]


@pytest.mark.req("TRM-17")
@pytest.mark.django_db
def test_a_partner_reads_the_same_term_in_the_open_taxonomy_and_in_a_package(tell: Tell, anas: Client, at: datetime) -> None:
    published = {code["id"]: code for family in taxonomy.document()["families"] for code in family["codes"]}
    assert set(published) == set(CODES)
    for key, code in CODES.items():
        ours = (code.definition, code.since, HELD.source_of(code))
        assert (published[key]["definition"], published[key]["since"], published[key]["source"]) == ours
    case = tell(at=at)
    anas.post(url("claim", case))
    anas.post(url("classify", case), FORM | {"harms": ["sexual_extortion", "onward_sharing"]})
    why = Release(new_id(), "Police unit", "by law", "protection", names_people=False)
    packed = json.loads(casefile.write(case_file(Case.objects.get(pk=case.pk), why, at)))
    terms = {f"harm.{term['code']}": term for term in packed["harms"]}
    assert {"harm.sexual_extortion", "harm.onward_sharing"} <= set(terms)
    for key, term in terms.items():
        assert {name: term[name] for name in ("definition", "since", "source")} == {
            name: published[key][name] for name in ("definition", "since", "source")
        }


@pytest.mark.req("TRM-09")
@pytest.mark.django_db
def test_the_terminology_guidelines_are_named_and_linked_as_reference_for_gaps_and_not_copied(anas: Client) -> None:
    one = HELD.references["terminology"]
    assert "Terminology Guidelines for the Protection of Children" in one.official_name
    glossary = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    open_codes = (ROOT / "docs" / "taxonomy.md").read_text("utf-8")
    for page in (glossary, open_codes, read(anas.get(reverse("review:terms")))):
        assert one.official_name in page
        assert "Susanna Greijer and Jaap Doek" in page
        assert one.address in page
    assert "nothing is copied" in glossary
    leaning = [family.name for family in HELD.families.values() if one.key in family.references]
    assert {"harm", "self_generated", "preferred_term", "person_role"} <= set(leaning)
    # In our own words: short sentences without anything in quotation marks, and none of them twice as if taken from a list.
    said = [code.definition for code in CODES.values()]
    assert all(len(words.split()) <= 45 for words in said)
    assert not any(mark in words for words in said for mark in '“”«»"')


@pytest.mark.req("TRM-10")
@pytest.mark.django_db
def test_the_guidelines_on_the_optional_protocol_stand_as_a_law_note_where_rules_and_hard_lines_are_read(
    tell: Tell, anas: Client, at: datetime
) -> None:
    one = HELD.references["optional_protocol"]
    assert "CRC/C/156" in one.by
    assert one.use.startswith("How the Optional Protocol is to be read")
    case = tell(at=at)
    anas.post(url("claim", case))
    assert one.words in read(anas.get(url("classify", case)))
    rules = read(anas.get(reverse("directory:rule-sets")))
    assert "Law note" in rules
    assert "They are no law of any place" in rules
    anchor = f"reference-{one.key}"
    assert f'href="{reverse("review:terms")}#{anchor}"' in rules
    assert f'<dt id="{anchor}"><cite>{one.official_name}</cite>' in read(anas.get(reverse("review:terms")))


@pytest.mark.req("TRM-11")
def test_the_aid_leads_to_every_way_in_which_it_came_about_and_to_no_exchange_of_peers_where_there_was_exploitation() -> None:
    made = {code.code for one in (*aid().questions, aid().otherwise) for code in one.codes if code.family == CONTEXT}
    assert made == set(taxonomy.family(CONTEXT).codes)
    keys = [one.key for one in (*aid().questions, *aid().besides)]
    for answers in product([False, True], repeat=len(keys)):
        yes = {key for key, said in zip(keys, answers, strict=True) if said}
        codes = {code.key for code in aid().proposes(yes)}
        assert len([key for key in codes if key.startswith(CONTEXT)]) == 1
        assert ("harm.onward_sharing" in codes) == ("passed_on" in yes)
        assert (f"{CONTEXT}.shared_by_agreement" in codes) == (yes <= {"passed_on"})
        if {"threat", "deceit", "value", "unequal"} & yes:
            assert any(key.startswith("harm.") and key != "harm.onward_sharing" for key in codes)
    # An exchange between peers is no harm of anybody.
    assert [code.family for code in aid().proposes(())] == [CONTEXT]


@pytest.mark.slow
@pytest.mark.req("TRM-11")
@pytest.mark.django_db
def test_the_aid_stands_where_coders_choose_and_judges_nobody(tell: Tell, anas: Client, at: datetime) -> None:
    case = tell(at=at)
    anas.post(url("claim", case))
    for page in (read(anas.get(url("classify", case))), read(anas.get(reverse("review:terms")))):
        for one in (*aid().questions, *aid().besides):
            assert f"<b>{one.asks}</b> {one.means}" in page
        assert all(line in page for line in aid().about)
        assert aid().otherwise.means in page
    assert "no verdict on anybody" in aid().about[0]
    assert "responsible" in aid().about[1]
    assert taxonomy.CAVEAT in read(anas.get(url("classify", case)))
