"""The words of everything that people read: pages, letters, messages, codes and the manual. The sheet of words stands in the glossary."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest
from tests.house.tree import ROOT, SOURCE, all_files, parsed, shown, sources, text

GLOSSARY = "docs/glossary.md"
SHEET = "## Words we do not write"
# What a rule avoids, a phrase that it must catch, and one that it must let through.
RULES = {
    "TRM-01": (r"child porn|kiddie|\bcp\b|illegal images of children", "child pornography", "child sexual abuse material"),
    "TRM-02": (r"child prostitut|prostitutes?\b|sex work|sex tourism", "a child prostitute", "exploitation of children in prostitution"),
    "TRM-08": (r"\bconsensual", "a consensual exchange", "nonconsensual sharing"),
    "TRM-12": (
        r"\bmonster|predator|pervert|\bperv\b|paedophile|pedophile|should have known|let (her|him|them)sel|willing|provocative|promiscu|naive",
        "the child should have known",
        "a lawyer should have signed it off",
    ),
    "TRM-13": (
        r"perpetrator|offenders?\b|\bsuspects?\b|culprit|\babuser|\bcriminals\b|\ba criminal\b|groomer",
        "the offender",
        "a suspected offence",
    ),
    "TRM-15": (
        r"\bharmless|not real|fake child|only synthetic|just ai|victimless",
        "it is harmless",
        "which never means harmless",
    ),
    "TRM-16": (
        r"caused by (the )?(internet|technology|phones?|ai|social media)|because of (the )?(internet|technology|phones?|ai)\b",
        "caused by the internet",
        "with the help of the internet",
    ),
    "UXQ-11": (
        r"you should have|why did(n.t)? you|(your|her|his|their) own fault|you let|you allowed|careless|naughty|confess|ashamed|shameful|provok",
        "it is your own fault",
        "it is not your fault",
    ),
}
MARKED = [pytest.param(rule, marks=pytest.mark.req(rule)) for rule in RULES]
# Names of instruments and of outside schemes keep their words (TRM-01, TRM-02); the words of receipts say nothing about anybody.
_NAMES = re.compile(r"^official_name = .*$", re.MULTILINE)
_CITED = re.compile(r"<cite>.*?</cite>", re.DOTALL)
# What is denied is not said, and cards that a programme drew for tests show nobody.
_ALLOWED = re.compile(r"(never|not)\s+means?\s+(that\s+\w+\s+is\s+)?harmless|harmless test\b", re.IGNORECASE)
_DRAWN = SOURCE / "intake" / "words"
# The words that no translation may use stand there, in eleven languages.
_LISTED = SOURCE / "locale" / "blame.toml"


@cache
def texts() -> dict[str, str]:
    """Pages, letters, codes and the manual, by the file they stand in."""
    return dict(_texts())


def _texts() -> Iterator[tuple[str, str]]:
    for path in all_files():
        if path.is_relative_to(SOURCE) and not path.is_relative_to(_DRAWN) and path != _LISTED:
            if path.suffix in {".html", ".txt", ".js"}:
                yield shown(path), text(path)
            elif path.suffix == ".toml":
                yield shown(path), _NAMES.sub("", text(path))
        elif path.suffix == ".md":
            yield shown(path), _CITED.sub("", text(path).partition(SHEET)[0] if shown(path) == GLOSSARY else text(path))


def _said_by(path: Path) -> Iterator[tuple[str, str]]:
    """The texts of a programme, without what only its readers see."""
    tree = parsed(path)
    documented = [node for node in ast.walk(tree) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)]
    comments = {id(node.body[0].value) for node in documented if node.body and isinstance(node.body[0], ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in comments:
            yield f"{shown(path)}:{node.lineno}:{node.col_offset}", node.value


def avoided_in(rule: str, words: str) -> str:
    found = re.search(RULES[rule][0], _ALLOWED.sub(" ", words), re.IGNORECASE)
    return found[0] if found else ""


def hits(rule: str, said: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: found for name, words in said if (found := avoided_in(rule, words))}


def test_the_texts_are_those_of_every_kind() -> None:
    kinds = Counter(Path(name).suffix for name in texts())
    assert set(kinds) == {".html", ".txt", ".toml", ".md", ".js"}
    assert kinds[".html"] > 80
    assert "src/cairndesk/cases/taxonomy/harm.toml" in texts()


@pytest.mark.parametrize("rule", MARKED)
def test_no_page_letter_code_or_manual_uses_a_word_that_the_sheet_avoids(rule: str) -> None:
    assert hits(rule, texts().items()) == {}


@pytest.mark.slow
@pytest.mark.parametrize("rule", MARKED)
def test_no_message_of_a_programme_uses_one_either(rule: str) -> None:
    # Reading every programme as a tree takes seconds; most of them hold no such word anywhere.
    touched = [path for path in sources() if re.search(RULES[rule][0], text(path), re.IGNORECASE)]
    assert hits(rule, (said for path in touched for said in _said_by(path))) == {}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_catches_what_it_is_for_and_nothing_else(rule: str) -> None:
    _, caught, let_through = RULES[rule]
    assert avoided_in(rule, caught)
    assert not avoided_in(rule, let_through)


@pytest.mark.parametrize("rule", MARKED)
def test_the_sheet_says_for_each_rule_what_is_written_instead(rule: str) -> None:
    sheet = text(ROOT / GLOSSARY).partition(SHEET)[2]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in sheet.splitlines() if line.startswith("|")][2:]
    held = [row for row in rows if re.search(RULES[rule][0], row[0], re.IGNORECASE)]
    assert held, rule
    assert all(len(row) == 3 and all(row) and not re.search(RULES[rule][0], row[1], re.IGNORECASE) for row in held)


@pytest.mark.req("TRM-06", "TRM-07")
def test_the_umbrella_term_and_grooming_stand_in_the_glossary() -> None:
    meanings = dict(re.findall(r"^\| ([\w -]+) \| (.+) \|$", text(ROOT / GLOSSARY), re.MULTILINE))
    assert "solicitation of children for sexual purposes" in meanings["grooming"]
    assert "not the cause by itself" in meanings["technology-facilitated"]
