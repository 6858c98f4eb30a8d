"""The manual is read where there is no network: it lies in the tree in plain text, with its pictures, and all of its links lead to what is there."""

import re
from pathlib import Path

import pytest
from tests.house.tree import ROOT, shown, text

pytestmark = pytest.mark.req("CAP-06")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "deploy").glob("*.md")])
# A name for a section, as the pages of code hosts make it.
_DROPPED = re.compile(r"[^\w\- ]")


def sections(page: Path) -> set[str]:
    return {_DROPPED.sub("", line.lstrip("# ")).strip().lower().replace(" ", "-") for line in text(page).splitlines() if line.startswith("#")}


def leads(page: Path) -> list[str]:
    """Where the links and pictures of a page lead."""
    words = re.sub(r"```.*?```|`[^`\n]*`", "", text(page), flags=re.DOTALL)
    return [*re.findall(r"\]\(([^)\s]+)\)", words), *re.findall(r'<(?:img|a)\b[^>]*?(?:src|href)="([^"]+)"', words)]


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_every_link_between_pages_and_every_picture_is_there_without_a_network(page: Path) -> None:
    missing = []
    for lead in leads(page):
        if re.match(r"https?://|mailto:", lead):
            continue
        where, _, part = lead.partition("#")
        there = (page.parent / where) if where else page
        if not there.exists() or (part and there.suffix == ".md" and part not in sections(there)):
            missing.append(lead)
    assert missing == []
    assert not [src for src in re.findall(r'<img\b[^>]*?src="([^"]+)"', text(page)) if "//" in src]


def test_what_an_operator_needs_is_written_down_in_the_tree() -> None:
    named = text(ROOT / "README.md")
    for page in ("settings.md", "commands.md", "errors.md", "glossary.md", "access.md", "performance.md"):
        assert f"(docs/{page})" in named, page
    for page in ("handbook.md", "breach.md", "retention.md", "security.md"):
        assert (ROOT / "docs" / page).stat().st_size > 1000, page
    assert "deploy/README.md" in named
