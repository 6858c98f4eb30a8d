"""Who is there: the doer behind a session or a key, organisations and their people."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from cairndesk.accounts import errors
from cairndesk.accounts.models import ApiKey, EnrolmentLink, GuestGrant, Organisation, Passkey, Person, Replacement, Request
from cairndesk.accounts.rules import PERMISSIONS, Actor, Kind, Proof, Role, Verb, permits, require
from cairndesk.accounts.together import preload
from cairndesk.custody.queries import LogLine, entries_by

# A session older than this ends, whatever happens in it.
ABSOLUTE = timedelta(hours=8)
# How long before it runs out somebody reads that their training does: long enough to find a day for the next one.
WARNED_BEFORE = timedelta(days=30)


@dataclass(frozen=True)
class Sender:
    """The machine behind a key: which key, whose, as what it may report, whether it may look things up and fetch lists."""

    key: UUID
    organisation: Organisation
    name: str
    source: str
    may_look_up: bool = False
    may_read_lists: bool = False

    @property
    def actor(self) -> Actor:
        """The machine as the doer of an action."""
        return Actor(id=None, pseudonym=str(self.key), organisation=self.organisation.id, roles=frozenset(), proof=Proof.API, name=self.name)


def actor_of(session: SessionBase, *, now: datetime, idle: timedelta) -> Actor | None:
    """The person signed in to `session`; None for nobody, a deactivated person, or a session idle or old."""
    if "person" not in session:
        return None
    seen, started = datetime.fromisoformat(session["seen"]), datetime.fromisoformat(session["started"])
    if not (seen <= now + timedelta(minutes=1) and now - seen <= idle and now - started <= ABSOLUTE):
        return None
    person = _holder(session)
    if person is not None:
        preload(person, "grants", "guest_grants")
    return person.as_actor(Proof(session["proof"]), now=now) if person else None


def _holder(session: SessionBase) -> Person | None:
    """The person of `session`, if active; signing in makes it another's than it was when it was read."""
    held: Person | None = getattr(session, "holder", None)
    if held is None or str(held.pk) != session["person"]:
        held = Person.objects.filter(pk=session["person"]).first()
    return held if held is not None and held.is_active else None


def api_sender(request: HttpRequest) -> Sender:
    """The machine whose key the request carries, see `key_in`; raises NotSignedIn for none or a revoked one."""
    key = key_in(request.headers.get("Authorization", ""))
    if not key:
        raise errors.NotSignedIn
    return sender_of(key)


