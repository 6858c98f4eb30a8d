"""The table of sharing: refused with what is wrong; by name before by kind; of several kinds the least; what it does not name is left out."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.accounts.rules.sharing import Data
from cairndesk.directory.errors import TableUnreadable
from cairndesk.directory.profiles import FIELD_WORDS, KINDS, MASKED_WORDS, Field, Gives, data_of, read_table, shipped, shipped_text
from cairndesk.directory.rules import AuthorityKind

BARE = "\n".join(f"[{kind}]" for kind in KINDS)


def table(police: str, *more: str) -> str:
    return "\n".join([BARE.replace("[police]", f"[police]\n{police}"), *more])


def test_every_kind_of_authority_and_every_field_has_its_words() -> None:
    assert set(AuthorityKind) <= set(KINDS)
    assert set(FIELD_WORDS) == set(Field)
    assert {data_of(field) for field in Field} == {Data.ACCOUNT, Data.IDENTITY, Data.ADDRESS, Data.EVIDENCE}


def test_the_shipped_table_gives_each_its_own_least() -> None:
    police, child, hotline = (shipped().profile([kind]) for kind in ("police", "child_protection", "hotline"))
    assert all(police.has(field) for field in Field)
    assert (child.gives(Field.WORDS), child.has(Field.ADDRESSES), child.has(Field.HASHES)) == (Gives.MASKED, False, False)
    assert hotline.inside == {Data.ADDRESS, Data.EVIDENCE}
    # Who somebody is goes to nobody whose competence nobody entered, and to nobody who is no authority.
    assert not any(shipped().kinds[kind].has(Field.IDENTITY) for kind in ("authority", "service", "partner", "provider", "hotline", "regulator"))


@pytest.mark.slow
@given(kinds=st.sets(st.sampled_from(list(AuthorityKind)), min_size=1))
def test_who_is_competent_for_several_things_gets_the_least_of_them(kinds: set[str]) -> None:
    got = shipped().profile(kinds)
    order = list(Gives)
    for field in Field:
        assert order.index(got.gives(field)) == max(order.index(shipped().kinds[kind].gives(field)) for kind in kinds)
    assert len(got.code) <= 40


def test_a_name_goes_before_its_kind_and_a_field_may_have_a_ground_of_its_own() -> None:
    text = table('basis = "Act 1"\nwords = "whole"', '[named."The unit"]\nbasis = "Act 2"\nidentity = { gives = "whole", basis = "Act 3" }')
    held = read_table(text, number=1001)
    assert held.profile(["police"]).inside == {Data.ACCOUNT}
    unit = held.profile(["police"], name="The unit")
    assert (unit.code, unit.table, unit.lines[Field.IDENTITY].basis, unit.has(Field.WORDS)) == ("named", 1001, "Act 3", False)
    assert unit.bases == "Act 3"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[police", "end of document"),
        (shipped_text().replace("[hotline]", "[hotlines]"), "no kind of recipient"),
        (shipped_text().replace("[provider]", "[named.provider]"), "provider"),
        (table('words = "whole"'), "basis"),
        (table('basis = "Act"\nname = "whole"'), "no field"),
        (table('basis = "Act"\nwords = "some"'), "says one of"),
        (table('basis = "Act"\nwords = true'), "says one of"),
        (table('basis = "Act"\nwords = { gives = "whole", why = "x" }'), "says one of"),
        (table('basis = "Act"\nage = "masked"'), "can be masked"),
        (table('basis = "two\\nlines"\nwords = "whole"'), "one line"),
        ("police = 1\n" + BARE.replace("[police]", ""), "table"),
        ("named = 1\n" + BARE, "directory"),
        (shipped_text() + "#" * 65_536, "longer"),
    ],
)
def test_a_table_with_a_mistake_is_refused_with_what_is_wrong(text: str, says: str) -> None:
    with pytest.raises(TableUnreadable, match=says):
        read_table(text, number=1001)


def test_what_can_be_masked_says_what_stays_of_it() -> None:
    masked = {field for profile in shipped().all for field in Field if profile.gives(field) is Gives.MASKED}
    assert masked <= set(MASKED_WORDS)
