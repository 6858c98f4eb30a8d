"""How the people of a case are called on pages and in what leaves: as they wish, else as the organisation usually does."""

from collections.abc import Iterable

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson
from cairndesk.cases.rules.wording import Word, said, stands_in, word_for, word_of_all
from cairndesk.directory.sites import wording_of


def role_words(person: CasePerson, role: str, *, usual: str) -> str:
    """A role of `person` in words, by the word that they chose; `usual` is the code of the organisation's own."""
    return said(taxonomy.label("person_role", role), word_for(person.preferred_term, usual))


def word_in(case: Case) -> Word:
    """The word for whoever was harmed in `case`."""
    held = CasePerson.objects.filter(case=case, taken_back_at=None, roles__role__in=("child", "adult_survivor"), roles__taken_back_at=None)
    return word_of_all(held.values_list("preferred_term", flat=True), wording_of(case.organisation_id))


def word_for_about(case: Case, about: object) -> Word:
    """The word for what is recorded now: that of the person it is about, else that of the case."""
    if isinstance(about, CasePerson):
        return word_for(about.preferred_term, wording_of(case.organisation_id))
    return word_in(case)


def usual_in(people: Iterable[CasePerson]) -> str:
    """The code of the usual word at the organisation of these people of one case; nothing is read where no role of theirs needs it."""
    first = next((one for one in people if any(stands_in(taxonomy.label("person_role", held.role)) for held in one.roles.all())), None)
    return wording_of(Case.objects.filter(pk=first.case_id).values("organisation")[:1]) if first is not None else ""
