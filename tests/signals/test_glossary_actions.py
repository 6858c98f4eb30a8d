"""A glossary is taken in, met, renewed, shared and forgotten. All words are made up and mean nothing."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

import pytest
from django.http import Http404, HttpResponse
from django.test import RequestFactory
from tests.signals.conftest import NOW, Cast
from tests.support.canary import hits_in_database
from tests.support.two_people import written_out

from cairndesk import doctor
from cairndesk.accounts.errors import AskedAlready, NotPermitted
from cairndesk.accounts.models import ApiKey, Request
from cairndesk.accounts.rules import Actor, Proof, Verb
from cairndesk.custody.queries import entries_about
from cairndesk.lib.ids import new_id
from cairndesk.signals import actions, glossaries, queries, views
from cairndesk.signals.actions import GlossaryImported
from cairndesk.signals.engine.glossary import Confidence, Term
from cairndesk.signals.engine.lists import BadRow
from cairndesk.signals.errors import ListRefused, NotLetGo
from cairndesk.signals.models import Glossary, GlossaryVersion, TermMatch
from cairndesk.signals.rules import GlossaryPapers, WrittenOut

pytestmark = pytest.mark.django_db
PAPERS = GlossaryPapers(
    name="Regional terms", owner="Cairn Desk Two", agreement="A-8", terms="Matching only.", provenance="Sealed disk.",
    received_on=date(2026, 11, 20), expires_on=date(2027, 11, 20),
)  # fmt: skip
TERM = Term("glimmerfox", "", "en", "a made-up animal", "chat", Confidence.LOW, date(2027, 1, 10))
PATTERN = Term("", r"\bblue ?lantern\b", "", "a made-up lamp", "", Confidence.HIGH, date(2027, 6, 30))
CASE, REPORT = new_id(), new_id()

TakeIn = Callable[..., GlossaryImported]


@pytest.fixture
def take_in(cast: Cast) -> Iterator[TakeIn]:
    def taking(*rows: Term | BadRow, now: datetime = NOW, by: Actor = cast.sam, **papers: object) -> GlossaryImported:
        held = dataclasses.replace(PAPERS, **papers)
        return actions.import_glossary(organisation=by.organisation, papers=held, rows=rows or (TERM, PATTERN), by=by, now=now)

    yield taking
    glossaries.forget()


def meet(cast: Cast, words: str, *, now: datetime = NOW, source: UUID = REPORT, by: Actor | None = None) -> list[tuple[int, int, int]]:
    by = by or cast.ana
    actions.meet_terms(organisation=by.organisation, case=CASE, texts={(source, "more"): words}, by=by, now=now)
    return [(one.term, one.start, one.end) for one in TermMatch.objects.filter(case=CASE).order_by("start")]


@pytest.mark.req("DET-14")
def test_what_was_told_meets_a_term_and_the_hint_says_what_it_means_and_keeps_no_word(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    assert meet(cast, "a GLIMMERFOX and a blue lantern") == [(0, 2, 12), (1, 19, 31)]
    first, second = queries.hints_of(case=CASE, source=REPORT)
    assert (first.meaning, first.language, first.platform, first.confidence) == ("a made-up animal", "en", "chat", "low")
    assert (second.meaning, second.glossary, second.version, second.field) == ("a made-up lamp", "Regional terms", 1, "more")
    assert hits_in_database({"term": "glimmerfox", "pattern": "blue ?lantern", "meaning": "made-up animal", "told": "blue lantern"}) == []
    assert [line.event for line in entries_about(CASE)] == ["signals.terms.met"]


def test_nothing_is_met_that_nobody_handed_over(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    assert actions.meet_terms(organisation=cast.one.pk, case=CASE, texts={}, by=cast.ana, now=NOW) == []
    assert not TermMatch.objects.exists()


def test_hints_follow_what_is_told_and_what_the_glossary_says_now(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    meet(cast, "glimmerfox")
    kept = TermMatch.objects.get().pk
    assert meet(cast, "glimmerfox") == [(0, 0, 10)]
    assert TermMatch.objects.get().pk == kept
    assert meet(cast, "the glimmerfox") == [(0, 4, 14)]
    take_in(PATTERN)
    assert meet(cast, "the glimmerfox or bluelantern") == [(0, 18, 29)]
    assert [hint.version for hint in queries.hints_of(case=CASE, source=REPORT)] == [2]
    actions.forget_case(case=CASE, now=NOW)
    assert queries.hints_of(case=CASE, source=REPORT) == []


def test_another_organisations_words_meet_nothing(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    assert meet(cast, "glimmerfox", by=cast.ola) == []
    assert queries.glossaries(organisation=cast.two.pk, now=NOW) == []


@pytest.mark.req("DET-14")
def test_a_term_whose_review_is_overdue_is_off_and_everybody_is_told(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    later = NOW + timedelta(days=60)
    assert queries.glossaries_to_review(organisation=cast.one.pk, now=NOW) == []
    assert meet(cast, "glimmerfox and blue lantern", now=later) == [(1, 15, 27)]
    (shown,) = queries.glossaries_to_review(organisation=cast.one.pk, now=later)
    assert (shown.name, shown.entries, shown.overdue, shown.is_asked) == ("Regional terms", 2, 1, True)
    (finding,) = doctor.lists(later)
    assert (finding.level, finding.says) == (doctor.Level.WARNING, "glossary Regional terms (one): 1 terms are overdue for review and off")


def test_an_expired_glossary_goes_dark_loudly_and_comes_back_only_when_renewed(cast: Cast, take_in: TakeIn) -> None:
    glossary = take_in(expires_on=date(2026, 12, 1)).glossary
    assert [one.name for one in queries.glossaries_to_review(organisation=cast.one.pk, now=NOW)] == ["Regional terms"]
    later = NOW + timedelta(days=30)
    assert actions.expire_lists(now=later) == [glossary]
    assert entries_about(glossary.pk)[-1].event == "signals.list.expired"
    assert meet(cast, "glimmerfox", now=later) == []
    glossary.refresh_from_db()
    with pytest.raises(ListRefused, match="expired"):
        actions.switch_on(listed=glossary, by=cast.sam, now=later)
    take_in(now=later)
    assert meet(cast, "glimmerfox", now=later) == [(0, 0, 10)]


def test_a_person_switches_it_off_and_its_hints_go(cast: Cast, take_in: TakeIn) -> None:
    glossary = take_in().glossary
    meet(cast, "glimmerfox")
    actions.switch_off(listed=glossary, by=cast.sam, now=NOW)
    assert meet(cast, "glimmerfox") == []
    assert glossaries._held == {}
    actions.switch_on(listed=glossary, by=cast.sam, now=NOW)
    assert meet(cast, "glimmerfox") == [(0, 0, 10)]


@pytest.mark.req("DET-15")
def test_each_import_is_a_version_that_stays_as_it_was(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    done = take_in(PATTERN, BadRow(3, "overdue for review"))
    assert (done.number, done.entries, [problem.line for problem in done.problems]) == (2, 1, [3])
    first, second = GlossaryVersion.objects.order_by("number")
    assert (glossaries.terms_of(first), glossaries.terms_of(second)) == ((TERM, PATTERN), (PATTERN,))
    assert (first.made_by, second.refused, second.reviews) == ("p-sam", 1, {"2027-06-30": 1})


@pytest.mark.parametrize(
    ("rows", "papers", "words"),
    [
        ((TERM,), {"agreement": " "}, "agreement"),
        ((TERM,), {"expires_on": date(2026, 11, 23)}, "expires_on"),
        ((BadRow(2, "overdue for review"),), {}, "line 2: overdue for review"),
    ],
)
def test_what_cannot_be_taken_in_leaves_everything_as_it_was(
    take_in: TakeIn, rows: tuple[Term | BadRow, ...], papers: dict[str, object], words: str
) -> None:
    take_in()
    with pytest.raises(ListRefused, match=words):
        take_in(*rows, **papers)
    assert Glossary.objects.get().version == GlossaryVersion.objects.get().number == 1


def test_only_those_who_take_lists_in_may_take_in_or_share(cast: Cast, take_in: TakeIn) -> None:
    with pytest.raises(NotPermitted):
        take_in(by=cast.ana)
    glossary = take_in(may_share=True).glossary
    for stranger in (cast.ana, cast.ola):
        with pytest.raises(NotPermitted):
            actions.export_glossary(glossary=glossary, to="Chat", by=stranger, now=NOW)


@pytest.mark.req("DET-15")
def test_current_terms_go_to_a_platform_that_the_desk_has_given_a_key_and_the_log_says_so(cast: Cast, take_in: TakeIn) -> None:
    glossary = take_in(may_share=True).glossary
    key = ApiKey.objects.create(organisation=cast.one, sender="Chat", source="platform", digest=b"1" * 32, created_at=NOW)
    sharing = {"glossary": glossary, "to": "Chat", "by": cast.sam}
    for day, going in ((NOW, [TERM, PATTERN]), (NOW + timedelta(days=60), [PATTERN])):
        # What two people let go a while ago is let go anew.
        with pytest.raises(NotLetGo):
            actions.export_glossary(**sharing, now=day)
        written_out(WrittenOut.TERMS, glossary, to="Chat", by=cast.sam, now=day)
        assert actions.export_glossary(**sharing, now=day) == going
    line = entries_about(glossary.pk)[-1]
    assert (line.event, line.detail) == ("signals.glossary.exported", {"version": 1, "terms": 1, "key": str(key.pk)})
    with pytest.raises(ListRefused, match="vetted"):
        actions.export_glossary(**{**sharing, "to": "Game"}, now=NOW)
    key.revoked_at = NOW
    key.save()
    with pytest.raises(ListRefused, match="vetted"):
        actions.export_glossary(**sharing, now=NOW)
    actions.switch_off(listed=glossary, by=cast.sam, now=NOW)
    with pytest.raises(ListRefused, match="off"):
        actions.export_glossary(**sharing, now=NOW)
    with pytest.raises(ListRefused, match="papers"):
        actions.export_glossary(**sharing | {"glossary": take_in(may_share=False).glossary}, now=NOW)


def test_terms_are_asked_out_for_each_holder_of_a_key_by_itself_and_for_nobody_else(cast: Cast, take_in: TakeIn) -> None:
    glossary = take_in(may_share=True).glossary
    for at, sender in enumerate(("Chat", "Game", "Gone")):
        revoked = NOW if sender == "Gone" else None
        ApiKey.objects.create(organisation=cast.one, sender=sender, source="platform", digest=bytes([at]) * 32, created_at=NOW, revoked_at=revoked)

    def asking(to: str) -> int:
        request = RequestFactory().post("/", {"to": to})
        request.actor, request.session = dataclasses.replace(cast.sam, proof=Proof.PASSKEY), {}
        return views.write_out_terms(request, glossary.pk).status_code

    assert [asking("Chat"), asking("Game")] == [302, 302]
    with pytest.raises(AskedAlready):
        asking("Chat")
    for nobody in ("", "Gone", "chat", "Chat" * 1000):
        with pytest.raises(ListRefused, match="has a key"):
            asking(nobody)
    assert sorted(one.plan["to"] for one in Request.objects.all()) == ["Chat", "Game"]


def page(actor: Actor, glossary: UUID | None = None) -> HttpResponse:
    request = RequestFactory().post("/", {"why": "owner_asked"}) if glossary else RequestFactory().get("/lists/")
    request.actor, request.session = actor, {}
    return views.switch_glossary(request, glossary) if glossary else views.lists(request)


def test_the_page_shows_its_papers_and_no_term_and_a_supervisor_may_switch_it(cast: Cast, take_in: TakeIn) -> None:
    glossary = take_in().glossary
    shown = page(cast.ana).content.decode()
    for words in ("Regional terms", "A-8", "Matching only.", "2 (version 1)", "not allowed"):
        assert words in shown
    assert "glimmerfox" not in shown
    assert "made-up" not in shown
    assert "Regional terms" not in page(cast.ola).content.decode()
    assert page(cast.sam, glossary.pk).status_code == 302
    assert "Switched off by a person" in page(cast.ana).content.decode()
    with pytest.raises(Http404):
        page(cast.ola, glossary.pk)
    assert views.switch_glossary.policy.verb is Verb.LIST_IMPORT


def test_the_table_is_one_sealed_thing_of_its_own_purpose(cast: Cast, take_in: TakeIn) -> None:
    take_in()
    table = GlossaryVersion.objects.get().table
    assert table.purpose == "glossary"
    assert b"glimmerfox" not in bytes(table.ciphertext)
    assert json.dumps(GlossaryVersion.objects.get().reviews) == '{"2027-01-10": 1, "2027-06-30": 1}'
