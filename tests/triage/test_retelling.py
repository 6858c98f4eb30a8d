"""Bands of accounts: how often what is nearly the same is found, how seldom what is not, in any script; and what never is."""

from random import Random

import pytest

from cairndesk.triage.rules import retelling
from cairndesk.triage.rules.retelling import (
    APART,
    BANDS,
    ENOUGH,
    FEWEST,
    LONGEST,
    SIZE,
    Worded,
    chance,
    is_retold,
    is_the_same,
    may_be_compared,
    worded,
)
from cairndesk.triage.rules.words import shingles, words_in

KEY = b"k" * 32
LETTERS = {
    "latin": "abcdefghijklmnoprstuvwyz",
    "cyrillic": "абвгдежзиклмнопрстуфхцчшэюя",
    "arabic": "ابتثجحخدذرزسشصضطظعغفقكلمنهوي",
    "devanagari": "कखगघचछजझटठडढतथदधनपफबभमयरलवशसह",
    "han": "的一是不了人我在有他这为之大来以个中上们到说国和地也子时道出而要于就下得可你年生",
}
TEXT = (
    "Every parent should know that the swimming club at the harbour takes pictures of the children there and sends them to people "
    "whom nobody knows. Please look into it, because nobody else does anything about it at all."
)


def bands(text: str, *, source: str = "public", key: bytes = KEY, **more: object) -> Worded | None:
    return worded({"more": text, "what": ["found"], **more}, source=source, key=key)


def made(draw: Random, letters: str, many: int) -> list[str]:
    return ["".join(draw.choices(letters, k=draw.randint(3, 8))) for _ in range(many)]


def alike(one: str, other: str) -> bool:
    mine, theirs = bands(one), bands(other)
    assert mine is not None
    assert theirs is not None
    return is_retold(mine, theirs)


def share(one: list[str], other: list[str], blank: str) -> float:
    mine, theirs = (shingles(words_in(blank.join(words))) for words in (one, other))
    return len(mine & theirs) / len(mine | theirs)


@pytest.mark.slow
@pytest.mark.parametrize("script", LETTERS)
def test_what_shares_nine_tenths_is_found_and_what_shares_half_is_not(script: str) -> None:
    """600 pairs of each script, some words of the one being others in the other: found as often as the bound says, within chance."""
    draw = Random(f"retold {script}")  # noqa: S311 - texts of a test
    blank = "" if script == "han" else " "
    near, far, expected, found = [0, 0], [0, 0], 0.0, 0
    for _ in range(120):
        one = made(draw, LETTERS[script], 60)
        for changed in (1, 2, 3, 12, 18):
            other = list(one)
            for place in draw.sample(range(60), changed):
                other[place] = "".join(draw.choices(LETTERS[script], k=len(one[place])))
            held, is_found = share(one, other, blank), alike(blank.join(one), blank.join(other))
            expected, found = expected + chance(held), found + is_found
            for counts, counts_here in ((near, held >= 0.9), (far, held <= 0.55)):
                counts[0] += counts_here
                counts[1] += counts_here and is_found
    assert near[0] >= 100
    assert near[1] >= 0.97 * near[0]
    assert far[0] >= 100
    assert far[1] == 0
    assert abs(found - expected) < 40


def test_the_bound_is_the_one_that_is_written_down() -> None:
    assert (BANDS, ENOUGH, SIZE, FEWEST, APART) == (20, 4, 8, 12, 2)
    assert [round(chance(held), 3) for held in (0.9, 0.8, 0.7)] == [0.992, 0.439, 0.025]
    assert chance(0.5) < 2e-6
    assert chance(0.3) < 1e-12


