"""Whether what is told comes in, as the doctor says it: the keys to which the portal seals, the spool, and the languages in which people tell."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cairndesk.accounts.models import Organisation
from cairndesk.cases.queries import mandates_of
from cairndesk.cases.rules.mandates import WARNED_BEFORE
from cairndesk.config import Config
from cairndesk.custody import queries
from cairndesk.custody.actions.intake_keys import WEEK
from cairndesk.custody.errors import CustodyError
from cairndesk.custody.readiness import Said
from cairndesk.custody.sealing import hpke
from cairndesk.intake.portal.languages import EVERY, Language, all_languages, found_packs, on_site
from cairndesk.intake.spool import Spool, TornFile
from cairndesk.lib.files import opened

SPOOL_PATIENCE, DAY = timedelta(minutes=5), timedelta(days=1)
_RUNS = "See that `cairndesk serve` runs and the desk is unlocked."


def keys(now: datetime) -> Iterator[Said]:
    """How old the key is to which the portal seals what is told to each organisation, and whether older ones can go."""
    remedy = f"{_RUNS} Its worker makes one each week."
    for organisation in Organisation.objects.order_by("slug"):
        used = [key for key in queries.intake_keys(organisation.pk) if key.opened_at]
        if not used:
            yield ("intake key", "problem", f"{organisation.slug} has none, so nobody can tell anything", remedy)
        elif now - used[-1].opens_at > WEEK + DAY:
            yield ("intake key", "warning", f"{organisation.slug}: the newest is {(now - used[-1].opens_at).days} days old", remedy)
        else:
            yield ("intake key", "ok", f"{organisation.slug}: number {used[-1].number}, in use since {used[-1].opens_at:%Y-%m-%d %H:%M} UTC", "")
    if waiting := queries.keys_to_rewrap():
        says = f"{waiting} keys of older items are still sealed to an old one, which stays until then"
        yield ("intake key", "warning", says, "The worker goes on with it.")


def spool(config: Config, now: datetime) -> Iterator[Said]:
    """Whether what was told is taken in."""
    waiting, aside = [], 0
    for path in (config.data / "spool").iterdir():
        if path.suffix == ".frag":
            waiting.append(datetime.fromtimestamp(path.stat().st_mtime, UTC))
        aside += path.suffix == ".aside"
    if waiting and now - min(waiting) > SPOOL_PATIENCE:
        minutes = int((now - min(waiting)).total_seconds() // 60)
        yield ("spool", "problem", f"{len(waiting)} files wait, the oldest for {minutes} minutes", _RUNS)
    else:
        yield ("spool", "ok", f"{len(waiting)} files wait", "")
    lost = _sealed_to_what_is_gone(config.data / "spool") if aside else 0
    if lost:
        yield (
            "spool",
            "problem",
            f"{lost} files are sealed to an intake key that was destroyed: nobody can open them",
            "Find out which portal showed so old a key: a published folder that is copied elsewhere, or a machine that was asleep for weeks.",
        )
    if aside - lost:
        remedy = (
            "Keep them. They are torn, or sealed to a key that is not on the ring: put the keyring back that had it; what opens then is "
            "taken in by itself within minutes."
        )
        yield ("spool", "warning", f"{aside - lost} files could not be opened and were set aside", remedy)


def mandates(now: datetime) -> Iterator[Said]:
    """Until when people may search: a line for each organisation and partner that has a mandate, and nothing where nobody searches."""
    for organisation in Organisation.objects.order_by("slug"):
        last: dict[str, date] = {}
        for one in mandates_of(organisation.pk).filter(ended_at=None):
            whose = one.sender.sender if one.sender else "our own people"
            last[whose] = max(last.get(whose, one.valid_until), one.valid_until)
        for whose, until in sorted(last.items()):
            says = f"{organisation.slug}: the mandate to search of {whose} holds until before {until}"
            if until <= now.date():
                yield ("mandates", "ok", f"{organisation.slug}: the mandate to search of {whose} ended on {until}, and finds are refused", "")
            elif until - now.date() <= WARNED_BEFORE:
                yield ("mandates", "warning", says, "A supervisor enters the next one on the page Mandates to search; without it finds are refused.")
            else:
                yield ("mandates", "ok", says, "")


def languages(config: Config) -> Iterator[Said]:
    """Which languages are offered, and how much of each two speakers have reviewed."""
    known = {one.code: one for one in all_languages()}
    here = on_site(config)
    switched_on = config.desks.unreviewed_languages if config.mode == "real" else ()
    for code in sorted(set(switched_on) - set(known) - {EVERY}):
        yield ("languages", "problem", f"there is no `{code}` to switch on", f"Write one of {', '.join(known)} in desks.unreviewed_languages.")
    for one in known.values():
        if one.is_reviewed and one in here:
            yield ("languages", "ok", f"{one.english} is offered", "")
        elif one.is_reviewed:
            yield ("languages", "ok", f"{one.english} is off: a language pack is on once desks.unreviewed_languages names `{one.code}`", "")
        elif one not in here:
            yield ("languages", "ok", f"{one.english} is off: two speakers have reviewed {one.reviewed} of {one.texts} texts", "")
        else:
            says = f"{one.english} is offered, and two speakers have reviewed {one.reviewed} of {one.texts} texts; its pages say so"
            yield ("languages", "warning", says, "Let two people who speak it review the others, as CONTRIBUTING.md says.")
    yield from _packs(known)


def _packs(known: Mapping[str, Language]) -> Iterator[Said]:
    """What of the language packs is missing, and what was refused."""
    packs, refused = found_packs()
    for error in refused:
        yield ("languages", "problem", f"a language pack is off: {error}", "Mend the line; `cairndesk language check` says whether it is right.")
    for pack in packs:
        one, other = known[pack.about.tag], known[pack.about.falls_back]
        if pack.missing:
            says = f"{one.english} has no words for {pack.missing} texts yet; its pages show them in {other.english} and say so"
            yield ("languages", "warning", says, "Bring the pack up to date with `cairndesk language lay-out`, and let it be translated.")
        if pack.faults:
            says = f"{one.english}: {len(pack.faults)} lines of the pack do not count, the first in {pack.faults[0]}"
            yield ("languages", "warning", says, "`cairndesk language check` names each.")


def _sealed_to_what_is_gone(folder: Path) -> int:
    found = 0
    with opened(folder) as handle:
        held = Spool(handle)
        for name in held.aside():
            with suppress(OSError, TornFile, CustodyError):
                file = held.read(name)
                found += queries.is_destroyed_key(file.organisation, hpke.sealed_to(file.sealed)) is True
    return found
