"""Sketches of accounts: how well they estimate what is shared, in any script, and that they are found and forgotten."""

from random import Random

import pytest

from cairndesk.lib.ids import new_id
from cairndesk.review.likeness import EACH, Likeness
from cairndesk.review.rules.likeness import FEWEST, KEPT, NEARLY, resemblance, sketch
from cairndesk.triage.rules.words import shingles, words_in

KEY, HOUSE = b"k" * 32, new_id()
SCRIPT = (
    "I have all of your contacts and I know the school. Send the money before eight tonight or everybody there gets to see it. "
    "You buy a game card and send me the number. When I have it I delete all of it and you never hear from me again."
)
SAME_STORY = (
    "Somebody wrote to my cousin in a game. After two days he wanted money from her and said that he knows where she goes to school. "
    "She bought a card for him, and since then he asks for more each evening."
)
UNSPACED = "他说他有我所有的联系人 也知道我的学校。今晚八点之前把钱寄给他 不然大家都会看到。我买了一张游戏卡 把号码发给了他。"


def made(text: str) -> list[int]:
    return list(sketch(words_in(text), key=KEY, organisation=HOUSE))


def alike(one: str, other: str) -> float:
    return resemblance(*(sketch(words_in(text), key=KEY, organisation=HOUSE) for text in (one, other)))


def test_nearly_the_same_words_are_found_and_the_same_story_in_other_words_is_not() -> None:
    assert alike(SCRIPT, SCRIPT.upper().replace(".", "!")) == 1
    assert alike(SCRIPT, SCRIPT.replace("eight", "nine").replace("game card", "gift card")) >= NEARLY
    assert alike(SCRIPT, SAME_STORY) < 0.1
    assert alike("", SCRIPT) == alike("", "") == 0


def test_a_script_without_blanks_is_compared_by_its_letters() -> None:
    assert alike(UNSPACED, UNSPACED.replace("八", "九")) >= NEARLY
    assert alike(UNSPACED, "昨天我们在海边散步 天气很好 孩子们在沙滩上放风筝 后来一起吃了冰淇淋 晚上坐火车回家。") < 0.1


@pytest.mark.parametrize(
    "told",
    [
        "उसने मुझे कल लिखा और कहा कि वह मेरे स्कूल का नाम जानता है और सबको बता देगा अगर मैंने पैसे नहीं भेजे",
        "كتب لي أمس وقال إنه يعرف اسم مدرستي وسيخبر الجميع إذا لم أرسل له المال قبل الساعة الثامنة مساء اليوم",
    ],
)
def test_words_of_other_scripts_are_compared_as_well(told: str) -> None:
    assert NEARLY <= alike(told, told.rpartition(" ")[0]) < 1


def test_what_many_would_say_is_too_short_to_be_compared() -> None:
    words = [f"w{number}" for number in range(FEWEST + 1)]
    assert made(" ".join(words)) == []
    assert len(made(" ".join([*words, "more"]))) == FEWEST


def test_another_key_or_another_house_makes_other_marks() -> None:
    words = list(words_in(SCRIPT))
    mine = set(sketch(words, key=KEY, organisation=HOUSE))
    assert not mine & set(sketch(words, key=b"l" * 32, organisation=HOUSE))
    assert not mine & set(sketch(words, key=KEY, organisation=new_id()))
    assert Likeness().sketch(words, HOUSE) != Likeness().sketch(words, HOUSE)


def _pair(share: float, random: Random) -> tuple[list[str], list[str], float]:
    """Two accounts of which about `share` of the shingles are common, and how many really are."""
    both, own = int(600 * share), int(300 * (1 - share))
    common, mine, theirs = ([str(random.getrandbits(40)) for _ in range(count)] for count in (both, own, own))
    one, other = [*common, *mine], [*common, *theirs]
    return one, other, len(shingles(one) & shingles(other)) / len(shingles(one) | shingles(other))


@pytest.mark.slow
def test_the_estimate_is_as_near_as_it_says_and_what_is_half_alike_is_hardly_ever_missed() -> None:
    random, off, missed = Random(7), [], 0  # noqa: S311 - made-up accounts
    for turn in range(300):
        one, other, share = _pair(0.6, random)
        held = Likeness()
        sketches = [held.sketch(words, HOUSE) for words in (one, other)]
        off.append(abs(resemblance(*sketches) - share))
        for number, each in enumerate(sketches):
            held.keep(number, each)
        missed += resemblance(*sketches) >= NEARLY and 1 not in held.near(0)
        assert len(sketches[0]) == KEPT, turn
    assert sum(off) / len(off) < 0.07
    assert missed <= 6


def test_what_is_dropped_is_found_no_more_and_leaves_nothing() -> None:
    held = Likeness()
    for number in range(3):
        held.keep(number, held.sketch(words_in(SCRIPT), HOUSE))
    assert held.near(0) == {1: 1, 2: 1}
    for number in (1, 2, 7):
        held.drop(number)
    assert held.near(0) == held.near(7) == {}
    held.drop(0)
    assert not held._sketches
    assert not any(held._shelves)


@pytest.mark.slow
def test_a_crowd_that_tells_the_same_is_compared_in_part_and_takes_the_room_that_is_counted() -> None:
    held, words = Likeness(), list(words_in(SCRIPT))
    mine = held.sketch(words, HOUSE)
    for number in range(10_000):
        held.keep(number, mine[:])
    assert len(held.near(5)) == 200
    assert 9_999 in held.near(5)
    assert mine.itemsize * KEPT + 8 * 8 + 80 <= EACH