def test_a_word_that_changes_a_capital_or_a_point_makes_no_difference() -> None:
    assert alike(TEXT, TEXT.replace("nobody else does", "nobody does").replace(",", " -").replace("at all.", "at all!"))
    assert alike(TEXT, TEXT.replace("whom nobody knows", "who are strangers").replace("whom", "who")) is False, "more than a tenth"


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("the harbour", "the Harbour"),
        TEXT.replace("the children", "the children of gull_17"),
        TEXT.replace("the children", "the 12 children"),
        TEXT.replace("the swimming", "https://pics.driftwood.example"),
        TEXT.replace("into it", "into it at pics.driftwood.example"),
        TEXT.replace("the swimming", "+31 6 1234 5678"),
        TEXT + " He comes back tonight.",
        TEXT + " the man who does it has a boat and comes back tonight",
    ],
)
def test_what_names_something_else_or_adds_a_sentence_is_another_account(other: str) -> None:
    assert not alike(TEXT, other)


def test_a_number_in_a_text_without_blanks_counts_too() -> None:
    told = "他们说海港那边的游泳俱乐部给孩子们拍照片然后发给谁也不认识的人请你们去看看因为没有别人管这件事情大家都很担心"
    assert alike(told + "在12号", told + "在12号")
    assert not alike(told + "在12号", told + "在13号")
    assert not alike("ที่นี่มีคนถ่ายรูปเด็กที่สโมสรว่ายน้ำริมท่าเรือแล้วส่งให้คนที่ไม่มีใครรู้จัก ๑๒", "ที่นี่มีคนถ่ายรูปเด็กที่สโมสรว่ายน้ำริมท่าเรือแล้วส่งให้คนที่ไม่มีใครรู้จัก ๑๓")


def test_what_was_ticked_or_named_beside_it_must_be_the_same_and_a_wish_need_not() -> None:
    def joined(**more: object) -> bool:
        mine, theirs = bands(TEXT), bands(TEXT, **more)
        return bool(mine and theirs and is_retold(mine, theirs))

    assert joined(wish="help_only", safe_contact="no", felt="worse", tell=["no_school"])
    assert not joined(what=["found", "touched"])
    assert not joined(danger=["can_reach"])
    assert not joined(handle="gull")
    assert not joined(source="carer")
    assert not joined(key=b"o" * 32), "nothing is compared across organisations"


def test_what_is_short_says_nothing_and_a_word_said_over_and_over_is_one() -> None:
    words = [f"word{'abcdefghijklmn'[place]}" for place in range(14)]
    assert bands(" ".join(words[:11])) is None
    assert bands(" ".join(words[:13])) is None, "eleven shingles"
    assert bands(" ".join(words)) is not None
    assert bands("help " * 400) is None
    assert bands("") is None
    assert worded({"more": {"unknown": "declined"}}, source="public", key=KEY) is None


def test_what_is_very_long_is_not_compared_and_what_has_not_changed_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    longest = "的一是不了人我在有他这为之大来以" * (LONGEST // 16)
    kept = bands(longest)
    assert kept is not None
    assert bands(longest + "们") is None
    monkeypatch.setattr(retelling, "shingles", None)
    assert worded({"more": longest, "what": ["found"]}, source="public", key=KEY, kept=kept) is kept
    with pytest.raises(TypeError):
        worded({"more": longest, "what": ["touched"]}, source="public", key=KEY, kept=kept)


def test_only_the_very_same_words_are_the_same() -> None:
    def same(other: str, **more: object) -> bool:
        mine, theirs = bands(TEXT), bands(other, **more)
        return bool(mine and theirs and is_the_same(mine, theirs))

    assert same(TEXT.replace(" ", "\n ").upper().capitalize()) is False, "capitals name somebody"
    assert same(TEXT.replace(" ", "\n "))
    assert same(TEXT, wish="help_only")
    assert not same(TEXT.replace("nobody else does", "nobody does"))
    assert not same(TEXT.replace("all.", "all?"))
    assert not same(TEXT.replace("the swimming", "a swimming"))
    assert not same(TEXT, what=["touched"])
    before = Worded(b"", 20, b"")
    assert not is_the_same(before, before)


def test_whose_account_is_never_compared() -> None:
    assert may_be_compared(source="public", path="friend")
    for source in ("child", "friend", "adult_survivor", "not_asked", "unknown", "declined"):
        assert not may_be_compared(source=source, path="carer")
    for path in ("child", "survivor", "advice"):
        assert not may_be_compared(source="public", path=path)
