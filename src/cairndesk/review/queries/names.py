"""What the people and the items of a case are called on its pages: by role or kind and by their place, and by nothing else."""

from collections.abc import Collection, Iterable

from cairndesk.cases import taxonomy
from cairndesk.cases.models import Case, CasePerson, Item
from cairndesk.cases.queries import items, people
from cairndesk.cases.queries.identification import self_told, tellers
from cairndesk.cases.rules.identification import is_clear_of, is_who_told, why_not
from cairndesk.review.queries.wording import role_words, usual_in


def roles_of(person: CasePerson, *, usual: str) -> str:
    """The roles that `person` holds, in words."""
    held = sorted(role_words(person, one.role, usual=usual) for one in person.roles.all() if one.taken_back_at is None)
    return ", ".join(held) or "no role"


def person_names(rows: Iterable[CasePerson], *, usual: str = "") -> dict[str, str]:
    """Id → "Person 2: Child" for all people of a case, in their order. A number stays the same when somebody else is taken back."""
    held = list(rows)
    usual = usual or usual_in(held)
    return {str(person.pk): f"Person {place}: {roles_of(person, usual=usual)}" for place, person in enumerate(held, 1)}


def item_names(rows: Iterable[Item]) -> dict[str, str]:
    """Id → "Wallet 3" for all items of a case, in their order. A number stays the same when another item is taken back."""
    return {str(item.pk): f"{taxonomy.label('item_kind', item.kind)} {place}" for place, item in enumerate(rows, 1)}


def people_to_choose(case: Case) -> dict[str, str]:
    """The people of `case` who were not taken back."""
    rows = list(people(case))
    standing = {str(person.pk) for person in rows if person.taken_back_at is None}
    return {pk: words for pk, words in person_names(rows).items() if pk in standing}


def standing_roles(rows: Iterable[CasePerson]) -> list[tuple[CasePerson, set[str]]]:
    """Who of all people of a case stands, with the roles that they hold; those are at hand, and no more is read."""
    return [(one, {role.role for role in one.roles.all() if role.taken_back_at is None}) for one in rows if one.taken_back_at is None]


def may_be_identified(rows: Iterable[CasePerson], *, is_self_told: bool) -> list[CasePerson]:
    """Those of all people of a case for whom a track of victim identification may stand; their roles are at hand, and no more is read.

    `is_self_told`: somebody to whom it happened told it.
    """
    held = standing_roles(rows)
    is_open = is_self_told and not any(is_who_told(roles) for _, roles in held)
    return [one for one, roles in held if not why_not(roles, one.actor_age, who_told_is_open=is_open)]


def people_to_identify(case: Case) -> dict[str, str]:
    """The people of `case` for whom a track of victim identification may stand."""
    rows = list(people(case))
    named = person_names(rows)
    return {str(one.pk): named[str(one.pk)] for one in may_be_identified(rows, is_self_told=self_told(case) > 0)}


def accounts_to_be_clear_of(case: Case) -> int:
    """How many accounts a person must be said to have told none of before they have a track; 0 where that is clear."""
    accounts = self_told(case)
    return 0 if is_clear_of(accounts, tellers=tellers(case), told_none_of=0) else accounts


def items_to_choose(case: Case, kinds: Collection[str] = ()) -> dict[str, str]:
    """The items of `case` that were not taken back, of these kinds or of all."""
    rows = list(items(case, taken_back=True))
    standing = {str(item.pk) for item in rows if item.taken_back_at is None and (not kinds or item.kind in kinds)}
    return {pk: words for pk, words in item_names(rows).items() if pk in standing}
