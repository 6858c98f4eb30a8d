"""A national portal on a shared desk: own languages, directory, law and partners, and nothing of one organisation on the site of another."""

from dataclasses import replace
from typing import Any

import pytest
from tests.intake.portal.rae import Rae
from tests.intake.portal.walk import every_page, pages_apart
from tests.support.cast import NOON, actor

from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor, Role
from cairndesk.directory import actions, queries
from cairndesk.directory.errors import NoSuchEntry, NotAUsableEntry, NotOursToChange, SheetUnreadable
from cairndesk.directory.models import Authority, Service
from cairndesk.directory.sites import can_open
from cairndesk.doctor import contacts as doctors_contacts
from cairndesk.intake import publish
from cairndesk.lib import clock

pytestmark = pytest.mark.django_db
SHARED = "Line for everybody"


def _sheet(name: str, languages: str, contacts: str, host: str = "") -> str:
    return f"""
languages = [{languages}]
host = "{host}"
contacts = "{contacts}"
[words.fr]
name = "Bureau {name}"
welcome = "Bienvenue chez {name}."
law = "La loi de {name}."
limits = "Les limites de {name}."
checked_on = 2026-01-02
[[partner]]
name = "Partner of {name}"
what.fr = "Aide de {name}."
"""


def _contact(by: Actor, name: str, kind: str, country: str, phone: str, *, is_own: bool = True) -> Service:
    fields = {"kind": kind, "name": name, "country": country, "languages": ["fr"], "phone": phone, "is_own": is_own}
    return actions.check_contact(entry=actions.add_service(fields=fields, by=by, now=NOON), checked_on=NOON.date(), by=by, now=NOON)


def _furnish(organisation: Organisation, name: str, country: str, sheet: str) -> Actor:
    """An organisation with a directory of its own; returns who keeps it."""
    Organisation.objects.filter(pk=organisation.pk).update(country=country)
    keeper = actor(organisation, f"Keeper of {name}", Role.LIAISON, Role.SUPERVISOR)
    for kind in ("emergency", "helpline", "self_concern"):
        _contact(keeper, f"{kind.title()} of {name}", kind, country, f"555-{kind[0]}{name}")
    _contact(keeper, f"Partner of {name}", "counselling", country, f"555-p{name}")
    actions.set_portal(text=sheet, by=keeper, now=NOON)
    return keeper


@pytest.fixture
def keepers(rae: Rae, one: Organisation, two: Organisation) -> tuple[Actor, Actor]:
    """Two tenants: North shows the shared line as well, South its own entries alone. Both lie in one country, where a mistake would show soonest."""
    north = _furnish(one, "North", "XA", _sheet("North", '"fr", "en"', "shared"))
    south = _furnish(two, "South", "XA", _sheet("South", '"fr", "ar"', "own", "south.example"))
    _contact(north, SHARED, "helpline", "XA", "555-0199", is_own=False)
    publish.publish_changes(now=clock.now())
    (rae.portal.folder / "published" / "mailboxes").mkdir(exist_ok=True)
    return north, south


@pytest.mark.req("INT-27")
@pytest.mark.slow
@pytest.mark.parametrize("voice", ["", "/1", "/3"])
def test_no_page_of_one_tenant_holds_anything_of_another(rae: Rae, keepers: tuple[Actor, Actor], voice: str) -> None:
    for site, own, other in ((f"/fr{voice}", "North", "South"), (f"/fr{voice}/o/two", "South", "North")):
        pages = every_page(rae, site) | pages_apart(rae, site)
        # The blank page that "Leave now" leads to is nobody's.
        assert [name for name, page in pages.items() if other in page or f"555-e{other}" in page] == []
        for name, wanted in {
            "welcome": f"Bienvenue chez {own}.",
            "law": f"Les limites de {own}.",
            "partners": f"Aide de {own}.",
            "to call": f"Helpline of {own}",
            "quiet": f"Self_Concern of {own}",
            "first aid 1": f"Emergency of {own}",
            "edge 413": f"Emergency of {own}",
        }.items():
            assert wanted in pages[name], name
        # Each counsellor stands on the page of partners of its own organisation, and with nobody whom one calls at once.
        assert f"Partner of {own}" in pages["partners"]
        assert (SHARED in pages["to call"]) == (own == "North")
        assert [name for name, page in pages.items() if SHARED in page and own == "South"] == []


