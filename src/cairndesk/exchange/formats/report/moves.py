"""Which acts bring a thing in, let somebody out with it or see it, and which change it: the columns that ISO/IEC 27037 asks for.

Every other act leaves the thing where it is and as it was.
"""

from typing import Literal

Move = Literal["in", "out", "change", ""]
IN = frozenset(
    {
        "cases.case.opened", "cases.report.added", "cases.item.added", "cases.sighting.recorded", "cases.evidence.added",
        "cases.identity.sealed", "custody.object.sealed", "intake.message.received", "signals.media.hashed",
    }
)  # fmt: skip
OUT = frozenset(
    {
        "cases.item.opened", "cases.fact.opened", "cases.identity.read", "cases.sensitive.read", "custody.item.opened", "custody.object.opened",
        "exchange.case.accepted", "intake.messages.read", "response.notice.sent", "response.package.built", "response.package.taken",
        "response.package.handed_over", "response.referral.made", "review.account.opened", "review.note.opened", "review.original.looked_at",
        "review.hashes.published", "review.original.seen_clearly",
    }
)  # fmt: skip
CHANGED = frozenset(
    {
        "cases.item.amended", "cases.person.amended", "cases.contact.ordered", "cases.fact.withdrawn", "cases.harm.withdrawn",
        "cases.depiction.withdrawn", "cases.item_role.withdrawn", "cases.told.erased", "custody.object.destroyed",
    }
)  # fmt: skip


def move(event: str) -> Move:
    """Where the thing goes by `event`."""
    return "in" if event in IN else "out" if event in OUT else "change" if event in CHANGED else ""
