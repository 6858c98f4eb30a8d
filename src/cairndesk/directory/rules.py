"""What makes an entry usable, which contact comes first, when one is stale, and when a rule applies."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import pyrage

from cairndesk.custody.retention import BOUNDED, RecordClass
from cairndesk.directory.errors import CheckLiesAhead, NotAUsableEntry, RulesUnreadable

# A number or address that nobody has tried for half a year is treated as unknown.
STALE_AFTER = timedelta(days=180)
# Within how many days a person who asks for what is theirs is answered, where a schedule does not say.
ANSWER_DAYS = 30
MOST_DAYS = 36_500
_COUNTRY = re.compile(r"[A-Z]{2}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9][a-z0-9-]{0,61}[a-z0-9]")
_MAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\"]+")


class Kind(StrEnum):
    """What a service does."""

    EMERGENCY = "emergency"
    HELPLINE = "helpline"
    CHILD_PROTECTION = "child_protection"
    COUNSELLING = "counselling"
    MENTAL_HEALTH = "mental_health"
    MEDICAL = "medical"
    LEGAL_AID = "legal_aid"
    SHELTER = "shelter"
    PEER_SUPPORT = "peer_support"
    COMMUNITY = "community"
    EDUCATION = "education"
    REMOVAL_HELP = "removal_help"
    CHILD_JUSTICE = "child_justice"
    SELF_CONCERN = "self_concern"
    """For people who worry about their own thoughts or behaviour."""


class AuthorityKind(StrEnum):
    """What an authority is competent for."""

    POLICE = "police"
    CHILD_PROTECTION = "child_protection"
    PROSECUTION = "prosecution"
    NATIONAL_UNIT = "national_unit"
    HOTLINE = "hotline"
    REGULATOR = "regulator"
    CHILD_JUSTICE = "child_justice"


class Cost(StrEnum):
    """What calling costs the person who calls."""

    FREE = "free"
    LOCAL_RATE = "local_rate"
    PAID = "paid"
    UNKNOWN = "unknown"


class Expertise(StrEnum):
    """Whom or what a service has experience with."""

    BOYS = "boys"
    DISABILITY = "disability"
    ETHNIC_MINORITY = "ethnic_minority"
    FAITH = "faith"
    INTRA_FAMILIAL = "intra_familial"
    ONLINE = "online"
    TRAFFICKING = "trafficking"


EXPERTISE = {
    Expertise.BOYS: "Boys and men",
    Expertise.DISABILITY: "People with a disability",
    Expertise.ETHNIC_MINORITY: "People of an ethnic minority",
    Expertise.FAITH: "Faith groups",
    Expertise.INTRA_FAMILIAL: "Abuse within the family",
    Expertise.ONLINE: "Abuse online",
    Expertise.TRAFFICKING: "Trafficking",
}
# Those for whom few services are dedicated (A/79/122, paragraph 88).
UNDERSERVED = tuple(one for one in Expertise if one is not Expertise.TRAFFICKING)


class Platform(StrEnum):
    """What kind of service a provider runs; one may run several. The codes are those of the taxonomy's family `platform_type`."""

    SOCIAL = "social"
    MESSAGING = "messaging"
    MEDIA_SHARING = "media_sharing"
    GAME = "game"
    LOCATION_GAME = "location_game"
    STREAMING = "streaming"
    XR = "xr"
    CLASSIFIEDS = "classifieds"
    RENTAL = "rental"
    ESCORT = "escort"
    ADULT_CONTENT = "adult_content"
    SUBSCRIPTION_CONTENT = "subscription_content"
    DATING = "dating"
    FORUM = "forum"
    DARKNET = "darknet"
    PEER_TO_PEER = "peer_to_peer"
    FILE_HOSTING = "file_hosting"
    SEARCH = "search"
    APP_STORE = "app_store"
    AI_SERVICE = "ai_service"
    PAYMENT = "payment"
    PHONE = "phone"
    EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated rule: when every named feature holds one of its values, `verdict` is what this jurisdiction's set says."""

    set_code: str
    jurisdiction: str
    order: int
    verdict: str
    conditions: Mapping[str, Sequence[str]]
    source: str
    note: str
    valid_from: date
    valid_until: date | None
    is_sample: bool

    def applies(self, features: Mapping[str, str], on: date) -> bool:
        """Whether the rule is in force on the day and all its conditions hold; a feature that is not recorded holds none."""
        in_force = self.valid_from <= on and (self.valid_until is None or on < self.valid_until)
        return in_force and all(features.get(name) in values for name, values in self.conditions.items())


