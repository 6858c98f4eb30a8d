import pytest
from tests.signals.conftest import NOW, Cast
from tests.synthetic import pictures

from cairndesk.accounts.errors import NotPermitted, OtherOrganisation
from cairndesk.accounts.models import Organisation
from cairndesk.accounts.rules import Actor
from cairndesk.signals import actions
from cairndesk.signals.actions import media
from cairndesk.signals.errors import MediaRefused
from cairndesk.signals.models import MediaSighting

pytestmark = pytest.mark.django_db


@pytest.fixture
def never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def hash_media(data: bytes) -> None:
        pytest.fail("the file was looked at")

    monkeypatch.setattr(media.walled, "hash_media", hash_media)


def test_a_mode_that_does_not_allow_it_refuses_before_a_byte_is_looked_at(cast: Cast, never_opened: None) -> None:
    cast.one.media_mode = "none"
    with pytest.raises(MediaRefused, match="takes no media"):
        actions.hash_media(organisation=cast.one, data=pictures.encoded(pictures.scene()), by=cast.platform, now=NOW)
    assert not MediaSighting.objects.exists()


def test_the_mode_is_none_until_an_administrator_says_otherwise(cast: Cast) -> None:
    assert Organisation.objects.create(slug="new", name="Cairn Desk Three", created_at=NOW).media_mode == "none"


def refuse(organisation: Organisation, by: Actor, stage: str | None) -> None:
    actions.hash_media(organisation=organisation, data=b"x", by=by, stage=stage, now=NOW)


def test_staff_hand_media_over_for_an_open_case_of_their_own_only(cast: Cast, never_opened: None) -> None:
    for stage in (None, "closed"):
        with pytest.raises(NotPermitted):
            refuse(cast.one, cast.ana, stage)
    with pytest.raises(OtherOrganisation):
        refuse(cast.one, cast.ola, "reviewing")
