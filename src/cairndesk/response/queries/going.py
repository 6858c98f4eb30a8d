"""What goes of a case to one authority, as it is read before and as it is closed: the same, down to its digest."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from cairndesk.cases.models import Case, CasePerson, Item
from cairndesk.cases.queries import identifier_of
from cairndesk.cases.rules.masking import Mask, Withheld
from cairndesk.directory.models import Authority, Service
from cairndesk.directory.profiles import Field, Gives, Profile
from cairndesk.directory.sharing import profile_of, profile_of_service
from cairndesk.exchange.formats import casefile, identification
from cairndesk.response import rules
from cairndesk.response.queries.casefile import Release, accounts_of, case_file, files_of, kinds_of, names_of

NOT_DECIDED = "nobody decided that it goes into this package"


@dataclass(frozen=True, slots=True)
class Going:
    """What goes along by `profile`: the case file, its files by their hashes, and what the log's things and kinds are called there."""

    profile: Profile
    file: casefile.CaseFile
    files: list[identification.File]
    names: Mapping[UUID, str]
    kinds: Mapping[str, str]

    @property
    def digest(self) -> str:
        """The SHA-256 of what it says, but of who somebody is, which no preview opens, and of when and under which name it was made."""
        people = [replace(one, identity={}) for one in self.file.people]
        details = [replace(one, at=None) if one.kind == casefile.CHECKLIST else one for one in self.file.details]
        bare = replace(self.file, package=UUID(int=0), made_at=self.file.opened_at, people=people, details=details)
        return hashlib.sha256(casefile.write(bare) + identification.write(self.files)).hexdigest()


def profile_for(case: Case, authority: Authority, *, names_people: bool) -> Profile:
    """What `authority` gets of `case` in one package; who somebody is only where a person decided so."""
    held = profile_of(case.organisation_id, authority)
    return held if names_people else held.without(Field.IDENTITY, because=NOT_DECIDED)


def going_to(case: Case, release: Release, profile: Profile, now: datetime) -> Going:
    """What goes by `profile`. Opens what is sealed; identities only where the release names people and the profile gives them."""
    named = replace(release, names_people=release.names_people and profile.has(Field.IDENTITY))
    kinds = kinds_of(case)
    file = rules.shaped(case_file(case, named, now), profile, kinds)
    items = {one.ref for one in file.items}
    names = {thing: name for thing, name in names_of(case).items() if _goes(name, items, hashes=profile.has(Field.HASHES))}
    files = [one for one in rules.shaped_files(files_of(case), profile) if one.ref in items]
    return Going(profile, file, files, names, {ref: kind for ref, kind in kinds.items() if ref in items})


def told_to(case: Case, service: Service) -> list[casefile.Account]:
    """What was told, as `service` gets it. Opens what is sealed."""
    profile = profile_of_service(case.organisation_id, service)
    is_masked = profile.gives(Field.WORDS) is Gives.MASKED
    rows = Item.objects.filter(case=case, identifier__erased_at=None).select_related("identifier") if is_masked else ()
    mask = Mask((Withheld(one.kind, identifier_of(one), one.hash_kind) for one in rows), rules.INSTEAD)
    return rules.shaped_accounts(accounts_of(case), profile, mask)


def people_of(case: Case) -> list[tuple[UUID, UUID | None]]:
    """Each person of the case with the record of who they are, unopened."""
    return list(CasePerson.objects.filter(case=case).order_by("id").values_list("id", "identity_id"))


def _goes(name: str, items: set[str], *, hashes: bool) -> bool:
    """Whether the log is told of a thing by its name: a file that was handed over is one of the hashes."""
    return name in items or name == "case" or (hashes and not name.startswith("item-"))
