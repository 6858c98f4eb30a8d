"""What an operator laid beside the database is in a copy too: records rest on the tables by which a desk grades."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.custody.conftest import NOON
from tests.custody.test_drill import IDENTITY, OWNER, config, emptied
from tests.house.tree import SOURCE

from cairndesk.config import Config
from cairndesk.custody.actions import backup, restore
from cairndesk.review import scheme

__all__ = ["config"]
pytestmark = pytest.mark.django_db(transaction=True, available_apps=["cairndesk.custody"])


def test_the_tables_by_which_a_desk_grades_are_in_the_copy_and_known_again_where_it_is_laid_down(
    config: Config, tmp_path: Path, settings: Any
) -> None:
    settings.DATA = config.data
    shipped = scheme.shipped_text("uk_sentencing")
    assert shipped is not None
    loaded, _ = scheme.load(shipped, place="uk_sentencing")
    (config.data / "severity.toml").write_text((SOURCE / "review/schemes/three_levels.toml").read_text("utf-8").replace("three_levels", "ours", 1))
    copies = tmp_path / "later"
    copies.mkdir()
    made = backup(to=copies, recipient=str(OWNER.to_public()), now=NOON + timedelta(days=1), data=config.data)
    to = tmp_path / "new"
    with emptied() as database:
        assert restore(made.path, identity=IDENTITY, to=to, database=database).ok
    # A desk that starts there has them; one that starts elsewhere does not.
    settings.DATA = to
    assert [one.key for one in scheme.kept()[0]] == [loaded.key]
    assert scheme.find(loaded.name, loaded.version) == loaded
    assert scheme.in_force().name == "ours"
    settings.DATA = tmp_path / "nowhere"
    assert scheme.find(loaded.name, loaded.version) is None
