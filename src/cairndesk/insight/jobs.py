"""What `work` does for insight: lay out the public tables."""

from django.conf import settings

from cairndesk.insight import queries, words
from cairndesk.intake.publish import write_changed
from cairndesk.intake.published import TABLES
from cairndesk.lib.belt import Lane


def publish_tables() -> int:
    """Afterwards the portal shows the tables as they are now; returns how many files changed."""
    path = settings.DATA / "published" / TABLES
    return write_changed(path.parent, path.name, [words.shown(table) for table in queries.numbers().tables])


# A report that has just come in must not be seen to move a public figure a moment later.
LANES = (Lane(name="insight.publish", turn=publish_tables, every=3600.0),)
