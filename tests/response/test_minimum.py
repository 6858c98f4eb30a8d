"""One case goes to several at once, to each with its own least; the page says what is left out of each, and exactly that is what is closed."""

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.response.confirmed import approve, build, build_all, read_summary, release, take
from tests.response.conftest import ADDRESS, NOW, Keyholder, later
from tests.response.crossed import LINK, Desks, desks, offered, told
from tests.response.test_destinations import authority
from tests.response.test_packages import GROUNDS, unpack
from tests.response.test_pages import Browser, SignIn, proof_on, sign_in
from tests.support.cast import cal, lou, sue
from tests.support.two_people import agreed, another, approved

from cairndesk.accounts.errors import ChangedMeanwhile, NeedsSecondPerson, NotPermitted, SharingRefused
from cairndesk.accounts.models import Organisation, Request
from cairndesk.accounts.rules import Actor, Role
from cairndesk.cases.actions import add_item, add_person, record_sighting, seal_identity
from cairndesk.cases.models import Case
from cairndesk.custody.queries import entries_about
from cairndesk.directory import actions as directory
from cairndesk.directory.errors import TableUnreadable
from cairndesk.directory.models import SharingTable
from cairndesk.directory.profiles import SHIPPED, shipped_text
from cairndesk.directory.sharing import table_of
from cairndesk.exchange import actions as exchange
from cairndesk.exchange.errors import LetGoAnew
from cairndesk.lib.ids import new_id
from cairndesk.response import actions
from cairndesk.response.models import AuthorityPackage, CrossingLetter, PlanStep
from cairndesk.response.queries import offer_of

__all__ = ["cal", "desks", "lou", "sign_in", "sue", "told"]
pytestmark = pytest.mark.django_db
Plan = Callable[..., dict[str, PlanStep]]
SAID = "Somebody put my picture there."
DIGEST = "ab" * 32
WALLET = "bc1q-sample-wallet"


def changed(of: str, gives: str, field: str = "words") -> str:
    """The shipped table, with what one kind of recipient gets of one field."""
    head, tail = shipped_text().split(f"[{of}]", 1)
    return f"{head}[{of}]{re.sub(rf'^{field} = .*$', f'{field} = {json.dumps(gives)}', tail, count=1, flags=re.MULTILINE)}"


def in_force(text: str, by: Actor) -> int:
    """Two people put the table in force; its number."""
    approved(directory.ask_sharing_table(text=text, by=by, now=NOW), another(by), NOW)
    return table_of(by.home).number


@pytest.fixture
def full(case: Case, ana: Actor) -> Case:
    """A case with something in every field."""
    child = add_person(case=case, role="child", facts={"country": "AT", "gender": "girl_or_woman"}, by=ana, now=NOW)
    seal_identity(person=child, identity={"name": "Kim Example"}, by=ana, now=NOW)
    add_item(case=case, kind="wallet", identifier=WALLET, by=ana, now=NOW)
    add_item(case=case, kind="media", identifier=DIGEST, facts={"hash_kind": "sha256", "media_type": "image"}, by=ana, now=NOW)
    record_sighting(item=case.items.get(kind="url"), seen_at=later(-1), facts={}, by=ana, now=NOW)
    return case


@pytest.fixture
def three(police: Keyholder, lia: Actor) -> dict[str, Keyholder]:
    others = {kind: authority(f"Sample {kind}", kind, lia) for kind in ("child_protection", "hotline")}
    return {"police": police, **others}


def section(page: str, name: str) -> str:
    """What the page says of the package for `name`."""
    return page[page.index(f">{name}</h2>") :].partition("</section>")[0]


def row(part: str, field: str) -> str:
    return part[part.index(f">{field}</th>") :].partition("</tr>")[0]


