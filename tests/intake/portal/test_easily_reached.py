"""From every page of the portal telling is one step away, and what follows is shown before, at the end, and afterwards (UXQ-16)."""

import re

import pytest
from tests.intake.portal.walk import pages_in

from cairndesk.intake.portal.wording import MILESTONES
from cairndesk.intake.rules import STONES

pytestmark = pytest.mark.req("UXQ-16")
# Nobody who worries about themselves is led to a report; what the edge turns away is sent again from the page before.
APART = {"quiet", "edge 413", "edge 503"}
PREFIXES = ["", "/1", "/ar", "/ar/3", "/sw"]


def telling(page: str, prefix: str) -> bool:
    """Whether one tells here, or is led to where one does: a link to the start, or the form that goes on to tell."""
    return f'href="{prefix}/"' in page or f'action="{prefix}/next"' in page


@pytest.mark.slow
@pytest.mark.parametrize("prefix", PREFIXES)
def test_every_page_leads_to_telling(prefix: str) -> None:
    pages = pages_in(prefix)
    # Behind the six words one writes in the form that is open there, and goes back from each page to that.
    behind = {name for name, page in pages.items() if f'action="{prefix}/back"' in page and 'name="s" value' in page}
    assert "mailbox" in behind
    assert "<textarea" in pages["mailbox"]
    cut_off = {name for name, page in pages.items() if name not in APART | behind and not telling(page, prefix)}
    assert cut_off == set()
    assert len(pages) > 50


@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_follows_is_shown_before_at_the_end_and_afterwards(prefix: str) -> None:
    pages = pages_in(prefix)
    heading = re.compile(r"<h2[^>]*>([^<]+)</h2>")
    first, last = (pages[name].partition("</main>")[0] for name in ("welcome", "child receipt"))
    next_of = set(heading.findall(first)) & set(heading.findall(last))
    assert len(next_of) == 1, "what happens next, under the same words on the first page and on the last"
    steps = last[last.index(next_of.pop()) :]
    assert len(re.findall(r"<li>", steps[: steps.index("</ol>")])) == 3
    # Afterwards the path of stones: each that is reached with its hour, and the others still ahead.
    path = re.search(r'<ol class="stones">(.*?)</ol>', pages["mailbox"], re.DOTALL)
    assert path
    assert path[1].count("<li") >= len(STONES)
    assert set(STONES) <= set(MILESTONES)