@pytest.mark.req("INT-27")
def test_each_tenant_speaks_its_own_languages_and_answers_under_its_own_name_whatever_is_asked(rae: Rae, keepers: tuple[Actor, Actor]) -> None:
    def opened(path: str, host: str = "localhost") -> str:
        return str(rae.client.get(path, headers={"host": host}).content.decode())

    assert ('lang="en"' in opened("/fr/"), 'lang="ar"' in opened("/fr/")) == (True, False)
    assert 'lang="ar"' in opened("/fr/o/two/")
    # What is not offered is answered in what is, at the same organisation.
    assert '<html lang="fr"' in opened("/hi/o/two/")
    assert '<html lang="fr"' in opened("/hi/", "south.example")
    # A forged name, an address of the other, a wrong address, a fault: never words of both.
    for host in ("localhost", "south.example", "SOUTH.EXAMPLE.", "south.example:80", "north.example", "south.example, localhost"):
        for path in (
            "/fr/",
            "/fr/o/two/",
            "/fr/o/one/",
            "/fr/help/call",
            "/fr/o/two/help/call",
            "/fr/o/two/law",
            "/fr/partners",
            "/fr/o/two/none",
            "/fr/none",
        ):
            page = opened(path, host)
            assert not ("North" in page and "South" in page), (host, path)
    assert "Helpline of South" in opened("/fr/help/call", "south.example")
    assert "North" not in opened("/fr/o/one/help/call", "south.example")


@pytest.mark.req("INT-27")
def test_what_an_organisation_keeps_for_itself_cannot_be_read_changed_named_or_referred_to_by_another(
    keepers: tuple[Actor, Actor], two: Organisation
) -> None:
    north, south = keepers
    theirs = Service.objects.get(name="Helpline of South")
    assert theirs.pk not in [row.entry.pk for row in queries.listed("service", NOON, north.organisation)]
    assert theirs.pk in [row.entry.pk for row in queries.listed("service", NOON, south.organisation)]
    for asks in (lambda: queries.entry_of("service", theirs.pk, north.organisation), lambda: queries.service(theirs.pk, north.organisation)):
        with pytest.raises(NoSuchEntry):
            asks()
    with pytest.raises(NoSuchEntry):
        queries.require_open(theirs, north.home)
    changes: tuple[tuple[Any, dict[str, Any]], ...] = (
        (actions.change, {"fields": {"phone": "555-6666"}}),
        (actions.check_contact, {"checked_on": NOON.date()}),
        (actions.retire, {}),
    )
    for act, more in changes:
        for by in (north, replace(north, roles=frozenset(Role))):
            with pytest.raises(NotOursToChange):
                act(entry=theirs, by=by, now=NOON, **more)
    with pytest.raises(SheetUnreadable, match="not in the directory"):
        actions.set_portal(text='[[partner]]\nname = "Partner of South"\nwhat.fr = "?"', by=north, now=NOON)
    # The owner is whoever adds it, and no field.
    with pytest.raises(NotAUsableEntry, match="owner"):
        actions.add_service(fields={"kind": "helpline", "name": "X", "phone": "1", "owner": two}, by=north, now=NOON)
    kinds = ("helpline", "emergency", "self_concern", "counselling")
    for kind in kinds:
        found = [one.name for one in queries.services_for(queries.Kind(kind), organisation=north.organisation)]
        assert [name for name in found if "South" in name] == []
        assert [name for name in found if "North" in name]
    fields = {"name": "Police of South", "kinds": ["police"], "email": "a@south.example", "is_own": True}
    police = actions.add_authority(fields=fields, by=south, now=NOON)
    assert police not in queries.authorities_for(organisation=north.organisation)
    assert police in queries.authorities_for(organisation=south.organisation)
    assert Authority.objects.get().owner_id == two.pk