@pytest.mark.slow
@pytest.mark.req("INV-02")
@time_machine.travel(NOW, tick=False)
def test_from_one_case_several_are_told_in_one_act_each_with_its_own_least(
    full: Case, plan: Plan, three: dict[str, Keyholder], ana: Actor, sign_in: SignIn, one: Organisation, tmp_path: Path
) -> None:
    analyst = sign_in(one, "Ann", Role.LIAISON)
    step = approve(plan(full)["authority"], by=ana, now=NOW)
    at = reverse("response:build", args=[step.pk])
    given = {"authority": [str(held.authority.pk) for held in three.values()], "names_people": "on", "legal_basis": "Act 12", "purpose": "to protect"}
    answer = analyst.post(at, given)
    page = re.sub(r"\s+", " ", unescape(answer.content.decode()))
    parts = {kind: section(page, held.authority.name) for kind, held in three.items()}
    # Before anything is closed it stands there for each what goes, what is masked and what is left out.
    assert "goes along" in row(parts["police"], "Reported addresses, accounts and numbers")
    assert "left out" in row(parts["child_protection"], "Reported addresses, accounts and numbers")
    assert "masked" in row(parts["child_protection"], "What was told, in their own words")
    assert "left out" in row(parts["hotline"], "What was told, in their own words")
    assert "left out" in row(parts["hotline"], "Who somebody is")
    assert not AuthorityPackage.objects.exists()
    assert analyst.post(at, given | proof_on(analyst, answer.content.decode())).status_code == 302
    made = {one.authority_id: one for one in AuthorityPackage.objects.all()}
    opened = {kind: unpack(made[held.authority.pk], held, tmp_path / kind) for kind, held in three.items()}
    text = {
        kind: "\n".join(file.read_text("utf-8", "replace") for file in (folder / "data").rglob("*") if file.is_file())
        for kind, folder in opened.items()
    }
    inside = {kind: {word for word in (SAID, ADDRESS, WALLET, DIGEST, "Kim Example") if word in text[kind]} for kind in text}
    assert inside == {
        "police": {SAID, ADDRESS, WALLET, DIGEST, "Kim Example"},
        "child_protection": {SAID, "Kim Example"},
        "hotline": {ADDRESS, WALLET, DIGEST},
    }
    said = {kind: json.loads((folder / "data/case.json").read_text()) for kind, folder in opened.items()}
    assert (said["hotline"]["accounts"], said["hotline"]["people"], said["hotline"]["timeline"]) == ([], [], [])
    assert [[one["country"] for one in said[kind]["people"]] for kind in three] == [["AT"], ["AT"], []]
    assert any("what was told, in their own words" in line for line in said["hotline"]["caveats"])
    assert (opened["police"] / "data/files.csv").exists()
    assert not (opened["child_protection"] / "data/files.csv").exists()
    # The log says by which profile of which table.
    built = [line.detail for line in entries_about(full.pk) if line.event == "response.package.built"]
    assert {(line["profile"], line["table"], line["names"]) for line in built} == {
        ("police", SHIPPED, 1),
        ("child_protection", SHIPPED, 1),
        ("hotline", SHIPPED, 0),
    }


@pytest.mark.slow
@pytest.mark.req("INV-02")
def test_an_organisation_writes_its_own_table_in_versions_and_names_whom_it_gives_more_or_less(
    full: Case, plan: Plan, three: dict[str, Keyholder], ana: Actor, sam: Actor, tmp_path: Path
) -> None:
    step = approve(plan(full)["authority"], by=ana, now=NOW)
    named = '[named."Sample hotline"]\nbasis = "A contract of May"\naddresses = "masked"\nsightings = "masked"\n'
    number = in_force(f"{changed('police', 'left out', 'hashes')}\n{named}", sam)
    assert number == in_force(shipped_text(), sam) - 1
    in_force(f"{changed('police', 'left out', 'hashes')}\n{named}", sam)
    police, hotline = build_all(step, [three["police"].authority, three["hotline"].authority], GROUNDS, by=ana, now=NOW)
    assert [(one.gives["profile"], one.gives["table"]) for one in (police, hotline)] == [("police", number + 2), ("named", number + 2)]
    opened = (unpack(hotline, three["hotline"], tmp_path / "h") / "data/case.json").read_text()
    assert "pictures.example" in opened
    assert ADDRESS not in opened
    assert WALLET not in opened
    [item] = [one for one in json.loads(opened)["items"] if one["sightings"]]
    assert item["sightings"] == [{"address": "pictures.example", "seen_at": f"{later(-1):%Y-%m-%d}T00:00:00Z"}]
    folder = unpack(police, three["police"], tmp_path / "p")
    assert DIGEST not in (folder / "data/case.json").read_text()
    assert not (folder / "data/files.csv").exists()


@pytest.mark.slow
def test_what_is_masked_is_found_in_the_words_however_it_stands_there(
    open_at: Callable[..., Case], plan: Plan, lia: Actor, ana: Actor, tmp_path: Path
) -> None:
    case = open_at()
    add_item(case=case, kind="text", identifier="Somebody", by=ana, now=NOW)
    held = authority("Sample child protection", "child_protection", lia)
    made = build(approve(plan(case)["authority"], by=ana, now=NOW), held.authority, GROUNDS, by=ana, now=NOW)
    [account] = json.loads((unpack(made, held, tmp_path) / "data/case.json").read_text())["accounts"]
    assert account["told"]["happening"] == "[left out for this recipient] put my picture there."


