"""The lint for words that take somebody for a girl or a boy, show too much, or say which answer is wanted; its words are data of each language."""

import functools
import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

_RULES = Path(__file__).parents[2] / "locale" / "neutral.toml"
GENDER, SHOWN = ("reader", "lone"), ("graphic", "leading")
# What belongs to a word although it is no letter: the vowel signs and points of several scripts, and what joins them.
_MARKS = "\u0300-\u036f\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09cd\u09d7\u200c\u200d"
_UNPARTED = {"zh-Hans"}


@functools.cache
def rules() -> Mapping[str, Mapping[str, Any]]:
    """What no text says, by the code of a language of the package; the top of the file says what each key is."""
    return tomllib.loads(_RULES.read_text("utf-8"))


@functools.cache
def gendered(language: str, text: str) -> list[str]:
    """What in `text` takes whoever reads, is told of, did it or cares for a girl or a boy, a man or a woman."""
    return [*_caught(language, GENDER, text), *_parted(language, text)]


@functools.cache
def shown(language: str, text: str) -> list[str]:
    """What in `text` is graphic, or leads to an answer."""
    return list(_caught(language, SHOWN, text))


def _caught(language: str, names: tuple[str, ...], text: str) -> Iterator[str]:
    for rule in (rule for name in names for rule in rules()[language][name]):
        if found := _pattern(language, rule).search(_plain(text)):
            yield found[0]


def _parted(language: str, text: str) -> Iterator[str]:
    """One of two that stand together only, without the other or without what has to follow."""
    for group in rules()[language]["together"]:
        found = [_pattern(language, rule).search(_plain(text)) for rule in group]
        if any(found[:2]) and not all(found):
            yield next(one[0] for one in found if one)


@functools.cache
def _pattern(language: str, rule: str) -> re.Pattern[str]:
    rule = _plain(rule)
    if language in _UNPARTED:
        return re.compile(rule)
    last = "" if rule.endswith(("?", "؟")) and rule.endswith(("\\?", "؟")) else rf"(?![\w{_MARKS}])"
    return re.compile(rf"(?<![\w{_MARKS}])(?:{rule}){last}", re.IGNORECASE)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFC", text).replace("\u00a0", " ")
