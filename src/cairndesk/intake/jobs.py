"""What `work` does for intake: drain the spool in one lane, finish drafts left alone, publish what the portal shows."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import TypeVar
from uuid import UUID

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError

from cairndesk.accounts.models import Organisation
from cairndesk.custody import access, standing
from cairndesk.custody import actions as custody
from cairndesk.custody.errors import CannotOpen, CustodyError, DeskLocked, Stranger, UnknownKey
from cairndesk.custody.queries import is_destroyed_key
from cairndesk.custody.sealing import hpke
from cairndesk.intake import actions, publish
from cairndesk.intake.actions import Filed
from cairndesk.intake.patience import Patience
from cairndesk.intake.rules import Fragment, Kind, MalformedFragment, fragment_context
from cairndesk.intake.spool import Flags, Spool, SpoolFile, TornFile
from cairndesk.lib import clock
from cairndesk.lib.reserve import has_room

Given = TypeVar("Given")
Result = TypeVar("Result")
log = structlog.get_logger()
# One turn must end soon enough that an alarm which came in meanwhile rings within seconds.
FILES_A_TURN = 200
# However much comes in: so many of those that can wait are taken in each turn, or they would wait for ever.
COLD_A_TURN = 20
# Writing a file takes milliseconds; what lies half-written for this long has lost its writer.
HALF_WRITTEN = timedelta(minutes=10)
# A file is deleted in the moment after it was taken in; a copy of the desk that is restored may hold it for longer.
KNOWN_FOR = timedelta(days=90)
# What waits, by the name of its file, and the desk. Short enough that nobody waits long for a key that came back or a desk that was mended.
_later, _desk = Patience(timedelta(minutes=10)), Patience(timedelta(minutes=1))
_DESK = "the desk"
# The machine's own troubles, which say nothing of the file at hand.
_MACHINE = (OSError, OperationalError, InterfaceError)


def drain(spool: Spool) -> int:
    """Take in what waits in `spool`, danger first; returns how many files were taken. A desk that gives no keys leaves all in place.

    A file that fails for another reason stays in place too and holds up no other; one that fails by a fault of ours waits, so that many
    of them cannot fill every turn. The last such failure is raised once the others are through, so that the belt tells of it.
    """
    spool.sweep(before=clock.now() - HALF_WRITTEN)
    names = spool.names()
    flags = {name: spool.flags(name) for name in names}
    ring(spool, [name for name in names if flags[name].is_urgent])
    if not has_room(settings.DATA):
        # They wait as safely here as there; what is free is for staff and for the log.
        log.warning("spool_waits_for_room", waiting=len(names))
        return 0
    _later.keep_only(set(names))
    due, taken = _in_turn(names, flags), 0
    failures: list[Exception] = []
    try:
        opened = [file for file in _each(partial(_opened, spool), due, failures) if file]
        for done in _each(partial(_take_in, spool), _by_draft(spool, opened), failures):
            taken += done
        if due:
            _desk.forget(_DESK)
    except (DeskLocked, Stranger) as refusal:
        _wait_for_desk(refusal, waiting=len(names))
    _note(spool)
    if failures:
        raise failures[-1]
    return taken


def take_up_again(spool: Spool) -> int:
    """Put back into the queue what was set aside and opens now, because a key or a newer version came; returns how many files."""
    taken = 0
    aside = spool.aside()
    # By lot: those that never open must not keep the others from their turn.
    for name in secrets.SystemRandom().sample(aside, min(len(aside), FILES_A_TURN)):
        try:
            _open(spool.read(name))
        except (DeskLocked, Stranger):
            break
        except (OSError, TornFile, MalformedFragment, CustodyError):
            continue
        spool.take_up(name)
        log.warning("spool_file_taken_up_again", file=name)
        taken += 1
    _note(spool)
    return taken


def _in_turn(names: Sequence[str], flags: Mapping[str, Flags]) -> list[str]:
    """What to try now: danger first, then the oldest, and what can wait last; nothing while the desk refuses us."""
    now = clock.now()
    if not _desk.is_due(_DESK, now):
        return []
    warm: list[str] = []
    cold: list[str] = []
    for name in sorted((name for name in names if _later.is_due(name, now)), key=lambda name: not flags[name].is_urgent):
        (cold if flags[name].is_cold else warm).append(name)
    first = warm[: FILES_A_TURN - min(COLD_A_TURN, len(cold))]
    return first + cold[: FILES_A_TURN - len(first)]


def _wait_for_desk(refusal: CustodyError, *, waiting: int) -> None:
    """A locked desk is asked again at the next turn, so that nobody waits for nothing; one that does not know us, less and less often."""
    if isinstance(refusal, DeskLocked):
        log.info("spool_waits_for_unlock", waiting=waiting)
    else:
        again = _desk.put_off(_DESK, clock.now())
        log.warning("spool_waits_for_desk", code=refusal.code, waiting=waiting, seconds=int(again.total_seconds()), remedy=refusal.remedy)


def _note(spool: Spool) -> None:
    """Let the pages of the desk know how many files wait for a key and how many were set aside; only work sees the spool."""
    put_off = len(spool.names()) if _desk.waiting else _later.waiting
    actions.note_spool(put_off=put_off, aside=len(spool.aside()), now=clock.now())


def ring(spool: Spool, urgent: Iterable[str]) -> None:
    """Raise the alarm for each of these files, whose clear bit says *happening now*; needs no key."""
    for name in urgent:
        try:
            organisation = Organisation.objects.filter(pk=spool.organisation_of(name)).first()
        except (OSError, TornFile):
            continue
        if organisation is not None:
            actions.raise_alarm(spool_name=name, organisation=organisation, now=clock.now())


def _each(call: Callable[[Given], Result], things: Iterable[Given], failures: list[Exception]) -> Iterator[Result]:
    """What `call` makes of each of `things`; one that fails holds up no other, but a desk that refuses ends it. Raises DeskLocked and Stranger."""
    for thing in things:
        try:
            yield call(thing)
        except (DeskLocked, Stranger):
            raise
        except Exception as error:  # noqa: BLE001 - raised by the caller, after the others
            failures.append(error)


def _opened(spool: Spool, name: str) -> Filed | None:
    """What stands in the file `name`; None where it has gone, or is put away because it cannot be read or does not open."""
    try:
        file = spool.read(name)
        fragment = _open(file)
    except FileNotFoundError:
        return None
    except (DeskLocked, Stranger):
        raise
    except (OSError, TornFile, MalformedFragment, CustodyError) as error:
        _put_away(spool, name, error)
        return None
    return Filed(name, file.organisation, fragment, spool.filed_at(name))


def _by_draft(spool: Spool, opened: Sequence[Filed]) -> Iterable[list[Filed]]:
    """The files of a draft together, and all presses under pages; a message, which belongs to none, by itself.

    Oldest first, whatever is urgent or can wait: of two copies of a page with one number the one that was kept later wins.
    """
    drafts: dict[tuple[UUID, str], list[Filed]] = {}
    for file in opened:
        together = file.fragment.kind if file.fragment.kind is Kind.HELPED else file.fragment.draft or file.name
        drafts.setdefault((file.organisation, together), []).append(file)
    return [sorted(files, key=lambda file: spool.age_key(file.name)) for files in drafts.values()]


def _take_in(spool: Spool, files: Sequence[Filed]) -> int:
    """Take in the files of one draft: one idempotent transaction, then the files go; returns how many.

    Where that fails each is tried by itself, so that a page which cannot be taken in holds up no other.
    """
    try:
        # A file that has gone meanwhile was drained by somebody else: taking it again changes nothing.
        actions.receive_report(files=files, now=clock.now())
    except (DeskLocked, Stranger):
        raise
    except Exception as error:
        if len(files) == 1:
            if not isinstance(error, _MACHINE):
                _later.put_off(files[0].name, clock.now())
            raise
        failures: list[Exception] = []
        taken = sum(_each(partial(_take_in, spool), [[file] for file in files], failures))
        if failures:
            raise failures[-1] from None
        return taken
    spool.remove(*(file.name for file in files))
    for file in files:
        _later.forget(file.name)
    return len(files)


def _put_away(spool: Spool, name: str, error: Exception) -> None:
    """Aside with what is torn, changed, or sealed to a key that this desk never published, or destroyed; everything else may open later."""
    never = isinstance(error, TornFile | MalformedFragment | CannotOpen) and not (isinstance(error, UnknownKey) and _is_ours(spool.read(name)))
    if never:
        spool.set_aside(name)
        log.error("spool_file_set_aside", file=name, code=getattr(error, "code", ""))
    else:
        again = _later.put_off(name, clock.now())
        log.warning("spool_file_waits", file=name, code=getattr(error, "code", ""), seconds=int(again.total_seconds()))


def _is_ours(file: SpoolFile) -> bool:
    """Whether `file` is sealed to a key that this desk gave out and did not destroy: then the key is only not at hand, on a ring that is away."""
    return is_destroyed_key(file.organisation, hpke.sealed_to(file.sealed)) is False


def _open(file: SpoolFile) -> Fragment:
    plain = access.keys().unseal(file.organisation, file.sealed, fragment_context(file.organisation))
    return Fragment.from_json(plain)


def finish() -> int:
    """Turn drafts that were left alone for a day into reports; returns how many."""
    return actions.finish_abandoned(now=clock.now())


def forget() -> int:
    """Forget the names of files that were taken in long ago; returns how many."""
    return actions.drop_drained(before=clock.now() - KNOWN_FOR)


def make_keys() -> int:
    """Afterwards each organisation has its intake keys for now and the next week; returns how many were made. Raises DeskLocked."""
    now = clock.now()
    return sum(custody.make_intake_key(organisation=one.pk, now=now) for one in Organisation.objects.order_by("pk"))


def destroy_keys(spool: Spool) -> int:
    """Afterwards intake keys to which nothing is sealed any more are gone; returns how many. Raises DeskLocked, OSError."""
    in_use, now = spool.key_ids(), clock.now()
    done = sum(custody.destroy_intake_keys(organisation=one.pk, in_use=in_use, now=now) for one in Organisation.objects.order_by("pk"))
    custody.sweep_intake_keys()
    return done


def publish_changes() -> int:
    """Lay out what the portal shows, first of all whether it may take anything in; returns how many files changed."""
    publish.show_whether_shut(is_shut=bool(standing.reason()))
    return publish.publish_changes(now=clock.now())