@pytest.mark.slow
@pytest.mark.req("INV-10")
@time_machine.travel(NOW, tick=False)
def test_what_the_page_showed_is_what_is_closed_and_a_change_in_between_asks_again(
    full: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor, sign_in: SignIn, one: Organisation
) -> None:
    analyst = sign_in(one, "Ann", Role.ANALYST)
    step = approve(plan(full)["authority"], by=ana, now=NOW)
    at = reverse("response:build", args=[step.pk])
    given = {"authority": str(police.authority.pk), "legal_basis": "Act 12", "purpose": "to protect"}

    def shown() -> str:
        return analyst.post(at, given).content.decode()

    def after(change: Callable[[], object]) -> None:
        """Whoever read it before the change has closed nothing, and reads it anew."""
        page = shown()
        change()
        answer = analyst.post(at, given | proof_on(analyst, page))
        assert (answer.status_code, AuthorityPackage.objects.exists()) == (409, False)
        assert "has changed since you read it" in answer.content.decode()

    after(lambda: add_item(case=full, kind="phone", identifier="555-0100", by=ana, now=NOW))
    after(lambda: record_sighting(item=full.items.get(kind="url"), seen_at=NOW, facts={}, by=ana, now=NOW))
    after(lambda: add_person(case=full, role="person_of_concern", by=ana, now=NOW))
    after(lambda: in_force(changed("police", "masked"), sam))
    page = shown()
    assert "[left out for this recipient]" not in page, "nothing of the case stands in these words"
    # The page again, with its new proof, closes it.
    assert analyst.post(at, given | proof_on(analyst, page)).status_code == 302
    assert AuthorityPackage.objects.get().gives["fields"]["words"] == "masked"


@pytest.mark.slow
@pytest.mark.req("INV-10")
def test_each_field_is_shown_with_its_ground_and_every_way_out_asks_the_same_table(
    full: Case, plan: Plan, police: Keyholder, ana: Actor, sam: Actor, sue: Actor, two: Organisation, service, tmp_path: Path
) -> None:  # fmt: skip
    steps = plan(full)
    step, support = (approve(steps[kind], by=ana, now=NOW) for kind in ("authority", "support"))
    before = build(step, police.authority, GROUNDS, by=ana, now=NOW)
    release(before, by=ana, other=sam, now=NOW)
    drafted = actions.draft_referral(step=support, service=service, reason="support", best_interests="to talk", by=ana, now=NOW)
    choice = actions.Choice(is_given=True, limits_explained=True, by_whom="child", maturity="understands it")
    referral = actions.record_consent(referral=drafted, choice=choice, by=ana, now=NOW)
    text = changed("police", "left out")
    for of in ("service", "partner"):
        head, tail = text.split(f"[{of}]", 1)
        text = f"{head}[{of}]{tail.replace('words = ', '# words = ', 1)}"
    number = in_force(text, sam)
    [preview] = actions.read_before_closing(step=step, authorities=[police.authority], grounds=GROUNDS, by=ana, now=NOW)
    fields = {one.words: one for one in preview.fields}
    words, answers = fields["what was told, in their own words"], fields["what they ticked"]
    assert (words.goes, words.because) == (False, "the minimum that came with the desk: to find who is in danger and to investigate")
    assert answers.goes
    assert "the desk has no rule" in answers.because
    # A package.
    after = build(step, police.authority, GROUNDS, by=ana, now=NOW)
    opened = (unpack(after, police, tmp_path) / "data/case.json").read_text()
    assert SAID not in opened
    assert ADDRESS in opened
    # One that was closed before does not leave any more.
    with pytest.raises(SharingRefused, match=f"table {number}"):
        take(before, by=ana, now=NOW)
    # A summary for a service.
    assert SAID not in str(read_summary(referral, by=ana, now=NOW))
    # A hand-over: what was told goes whole or not at all.
    agreed(full.organisation_id, two.pk, now=NOW)
    Case.objects.filter(pk=full.pk).update(stage="acting")
    full.refresh_from_db()
    with pytest.raises(SharingRefused, match="their own words"):
        exchange.ask_to_offer(case=full, to=two, reason="They live there.", by=sam, now=NOW)


