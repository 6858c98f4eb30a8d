import re
import statistics
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cairndesk.config import Receipts
from cairndesk.intake import receipt
from cairndesk.intake.receipt import Cost, NotAReceipt

CHEAP = Cost(memory_kib=8, passes=1)
SALT = bytes(16)
WORDS = receipt.words()
SIX = ("anchor", "apple", "acorn", "album", "amber", "apron")


def test_the_list_holds_7776_plain_words_without_repetition() -> None:
    assert len(WORDS) >= 7776
    assert len(set(WORDS)) == len(WORDS)
    assert all(re.fullmatch("[a-z]{2,12}", word) for word in WORDS)


def test_each_unfit_word_is_gone_and_the_word_in_its_place_is_there() -> None:
    lines = (Path(receipt.__file__).parent / "words" / "replaced.txt").read_text("ascii").splitlines()
    pairs = [line.split() for line in lines if not line.startswith("#")]
    assert len(pairs) > 1000
    assert not {unfit for unfit, _ in pairs} & set(WORDS)
    assert {fit for _, fit in pairs} <= set(WORDS)


@pytest.mark.parametrize(
    "word", ["kill", "blame", "hurt", "naked", "prison", "shame", "rape", "police-officer", "victim", "secret", "bully", "ashamed"]
)
def test_no_word_frightens_or_shames_a_child(word: str) -> None:
    assert word not in WORDS


def test_the_list_says_whose_work_it_is() -> None:
    head = (Path(receipt.__file__).parent / "words" / "english.txt").read_text("ascii")[:900]
    assert "Electronic Frontier Foundation" in head
    assert "Creative Commons Attribution" in head


def test_a_receipt_is_six_words_of_the_list() -> None:
    drawn = receipt.draw()
    assert len(drawn) == 6
    assert set(drawn) <= set(WORDS)


def test_a_receipt_is_six_groups_of_four_digits_where_there_is_no_list() -> None:
    assert all(re.fullmatch(r"\d{4}", part) for part in receipt.draw("ar"))


@pytest.mark.slow
def test_every_part_of_the_list_is_drawn_alike() -> None:
    drawn = Counter(WORDS.index(word) // 972 for _ in range(4000) for word in receipt.draw())
    # Eight equal parts of 24,000 draws: 3,000 each, with a standard deviation of 51; seven of them are beyond chance.
    assert all(abs(count - 3000) < 7 * 51 for count in drawn.values())


@pytest.mark.parametrize(
    "typed",
    [
        "anchor apple acorn album amber apron",
        "  Anchor APPLE\tacorn\nalbum   amber apron. ",
        "1. anchor 2. apple 3. acorn 4. album 5. amber 6. apron",
        "1.anchor\n2.apple\n3.acorn\n4.album\n5.amber\n6.apron",
        "anchor, apple, acorn, album, amber, apron",
        "anchor-apple-acorn-album-amber-apron",
        "1) anchor 2) apple 3) acorn 4) album 5) amber 6) apron",
        "1 anchor 2 apple 3 acorn 4 album 5 amber 6 apron",
    ],
)
def test_it_reads_the_words_however_they_are_pasted(typed: str) -> None:
    assert receipt.normalise(typed) == SIX


GROUPS = ("1234", "5678", "9012", "3456", "7890", "1234")
# Of ASCII, Arabic, Persian, Devanagari and Bengali digits, and of wide ones.
ZEROS = ("0", "\u0660", "\u06f0", "\u0966", "\u09e6", "\uff10")


@pytest.mark.parametrize("zero", ZEROS)
@pytest.mark.parametrize(
    "typed",
    [
        " ".join(GROUPS),
        "".join(GROUPS),
        "-".join(GROUPS),
        "12345678 90123456 78901234",
        "\n".join(f"{place}. {group}" for place, group in enumerate(GROUPS, start=1)),
        " ".join(f"{place}){group}" for place, group in enumerate(GROUPS, start=1)),
        "\u00a0".join(f"\u2066{group}\u2069" for group in GROUPS) + "\u200f",
        "Mine: " + "\u3000".join(GROUPS),
    ],
)
def test_it_reads_digits_of_any_script_however_they_are_pasted(typed: str, zero: str) -> None:
    assert receipt.normalise(typed.translate({ord("0") + digit: chr(ord(zero) + digit) for digit in range(10)})) == GROUPS


def test_it_names_a_word_that_is_not_in_the_list_and_one_that_is_near() -> None:
    with pytest.raises(NotAReceipt) as odd:
        receipt.normalise("anchor aple acorn album amber apron")
    assert odd.value.word == "aple"
    assert "apple" in odd.value.near


@pytest.mark.parametrize("typed", ["", "anchor", "anchor apple acorn album amber", "anchor apple acorn album amber apron anchor", "1234 5678"])
def test_it_asks_for_six_words_when_there_are_not_six(typed: str) -> None:
    with pytest.raises(NotAReceipt) as odd:
        receipt.normalise(typed)
    assert odd.value.word == ""


def test_the_words_never_stand_in_the_error_that_may_reach_a_log() -> None:
    with pytest.raises(NotAReceipt) as odd:
        receipt.normalise("anchor aple acorn album amber apron")
    assert "aple" not in str(odd.value)


@pytest.mark.slow
@given(st.text(max_size=300))
def test_any_text_is_a_receipt_or_is_refused_kindly(typed: str) -> None:
    try:
        parts = receipt.normalise(typed)
    except NotAReceipt as refusal:
        parts, longest = (), len(refusal.word)
    else:
        longest = 0
    assert len(parts) in {0, 6}
    assert longest <= 40


def test_the_same_words_open_the_same_and_other_words_or_salts_open_another() -> None:
    opened = receipt.stretch(SIX, salt=SALT, cost=CHEAP)
    assert opened.index == receipt.stretch(SIX, salt=SALT, cost=CHEAP).index
    assert opened.private != receipt.stretch(SIX[::-1], salt=SALT, cost=CHEAP).private
    assert opened.index != receipt.stretch(SIX, salt=b"1" * 16, cost=CHEAP).index
    assert len(bytes.fromhex(opened.index)) == 16
    assert len(opened.public) == 32


def test_the_index_tells_nothing_of_the_key() -> None:
    opened = receipt.stretch(SIX, salt=SALT, cost=CHEAP)
    assert bytes.fromhex(opened.index) not in opened.private + opened.public


def test_what_was_opened_never_prints_itself() -> None:
    opened = receipt.stretch(SIX, salt=SALT, cost=CHEAP)
    assert opened.index not in repr(opened)


def test_the_real_cost_is_what_the_design_says() -> None:
    assert Cost() == Cost(memory_kib=65536, passes=3)
    assert Cost(Receipts().memory_kib, Receipts().passes) == Cost()


def test_words_are_short_enough_to_write_down() -> None:
    assert statistics.mean(map(len, WORDS)) < 8
