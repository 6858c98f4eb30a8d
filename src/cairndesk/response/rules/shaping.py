"""A case file as one recipient gets it: each field whole, masked or left out, as the table of sharing says."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlsplit

from cairndesk.cases.rules.masking import Mask, Withheld
from cairndesk.custody.rules import Event
from cairndesk.directory.profiles import LEFT_OUT_WORDS, Field, Gives, Profile, field_of
from cairndesk.exchange.formats import identification
from cairndesk.exchange.formats.casefile import CHECKLIST, CLUE, IDENTIFICATION, MANDATE, Account, CaseFile, Item, Person, Value
from cairndesk.intake.rules.giving import given

INSTEAD = f"[{LEFT_OUT_WORDS}]"
_FILE = "media"
# Of which field a detail is, where it is not how people graded it or what was threatened.
_FIELDS: Mapping[str, Field] = {IDENTIFICATION: Field.CLUES, CLUE: Field.CLUES, MANDATE: Field.SENDER}
# Of which field a line of the time line is as well, by what it is of.
_STEPS: Mapping[str, Field] = {"identification": Field.CLUES}


# What no package gives at all: needs, and what is sensitive about somebody.
_NEVER = frozenset({Event.CASES_SUPPORT_RECORDED, Event.CASES_SENSITIVE_RECORDED, Event.CASES_SENSITIVE_READ})
# Every seat of a team as well: who came, who went and one that is withheld would say together which function it was.
_OF_CLUES = frozenset({Event.CASES_IDENTIFICATION_RECORDED, Event.CASES_CLUE_RECORDED, Event.CASES_TEAM_SEATED, Event.CASES_TEAM_UNSEATED})
_KINDS_OF_CLUES = frozenset({"identification", "clue"})


def is_withheld(event: str, detail: Mapping[str, str | int], profile: Profile) -> bool:
    """Whether an entry of the log would tell what `profile` does not give: then it goes by its hash alone, and the history stays whole."""
    is_of_clues = event in _OF_CLUES or detail.get("kind") in _KINDS_OF_CLUES
    return event in _NEVER or (is_of_clues and not profile.has(Field.CLUES))


def shaped(file: CaseFile, profile: Profile, kinds: Mapping[str, str]) -> CaseFile:
    """`file` as `profile` gives it, with a line that says what was left out; `kinds`: the code of the kind of each item by its name."""
    mask = Mask(_identifiers(file.items, kinds), INSTEAD)
    has = profile.has
    return replace(
        file,
        urgency=file.urgency if has(Field.URGENCY) else (),
        harms=file.harms if has(Field.HARMS) else (),
        accounts=shaped_accounts(file.accounts, profile, mask),
        people=[_person(one, profile) for one in file.people] if has(Field.PEOPLE) else (),
        items=[_item(one, profile, kinds[one.ref]) for one in file.items if has(field_of(kinds[one.ref]))],
        details=[one for one in file.details if one.kind == CHECKLIST or has(_FIELDS.get(one.kind, Field.GRADES))],
        findings=file.findings if has(Field.FINDINGS) else (),
        timeline=[one for one in file.timeline if has(Field.HISTORY) and has(_STEPS.get(one.event.partition(":")[0], Field.HISTORY))],
        caveats=[*file.caveats, said_of(profile)],
    )


def shaped_accounts(accounts: Iterable[Account], profile: Profile, mask: Mask) -> list[Account]:
    """What was told, as `profile` gives it; nothing where it gives neither words, nor answers, nor who told it."""
    return [_account(one, profile, mask) for one in accounts] if any(map(profile.has, (Field.WORDS, Field.ANSWERS, Field.SENDER))) else []


def said_of(profile: Profile) -> str:
    """By which table this goes and what is not in it, for whoever reads it."""
    masked, left_out = profile.fields(Gives.MASKED), profile.fields(Gives.LEFT_OUT)
    parts = [f"This holds what {profile.words} gets by table {profile.table} of the desk, on this ground: {profile.bases or 'none'}."]
    parts += [f"Masked: {masked}."] if masked else []
    return " ".join([*parts, f"Left out: {left_out or 'nothing'}."])


def shaped_files(files: Iterable[identification.File], profile: Profile) -> list[identification.File]:
    """The files by their hashes, where hashes go along at all, less what else does not."""
    if not profile.has(Field.HASHES):
        return []
    notes, people, age, seen = (profile.has(one) for one in (Field.NOTES, Field.PEOPLE, Field.AGE, Field.SIGHTINGS))
    return [
        replace(
            one,
            media_type=one.media_type if notes else LEFT_OUT_WORDS,
            seen_before=one.seen_before if notes else LEFT_OUT_WORDS,
            known_by=one.known_by if notes else (),
            authenticity=one.authenticity if notes else LEFT_OUT_WORDS,
            realism=one.realism if notes else LEFT_OUT_WORDS,
            children_shown=one.children_shown if people else (),
            apparent_ages=one.apparent_ages if age else (),
            seen_at=[_when(at, profile) for at in one.seen_at] if seen else (),
        )
        for one in files
    ]


def _account(account: Account, profile: Profile, mask: Mask) -> Account:
    told = replace(account, told=given(account.told, profile, mask.over))
    return told if profile.has(Field.SENDER) else replace(told, source=LEFT_OUT_WORDS, channel=LEFT_OUT_WORDS, language=LEFT_OUT_WORDS)


def _person(person: Person, profile: Profile) -> Person:
    def said(value: Value, field: Field) -> Value:
        return value if profile.has(field) else LEFT_OUT_WORDS

    return replace(
        person,
        age_band=said(person.age_band, Field.AGE),
        gender=said(person.gender, Field.GENDER),
        relation=said(person.relation, Field.RELATION),
        country=said(person.country, Field.COUNTRY),
        identity=person.identity if profile.has(Field.IDENTITY) else {},
    )


def _item(item: Item, profile: Profile, kind: str) -> Item:
    value = (host_of(item.value) or INSTEAD) if profile.gives(field_of(kind)) is Gives.MASKED else item.value
    seen = [replace(one, address=value, seen_at=_when(one.seen_at, profile)) for one in item.sightings]
    return replace(
        item,
        value=value,
        digests=item.digests if profile.has(Field.HASHES) else {},
        sightings=seen if profile.has(Field.SIGHTINGS) else (),
        notes=item.notes if profile.has(Field.NOTES) else {},
    )


def host_of(value: str) -> str:
    """The host of an address; nothing of anything else."""
    try:
        return urlsplit(value).hostname or ""
    except ValueError:
        return ""


def _when(at: datetime, profile: Profile) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0) if profile.gives(Field.SIGHTINGS) is Gives.MASKED else at


def _identifiers(items: Iterable[Item], kinds: Mapping[str, str]) -> Iterable[Withheld]:
    for one in items:
        for name, digest in one.digests.items():
            yield Withheld(_FILE, digest, name)
        if kinds[one.ref] != _FILE:
            yield Withheld(kinds[one.ref], one.value)
