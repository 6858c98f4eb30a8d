"""What the doctor says of organisations: whether somebody has said of each what it is."""

from collections.abc import Iterator

from cairndesk.accounts.models import Organisation
from cairndesk.custody.readiness import Said


def kinds() -> Iterator[Said]:
    """A line for each of which nobody has: those that were there before there were kinds."""
    for organisation in Organisation.objects.filter(kind_said_at=None).order_by("slug"):
        says = f"{organisation.slug}: nobody has said whether an authority runs it, so no case goes to or from it"
        yield "kind", "warning", says, "An administrator of the first organisation says so on the page Organisations."