def check_contact_fields(fields: Mapping[str, Any], reach: Sequence[str]) -> None:
    """Return when the entry can be used; raise NotAUsableEntry naming the field. `reach`: the fields of which one must be filled."""
    _check_shape("country", fields.get("country", ""), _COUNTRY, "two capital letters", may_be_empty=True)
    for language in fields.get("languages", ()):
        _check_shape("languages", language, _LANGUAGE, "a language tag such as `en` or `pt-BR`")
    if strange := set(fields.get("expertise", ())) - set(Expertise):
        raise NotAUsableEntry(f"expertise: {', '.join(sorted(strange))} is none of {', '.join(Expertise)}")
    for name in ("email", "notice_address", "escalation_address", "records_address"):
        _check_shape(name, fields.get(name, ""), _MAIL, "a mail address", may_be_empty=True)
    if not str(fields.get("name", "")).strip():
        raise NotAUsableEntry("name: it needs one")
    if not any(str(fields.get(name, "")).strip() for name in reach):
        raise NotAUsableEntry(f"one of {', '.join(reach)}: it needs a way to be reached")
    _check_ages(fields.get("ages_from"), fields.get("ages_to"))
    _check_recipient(str(fields.get("age_recipient", "")))


def check_day(checked_on: date, today: date) -> None:
    """Raise CheckLiesAhead for a check that cannot have happened yet."""
    if checked_on > today:
        raise CheckLiesAhead(checked_on.isoformat())


def is_stale(checked_on: date | None, today: date) -> bool:
    """Whether nobody has reached the contact within the last 180 days."""
    return checked_on is None or today - checked_on > STALE_AFTER


def normal_domain(domain: str) -> str:
    """`domain` in lower case, in the form that DNS knows, without a final dot. Raises NotAUsableEntry."""
    plain = domain.strip().rstrip(".").lower()
    try:
        plain = plain.encode("idna").decode("ascii")
    except UnicodeError as refused:
        raise NotAUsableEntry("domains: one is no host name") from refused
    _check_shape("domains", plain, _DOMAIN, "a host name such as `pictures.example`")
    return plain


def domain_candidates(host: str) -> list[str]:
    """`host` and the domains above it, narrowest first, without the top level alone."""
    labels = host.strip().rstrip(".").lower().split(".")
    return [".".join(labels[start:]) for start in range(len(labels) - 1)]


def read_rule_set(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Set and rules of a TOML file, checked for what every set must say. Raises RulesUnreadable."""
    document = read_dated(text)
    rules = document.pop("rule", [])
    for number, rule in enumerate(rules, start=1):
        if not rule.get("verdict") or not isinstance(rule.get("when"), dict):
            raise RulesUnreadable(f"rule {number} needs `verdict` and `when`")
    return document, rules


def read_schedule(text: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Schedule and terms of a TOML file: each class of records that needs an end, once, with days and its basis. Raises RulesUnreadable."""
    document = read_dated(text)
    terms = document.pop("class", [])
    _check_days("answer_days", document.setdefault("answer_days", ANSWER_DAYS), least=1)
    names = [term.get("name") for term in terms]
    if strange := {str(name) for name in names} - set(RecordClass):
        raise RulesUnreadable(f"{', '.join(sorted(strange))} is none of {', '.join(BOUNDED)}")
    wrong = [kind.value for kind in RecordClass if names.count(kind) != (kind in BOUNDED)]
    if wrong:
        raise RulesUnreadable(f"each of {', '.join(BOUNDED)} is needed exactly once, and no other; wrong: {', '.join(wrong)}")
    for term in terms:
        _check_days(f"{term['name']}: keep_at_least", term.setdefault("keep_at_least", 0), least=0)
        _check_days(f"{term['name']}: keep_at_most", term.get("keep_at_most"), least=1)
        if not str(term.get("basis", "")).strip():
            raise RulesUnreadable(f"{term['name']}: `basis` is missing")
    return document, terms


def read_dated(text: str) -> dict[str, Any]:
    """A TOML document that names itself, its jurisdiction, its source and its days. Raises RulesUnreadable."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RulesUnreadable(str(error)) from error
    for name in ("code", "jurisdiction", "label", "source"):
        if not str(document.get(name, "")).strip():
            raise RulesUnreadable(f"`{name}` is missing")
    if type(document.get("valid_from")) is not date:
        raise RulesUnreadable("`valid_from` must be a day")
    until = document.get("valid_until")
    if until is not None and (type(until) is not date or until <= document["valid_from"]):
        raise RulesUnreadable("`valid_until` must be a later day")
    return document


def _check_days(name: str, value: object, *, least: int) -> None:
    if type(value) is not int or not least <= value <= MOST_DAYS:
        raise RulesUnreadable(f"`{name}` must be a number of days from {least} to {MOST_DAYS}")


def _check_shape(field: str, value: str, shape: re.Pattern[str], words: str, *, may_be_empty: bool = False) -> None:
    if not (may_be_empty and not value) and not shape.fullmatch(value):
        raise NotAUsableEntry(f"{field}: write {words}")


def _check_ages(lowest: int | None, highest: int | None) -> None:
    if lowest is not None and highest is not None and lowest > highest:
        raise NotAUsableEntry("ages: the first must not be above the second")


def _check_recipient(text: str) -> None:
    if text:
        try:
            pyrage.x25519.Recipient.from_str(text)
        except pyrage.RecipientError as refused:
            raise NotAUsableEntry("age_recipient: write the line that begins with age1") from refused
