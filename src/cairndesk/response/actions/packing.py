"""What goes into an authority package: the case, what the log says of each thing in it, and who outside vouches for the log."""

import json
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.serialization import Encoding
from django.conf import settings

from cairndesk.custody import access
from cairndesk.custody.actions import make_checkpoint
from cairndesk.custody.ledger.entry import decode
from cairndesk.custody.ledger.note import read_witness_key
from cairndesk.custody.ledger.tree import leaf_hash
from cairndesk.custody.models import Checkpoint, TimeStamp
from cairndesk.custody.precision import is_to_the_hour
from cairndesk.custody.queries import Proven, consistency, cosigners, newest_stamp, proofs_about, verifier_key
from cairndesk.custody.rules import Event, Proof
from cairndesk.custody.sealing.keys import Signing
from cairndesk.directory.models import Authority
from cairndesk.exchange.formats import package as packages
from cairndesk.exchange.formats.proof import Consistency, Entry, Opened, Stamp, Withheld
from cairndesk.exchange.formats.report.page import Anchor
from cairndesk.response import queries
from cairndesk.response.adapters.timestamps import read_roots
from cairndesk.response.errors import FetchRefused
from cairndesk.response.rules.shaping import is_withheld

# Who acted is shown by the pseudonym that the log commits to: a court can ask the desk who that is, and check the answer.
_SHOWN = ("subj", "actor", "d")


def pack(going: queries.Going, authority: Authority, now: datetime) -> packages.Package:
    """The package of what goes, closed to the key of `authority`; the log is signed up to here. Raises DeskLocked, NotOpened."""
    keys = access.keys()
    checkpoint = make_checkpoint(now=now)
    seen, cosigned = cosigners()
    stamped = newest_stamp() if _roots() else None
    proven = proofs_about(*going.names, checkpoint=checkpoint, seen=seen)
    contents = packages.Contents(
        case=going.file,
        entries=[_entry(one, going) for one in proven],
        inclusions=[one.proof for one in proven],
        export_key=keys.public(Signing.EXPORT),
        log_key=keys.public(Signing.LOG),
        verifier=verifier_key(),
        checkpoint=checkpoint.note,
        kinds=going.kinds,
        consistencies=[_beginning(one, checkpoint) for one in {seen, stamped and stamped.checkpoint} if one and one.size < checkpoint.size],
        stamps=[_stamp(stamped)] if stamped else [],
        witnesses=list(cosigned),
        anchors=_anchors(seen, cosigned, stamped),
        files=going.files,
    )
    return packages.build(contents, [authority.age_recipient], lambda message: keys.sign(Signing.EXPORT, message))


def _anchors(seen: Checkpoint | None, cosigned: Mapping[str, datetime], stamped: TimeStamp | None) -> list[Anchor]:
    """Who outside vouches for the log, by their own clocks."""
    found = [Anchor("Cosigned by a witness", read_witness_key(key)[0], seen.size, at) for key, at in cosigned.items()] if seen else []
    where = urlsplit(settings.CAIRNDESK.log.authority).hostname or ""
    return [*found, *([Anchor("Time stamped by an authority", where, stamped.checkpoint_id, stamped.at)] if stamped else [])]


def _stamp(held: TimeStamp) -> Stamp:
    return Stamp(held.checkpoint_id, held.checkpoint.note, bytes(held.token), _roots())


def _roots() -> str:
    """The certificates at which a time stamp ends, in PEM; nothing where they cannot be read: a hand-over does not wait for them."""
    path = settings.CAIRNDESK.log.authority_roots
    with suppress(FetchRefused):
        return "".join(one.public_bytes(Encoding.PEM).decode() for one in read_roots(path)) if path else ""
    return ""


def _beginning(earlier: Checkpoint, newest: Checkpoint) -> Consistency:
    return Consistency(earlier.size, consistency(earlier.size, newest.size), newest.note)


def _entry(proven: Proven, going: queries.Going) -> Entry | Withheld:
    leaf, about = decode(proven.leaf), going.names[proven.subject]
    if is_withheld(leaf.type, json.loads(proven.opened["d"][1]), going.profile):
        return Withheld(proven.index, leaf_hash(proven.leaf), about)
    shown = {name: Opened(*proven.opened[name]) for name in _SHOWN}
    return Entry(proven.index, proven.leaf, shown, about, is_to_the_hour(Event(leaf.type), Proof(leaf.proof)))
