"""What packages would hold and what would be left out of each, for a person to read before they are closed and nobody here can open them again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from cairndesk.accounts.rules.sharing import Recipient, ruling
from cairndesk.accounts.sharing import terms_of
from cairndesk.cases.models import Case
from cairndesk.directory.models import Authority
from cairndesk.directory.profiles import FIELD_WORDS, MASKED_WORDS, Gives, data_of
from cairndesk.directory.profiles import Field as Part
from cairndesk.exchange.formats.casefile import CaseFile, Detail, Item, Person, Value
from cairndesk.response.queries.casefile import Release
from cairndesk.response.queries.going import Going, going_to, people_of, profile_for

# What no package holds, whatever a rule says.
NEVER = (
    "pictures, films and sound",
    "what a person told of themselves for support, and what they may need",
    "messages between the desk and the reporter, and the six words",
    "notes of colleagues, and who of the desk did what, but by pseudonym",
)

# Why identities may not go along where no rule of sharing keeps them.
NOT_YOURS = "you may not read who somebody is, so somebody who may has to build it with names"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the case: how much of it goes along, and what says so. `may_go`: the rules of sharing and the role allow it."""

    words: str
    gives: Gives
    may_go: bool
    because: str

    @property
    def goes(self) -> bool:
        """Whether something of it goes along."""
        return self.gives is not Gives.LEFT_OUT


@dataclass(frozen=True, slots=True)
class Preview:
    """The case as it would go to `authority`, without who anybody is; and field by field what goes."""

    authority: Authority
    going: Going
    fields: tuple[Field, ...]
    named: int

    @property
    def held(self) -> CaseFile:
        """What it would say."""
        return self.going.file

    @property
    def is_refused(self) -> bool:
        """Whether something stands against building it so."""
        return any(one.goes and not one.may_go for one in self.fields)

    @property
    def names_people(self) -> bool:
        """Whether who somebody is goes along."""
        return self.going.profile.has(Part.IDENTITY) and not self.is_refused

    @property
    def people(self) -> list[tuple[Person, str]]:
        """Each person, with what is said of them beside the role and the name."""
        said = ("is_child", "age_band", "gender", "relation", "country")
        return [(one, _words({name: getattr(one, name) for name in said})) for one in self.held.people]

    @property
    def items(self) -> list[tuple[Item, str]]:
        """Each item, with what is noted of it."""
        return [(one, _words(one.notes)) for one in self.held.items]

    @property
    def details(self) -> list[tuple[Detail, str]]:
        """Each dated fact, with what it says."""
        return [(one, _words(one.facts)) for one in self.held.details]


def preview_of(case: Case, release: Release, authority: Authority, *, may_name: bool, now: datetime) -> Preview:
    """The preview of one package for somebody who may read identities or not. Opens what is sealed, but nobody's identity."""
    profile = profile_for(case, authority, names_people=release.names_people)
    going = going_to(case, replace(release, names_people=False), profile, now)
    terms = terms_of(case.organisation_id)
    fields = []
    for part, words in FIELD_WORDS.items():
        line = profile.lines[part]
        found = ruling(terms, data=data_of(part), recipient=Recipient.AUTHORITY, country=authority.country, on=now.date())
        is_theirs = part is not Part.IDENTITY or may_name or not profile.has(part)
        masked = f"{MASKED_WORDS[part]}; " if line.gives is Gives.MASKED else ""
        because = NOT_YOURS if not is_theirs else line.basis if line.gives is Gives.LEFT_OUT else f"{masked}{line.basis}; {found.words}"
        fields.append(Field(words, line.gives, found.is_allowed and is_theirs, because))
    return Preview(authority, going, tuple(fields), sum(identity is not None for _, identity in people_of(case)))


def _words(facts: Mapping[str, Value]) -> str:
    return "; ".join(f"{name}: {value}".replace("_", " ") for name, value in facts.items())
