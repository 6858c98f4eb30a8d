"""What `work` does for intake: drain the spool in one lane, finish drafts left alone, publish what the portal shows."""

from datetime import timedelta

import structlog

from cairndesk.accounts.models import Organisation
from cairndesk.custody import access
from cairndesk.custody.errors import CustodyError, DeskLocked
from cairndesk.intake import actions, publish
from cairndesk.intake.rules import Fragment, MalformedFragment, fragment_context
from cairndesk.intake.spool import Spool, SpoolFile, TornFile
from cairndesk.lib import clock

log = structlog.get_logger()
# One turn must end soon enough that an alarm which came in meanwhile rings within seconds.
FILES_A_TURN = 200
# Writing a file takes milliseconds; what lies half-written for this long has lost its writer.
HALF_WRITTEN = timedelta(minutes=10)


def drain(spool: Spool) -> int:
    """Take in what waits in `spool`, danger first; returns how many files were taken. A locked desk leaves all in place.

    A file that fails for another reason (a full disk, a fault of ours) stays in place too and holds up no other; the last such
    failure is raised once the others are through, so that the belt tells of it.
    """
    spool.sweep(before=clock.now() - HALF_WRITTEN)
    names = spool.names()
    ring(spool, names)
    taken, failure = 0, None
    for name in sorted(names, key=lambda name: (not spool.is_urgent(name), spool.age_key(name)))[:FILES_A_TURN]:
        try:
            taken += take_in(spool, name)
        except DeskLocked:
            log.info("spool_waits_for_unlock", waiting=len(names))
            break
        except Exception as error:  # noqa: BLE001 - raised below, after the others
            failure = error
    if failure is not None:
        raise failure
    return taken


def ring(spool: Spool, names: list[str]) -> None:
    """Raise the alarm for every file whose clear bit says *happening now*; needs no key."""
    for name in names:
        if spool.is_urgent(name):
            try:
                organisation = Organisation.objects.filter(pk=spool.organisation_of(name)).first()
            except (FileNotFoundError, TornFile):
                continue
            if organisation is not None:
                actions.raise_alarm(spool_name=name, organisation=organisation, now=clock.now())


def take_in(spool: Spool, name: str) -> int:
    """Take in one file: one idempotent transaction, then the file goes. An unreadable one is set aside, never deleted."""
    try:
        file = spool.read(name)
        fragment = _open(file)
    except FileNotFoundError:
        return 0
    except DeskLocked:
        raise
    except (TornFile, MalformedFragment, CustodyError):
        spool.set_aside(name)
        log.exception("spool_file_set_aside", file=name)
        return 0
    # A file that has gone meanwhile was drained by somebody else: taking it again changes nothing.
    filed_at = spool.filed_at(name)
    actions.receive_fragment(spool_name=name, organisation=file.organisation, fragment=fragment, now=clock.now(), filed_at=filed_at)
    spool.remove(name)
    return 1


def _open(file: SpoolFile) -> Fragment:
    plain = access.keys().unseal(file.organisation, file.sealed, fragment_context(file.organisation))
    return Fragment.from_json(plain)


def finish() -> int:
    """Turn drafts that were left alone for a day into reports; returns how many."""
    return actions.finish_abandoned(now=clock.now())


def publish_changes() -> int:
    """Lay out what the portal shows; returns how many files changed."""
    return publish.publish_changes(now=clock.now())