def key_in(authorization: str) -> str:
    """The key in a header of the kind Bearer, or Basic for clients that know only a name and a password; empty where there is none."""
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip()
    if scheme.lower() == "basic":
        try:
            name, _, password = base64.b64decode(rest.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return ""
        return password or name
    return ""


def sender_of(key: str) -> Sender:
    """The machine whose key this is; raises NotSignedIn for none or a revoked one."""
    found = ApiKey.objects.filter(digest=secret_digest(key), revoked_at=None).select_related("organisation").first()
    if found is None:
        raise errors.NotSignedIn
    rights = {"may_look_up": found.may_look_up, "may_read_lists": found.may_read_lists}
    return Sender(key=found.id, organisation=found.organisation, name=found.sender, source=found.source, **rights)


def secret_digest(secret: str) -> bytes:
    """Under what a link or key of 256 random bits is kept; so much chance needs no stretching."""
    return hashlib.sha256(b"cairndesk/secret/v1\0" + secret.encode("utf-8", "surrogateescape")).digest()


def organisations(*, by: Actor) -> QuerySet[Organisation]:
    """All organisations of the installation, the first one first; raises NotPermitted."""
    require(by, Verb.ORGANISATION_MANAGE, organisation=by.organisation)
    return Organisation.objects.order_by("-is_first", "name")


def may_start(by: Actor, organisation: UUID) -> bool:
    """Whether `by`, an administrator of the first organisation, may set up another one in which nobody can sign in yet."""
    nobody = not Passkey.objects.filter(person__organisation=organisation).exists()
    first = Organisation.objects.filter(pk=by.home, is_first=True).exists()
    return nobody and first and Role.ADMINISTRATOR in by.roles


def is_alone(by: Actor, organisation: UUID) -> bool:
    """Whether nobody but `by` ever set up a way to sign in to this organisation: then there is no second person yet who could approve."""
    ways = Q(passkeys__isnull=False) | ~Q(password="!")  # noqa: S106 - Django's mark for "no password fits"
    return by.organisation == organisation and not Person.objects.filter(ways, organisation=organisation).exclude(pk=by.person).exists()


def people(*, by: Actor) -> QuerySet[Person]:
    """The people of the organisation of `by`; raises NotPermitted."""
    require(by, Verb.PEOPLE_MANAGE, organisation=by.organisation)
    return Person.objects.filter(organisation_id=by.home).prefetch_related("grants", "passkeys").order_by("-is_active", "name")


def holders(*, by: Actor) -> dict[Role, list[str]]:
    """The names of the people of the organisation of `by` by the roles that they hold, so that everybody knows who answers for what."""
    active = Person.objects.filter(organisation_id=by.home, is_active=True).prefetch_related("grants").order_by("name")
    return {role: [person.name for person in active if role in person.roles] for role in Role}


def person_for(by: Actor, person: UUID, verb: Verb = Verb.PEOPLE_MANAGE) -> Person:
    """The person if `by` may do `verb` there; raises OtherOrganisation as if there were none, or NotPermitted."""
    found = Person.objects.filter(pk=person).select_related("organisation").prefetch_related("grants").first()
    if found is None:
        raise errors.OtherOrganisation
    require(by, verb, organisation=found.organisation_id)
    return found


def passkeys(person: UUID) -> QuerySet[Passkey]:
    """The passkeys of a person, oldest first."""
    return Passkey.objects.filter(person=person).order_by("added_at")


def open_replacements(*, by: Actor, now: datetime) -> QuerySet[Replacement]:
    """Lost passkeys of the organisation of `by` that wait for a second person."""
    require(by, Verb.PEOPLE_RECOVER, organisation=by.organisation)
    waiting = Replacement.objects.filter(person__organisation=by.organisation, agreed_at=None, expires_at__gt=now)
    return waiting.select_related("person").order_by("asked_at")


def api_keys(*, by: Actor) -> QuerySet[ApiKey]:
    """The machine keys of the organisation of `by`, revoked ones last; raises NotPermitted."""
    require(by, Verb.API_KEY_MANAGE, organisation=by.organisation)
    return ApiKey.objects.filter(organisation=by.organisation).order_by("revoked_at", "sender")


def guests_on(case: UUID, *, now: datetime) -> QuerySet[GuestGrant]:
    """Who of a partner organisation may look at this case now."""
    return GuestGrant.objects.filter(case=case, revoked_at=None, until__gt=now).select_related("person", "person__organisation")


def open_request(kind: Kind, subject: UUID, *, now: datetime) -> Request | None:
    """The request of this kind about `subject` that can be answered now; None where there is none."""
    return Request.objects.filter(kind=kind, subject=subject, done_at=None, closed_at=None, until__gt=now).first()


def is_let_go(kind: Kind, subject: UUID, digest: bytes, *, since: datetime | None = None) -> bool:
    """Whether two people did exactly what `digest` stands for, after `since` where that is given."""
    done = Request.objects.filter(kind=kind, subject=subject, digest=digest, done_at__isnull=False)
    return done.filter(done_at__gt=since).exists() if since else done.exists()


def open_requests(*, by: Actor, now: datetime) -> QuerySet[Request]:
    """What waits for a second person and `by` may see: at home, and where a partner named them; the oldest first."""
    named = [right.case for right in by.guest]
    mine = Q(organisation=by.home) | Q(pk__in=named)
    return Request.objects.filter(mine, done_at=None, closed_at=None, until__gt=now).select_related("organisation").order_by("asked_at")


def request_for(by: Actor, request: UUID) -> Request:
    """The request if it is of the organisation of `by`, or a partner named them for it; raises OtherOrganisation as if there were none."""
    found = Request.objects.filter(pk=request).select_related("organisation").first()
    named = any(right.case == request for right in by.guest)
    if found is None or not (named or (by.organisation is not None and found.organisation_id == by.organisation)):
        raise errors.OtherOrganisation
    return found


def partners_who_may(verb: Verb, *, stage: str | None, organisation: UUID) -> list[Person]:
    """People of other organisations who hold a role that allows `verb` at `stage`, by name."""
    others = Person.objects.filter(is_active=True).exclude(organisation=organisation).select_related("organisation").prefetch_related("grants")
    return [person for person in others.order_by("organisation__name", "name") if permits(person.roles, verb, stage)]


def name_behind(pseudonym: str) -> str:
    """The name of the person or machine behind a pseudonym of the log, for a reader who may see it; the pseudonym itself if unknown."""
    try:
        wanted = UUID(pseudonym)
    except ValueError:
        return pseudonym
    person = Person.objects.filter(pseudonym=wanted).first()
    key = None if person else ApiKey.objects.filter(pk=wanted).first()
    return person.name if person else key.sender if key else pseudonym


def open_link(token: str, *, now: datetime) -> EnrolmentLink:
    """The unused link of this token; raises LinkSpent for any other."""
    found = EnrolmentLink.objects.filter(digest=secret_digest(token), used_at=None, expires_at__gt=now, person__is_active=True)
    link = found.select_related("person", "person__organisation").first()
    if link is None:
        raise errors.LinkSpent
    return link


def roles_to_confirm(*, by: Actor | None, organisation: UUID, before: datetime) -> list[Person]:
    """Who holds roles that nobody else confirmed after `before`, or that changed since; without `by` themselves, by name."""
    people = Person.objects.filter(organisation=organisation, is_active=True).prefetch_related("grants", "confirmations").order_by("name")
    others = people.exclude(pk=by.person) if by is not None else people
    return [person for person in others if person.roles and not _is_confirmed(person, before)]


def _is_confirmed(person: Person, before: datetime) -> bool:
    last = max(person.confirmations.all(), key=lambda one: one.confirmed_at, default=None)
    return last is not None and last.confirmed_at > before and set(last.roles) == {role.value for role in person.roles}


def log_lines(*, by: Actor, before: int | None = None, most: int = 100) -> list[tuple[LogLine, str]]:
    """The newest log entries whose doer belongs to the organisation of `by`, each with the doer's name, newest first; raises NotPermitted."""
    require(by, Verb.LOG_READ, organisation=by.organisation)
    names = {str(pseudonym): name for pseudonym, name in Person.objects.filter(organisation=by.organisation).values_list("pseudonym", "name")}
    names |= {str(key): sender for key, sender in ApiKey.objects.filter(organisation=by.organisation).values_list("pk", "sender")}
    return [(line, names[line.actor]) for line in entries_by(names, before=before, most=most)]


def training_ends(*, by: Actor, now: datetime) -> date | None:
    """The last day of the training of `by`, from 30 days before it on and after it; None before, and for whoever judges no cases or has none."""
    if not _judges(by):
        return None
    soon = (now + WARNED_BEFORE).date()
    return Person.objects.filter(pk=by.person, credential_until__lte=soon).values_list("credential_until", flat=True).first()


def lacks_training(by: Actor) -> bool:
    """Whether `by` has a role that judges cases and no training in date."""
    return _judges(by) and not by.has_credential


def _judges(by: Actor) -> bool:
    return any(PERMISSIONS[Verb.ITEM_CLASSIFY].get(role) for role in by.roles)