@pytest.mark.slow
@pytest.mark.req("INV-10")
def test_an_offer_to_a_partner_desk_holds_what_the_table_gives_and_an_older_one_that_waits_does_not_leave(desks: Desks, told: Case) -> None:
    def document():
        return offer_of(told, desks.to_two, offer=new_id(), answer_by=later(1), now=NOW)

    whole = document()
    assert (whole.accounts[0].answers["more"], [one.value for one in whole.items]) == ("He says he will show them.", [LINK])
    waits = offered(told, desks.to_two, by=desks.sam, other=desks.sue)
    letter = CrossingLetter.objects.get(crossing=waits)
    asked = changed("partner", "masked")
    for field in ("addresses", "sender", "history"):
        head, tail = asked.split("[partner]", 1)
        asked = f"{head}[partner]{tail.replace(f'{field} = ', f'# {field} = ', 1)}"
    in_force(asked, desks.sam)
    less = document()
    assert less.accounts[0].answers["link"] == "https://[left out for this recipient]"
    assert (less.accounts[0].source, less.accounts[0].language) == ("unknown", "und")
    assert (less.accounts[0].answers["what"], less.items, less.items_left_out, less.done) == (["threatens"], [], 1, [])
    with pytest.raises(SharingRefused):
        actions.take_out_letter(letter=letter, by=desks.sam, now=NOW)


@pytest.mark.slow
def test_an_offer_that_was_let_go_by_another_table_is_let_go_anew(told: Case, two: Organisation, sam: Actor, sue: Actor, lou: Actor) -> None:
    agreed(told.organisation_id, two.pk, now=NOW)
    approved(exchange.ask_to_offer(case=told, to=two, reason="They live there.", by=sam, now=NOW), sue, NOW)
    head, tail = shipped_text().split("[partner]", 1)
    in_force(f"{head}[partner]{tail.replace('addresses = ', '# addresses = ', 1)}", sam)
    offer = told.handovers.get()
    with pytest.raises(LetGoAnew):
        exchange.accept_case(offer=offer, by=lou, now=NOW)
    exchange.withdraw_offer(offer=offer, by=sam, now=NOW)
    approved(exchange.ask_to_offer(case=told, to=two, reason="They live there.", by=sam, now=NOW), sue, NOW)
    new = exchange.accept_case(offer=told.handovers.get(state="offered"), by=lou, now=NOW)
    assert (new.reports.count(), new.items.count()) == (1, 0)


def test_one_person_changes_nothing_about_who_gets_what(ring: object, sam: Actor, ana: Actor) -> None:
    with pytest.raises(NotPermitted):
        directory.ask_sharing_table(text=shipped_text(), by=ana, now=NOW)
    with pytest.raises(TableUnreadable):
        directory.ask_sharing_table(text="[police]", by=sam, now=NOW)
    asked, other = (directory.ask_sharing_table(text=changed(of, "left out"), by=sam, now=NOW) for of in ("police", "prosecution"))
    with pytest.raises(NeedsSecondPerson):
        approved(asked, sam, NOW)
    assert table_of(sam.home).number == SHIPPED
    approved(asked, another(sam), NOW)
    # What it would have changed is another thing now.
    with pytest.raises(ChangedMeanwhile):
        approved(other, another(sam), NOW)
    [held] = SharingTable.objects.all()
    assert (held.asked_by, held.actor != sam.pseudonym) == (sam.pseudonym, True)
    with pytest.raises(IntegrityError), transaction.atomic():
        SharingTable.objects.update(actor=sam.pseudonym)


@pytest.mark.slow
def test_the_page_shows_the_table_and_a_supervisor_changes_it_with_another(ring: object, one: Organisation, sign_in: SignIn) -> None:
    supervisor, second, analyst = sign_in(one, "Sup", Role.SUPERVISOR), sign_in(one, "Sec", Role.SUPERVISOR), sign_in(one, "Ann", Role.ANALYST)
    page, change = reverse("directory:sharing"), reverse("directory:sharing-change")

    def see(by: Browser) -> str:
        return unescape(by.get(page).content.decode())

    assert "the table that came with it" in see(analyst)
    assert "Change a copy" not in see(analyst)
    assert analyst.get(change).status_code == 403
    wrong = supervisor.post(change, {"text": "[police]"})
    assert (wrong.status_code, "is missing" in unescape(wrong.content.decode())) == (422, True)
    asked = supervisor.post(change, {"text": changed("police", "masked")}).headers["Location"]
    assert "waits for a second person" in see(supervisor)
    shown = second.get(asked)
    assert "police: what was told, in their own words" in unescape(shown.content.decode())
    assert "whole (the minimum" in unescape(shown.content.decode())
    second.post(f"{asked}decide/", {"act": "approve"} | proof_on(second, shown.content.decode()))
    assert "our table 1" in see(analyst)
    assert SharingTable.objects.get().asked_by == Request.objects.get().asked_by