@pytest.mark.req("INT-27")
def test_shared_entries_serve_whoever_chooses_them_and_nobody_takes_one_for_themselves(rae: Rae, keepers: tuple[Actor, Actor]) -> None:
    _, south = keepers
    shared = Service.objects.get(name=SHARED)
    with pytest.raises(NotAUsableEntry, match="all organisations use this entry"):
        actions.change(entry=shared, fields={"is_own": True}, by=south, now=NOON)
    assert SHARED not in rae.opens("/fr/o/two/help/call").text
    actions.set_portal(text=_sheet("South", '"fr"', "shared"), by=south, now=clock.now())
    publish.publish_changes(now=clock.now())
    assert SHARED in rae.opens("/fr/o/two/help/call").text
    # One's own can be given to all, and is then theirs too once somebody has reached it again.
    own = Service.objects.get(name="Helpline of South")
    actions.change(entry=own, fields={"is_own": False}, by=south, now=NOON)
    actions.check_contact(entry=own, checked_on=NOON.date(), by=south, now=NOON)
    publish.publish_changes(now=clock.now())
    assert "Helpline of South" in rae.opens("/fr/help/call").text


@pytest.mark.req("INT-27")
def test_a_tenant_that_shows_its_own_alone_opens_by_an_emergency_number_of_its_own(rae: Rae, keepers: tuple[Actor, Actor], two: Organisation) -> None:
    north, south = keepers
    _contact(north, "Emergency for all", "emergency", "XA", "555-0100", is_own=False)
    real = rae.portal.site.config.model_copy(update={"mode": "real"})
    assert can_open(two.pk, "XA")
    actions.retire(entry=Service.objects.get(name="Emergency of South"), by=south, now=NOON)
    publish.publish_changes(now=clock.now())
    desks = {desk.slug: desk for desk in rae.portal.site.published.desks()}
    rae.portal.site.config = real
    assert (rae.portal.site.is_open(desks["one"]), rae.portal.site.is_open(desks["two"])) == (True, False)
    assert not can_open(two.pk, "XA")
    said = [one.says for one in doctors_contacts(real, NOON)]
    assert "no emergency contact is checked for two; its portal stays closed" in said
    with pytest.raises(SheetUnreadable, match="emergency number of your own"):
        actions.set_portal(text=_sheet("South", '"fr"', "own"), by=south, now=NOON)
    with pytest.raises(SheetUnreadable, match="contacts: write"):
        actions.set_portal(text='contacts = "theirs"', by=south, now=NOON)


@pytest.mark.parametrize("left", ["", "XB"])
def test_where_none_of_its_own_is_left_whoever_has_begun_or_comes_back_is_shown_the_shared_emergency_number(
    rae: Rae, keepers: tuple[Actor, Actor], left: str
) -> None:
    """No helpline of others comes with it, and nobody begins to tell: that it chose itself."""
    north, south = keepers
    _contact(north, "Emergency for all", "emergency", "XA", "555-0100", is_own=False)
    if left:
        _contact(south, "Emergency far away", "emergency", left, "555-0177")
    publish.publish_changes(now=clock.now())
    rae.portal.site.config = rae.portal.site.config.model_copy(update={"mode": "real"})
    rae.starts("child", "/o/two")
    assert "555-0100" not in rae.text
    actions.retire(entry=Service.objects.get(name="Emergency of South"), by=south, now=NOON)
    publish.publish_changes(now=clock.now())
    rae.says(at="/o/two", danger="not_now")
    for page in (rae.text, rae.opens("/o/two/back").text, rae.opens("/o/two/help/call").text):
        assert "555-0100" in page
        assert SHARED not in page
        assert "Emergency of North" not in page
    assert "Helpline of South" in rae.text
    assert rae.opens("/o/two/").response.status_code == 503
