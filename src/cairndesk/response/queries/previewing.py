"""What a package would hold and what would be left out, for a person to read before it is closed and nobody here can open it again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cairndesk.accounts.rules.sharing import DATA_WORDS, Data, Recipient, ruling
from cairndesk.accounts.sharing import terms_of
from cairndesk.cases.models import Case, CasePerson
from cairndesk.directory.models import Authority
from cairndesk.exchange.formats.casefile import CaseFile, Detail, Item, Person, Value
from cairndesk.response.queries.casefile import Release, case_file

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
    """One kind of data of the case: whether it goes along, and what says so. `may_go`: the rule of sharing and the role allow it."""

    words: str
    goes: bool
    may_go: bool
    because: str


@dataclass(frozen=True, slots=True)
class Preview:
    """The case as it would go, without who anybody is; kind by kind what goes; and what never does."""

    held: CaseFile
    fields: tuple[Field, ...]
    named: int
    never: tuple[str, ...] = NEVER

    @property
    def is_refused(self) -> bool:
        """Whether something stands against building it so."""
        return any(one.goes and not one.may_go for one in self.fields)

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


def preview_of(case: Case, release: Release, authority: Authority, *, names_people: bool, may_name: bool, now: datetime) -> Preview:
    """The preview of one package for somebody who may read identities or not. Opens what is sealed, but nobody's identity."""
    terms, goes = terms_of(case.organisation_id), {Data.ACCOUNT, Data.ADDRESS, Data.EVIDENCE, *([Data.IDENTITY] if names_people else [])}
    fields = []
    for data in (Data.ACCOUNT, Data.ADDRESS, Data.EVIDENCE, Data.IDENTITY):
        found = ruling(terms, data=data, recipient=Recipient.AUTHORITY, country=authority.country, on=now.date())
        is_theirs = data is not Data.IDENTITY or may_name or not names_people
        fields.append(Field(DATA_WORDS[data], data in goes, found.is_allowed and is_theirs, found.words if is_theirs else NOT_YOURS))
    named = CasePerson.objects.filter(case=case).exclude(identity=None).count()
    return Preview(case_file(case, release, now), tuple(fields), named)


def _words(facts: Mapping[str, Value]) -> str:
    return "; ".join(f"{name}: {value}".replace("_", " ") for name, value in facts.items())
