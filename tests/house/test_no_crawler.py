"""Nothing here searches: no library that crawls or reads pages is brought along, and no address that somebody reported is ever asked for (DET-13)."""

import ast
import re

import pytest
from tests.house.tree import ROOT, parsed, shown, sources, text

pytestmark = pytest.mark.req("DET-13")
# By which programs fetch and read pages, drive browsers, or follow links.
CRAWLERS = {
    "urllib.request", "requests", "httpx", "aiohttp", "urllib3", "pycurl", "treq", "scrapy", "selenium", "playwright", "pyppeteer", "mechanize",
    "bs4", "lxml", "html.parser", "html5lib", "parsel", "selectolax", "newspaper", "trafilatura", "feedparser", "wget", "youtube_dl", "yt_dlp",
    "gallery_dl", "stem", "torpy", "ftplib", "telnetlib",
}  # fmt: skip
DISTRIBUTIONS = {
    "scrapy",
    "selenium",
    "playwright",
    "mechanize",
    "beautifulsoup4",
    "newspaper3k",
    "trafilatura",
    "yt-dlp",
    "gallery-dl",
    "pycurl",
    "stem",
}
# To parse only what could be meant.
_HINT = re.compile("|".join(sorted({re.escape(one.rpartition(".")[2]) for one in CRAWLERS})))
# The one file that speaks HTTP, and who may use it: each to addresses that the operator entered, never to one that was reported.
WEB = "response/adapters/web.py"
BY_THE_OPERATOR = {
    "response/actions/carrying.py": "the desk of a partner with which there is an agreement",
    "response/actions/partners.py": "the same: only the origin of its address is read",
    "response/actions/paging.py": "the address that pages somebody on duty",
    "response/adapters/lists/library.py": "a source of a list, from the settings",
    "response/adapters/lists/ncmec.py": "the same",
    "response/adapters/lists/reach.py": "the same",
    "response/adapters/lists/threatexchange.py": "the same",
    "response/adapters/timestamps.py": "a time-stamping authority, from the settings",
    "response/adapters/witness.py": "a witness of the log, from the settings",
    "response/jobs.py": "what is due to all of these",
}
# Exchanges of lists come with a library that brings `requests`; it is put onto the one file, and may reach its source alone.
ONTO_WEB = {"response/adapters/lists/library.py": {"requests"}}
# What knows of reported addresses.
REPORTED = {"cairndesk.cases", "cairndesk.intake", "cairndesk.review", "cairndesk.signals.queries"}


def name_of(path: object) -> str:
    return shown(path).removeprefix("src/cairndesk/")  # type: ignore[arg-type]


def imported(tree: ast.AST) -> set[str]:
    found = {name.name for one in ast.walk(tree) if isinstance(one, ast.Import) for name in one.names}
    for one in ast.walk(tree):
        if isinstance(one, ast.ImportFrom) and one.module:
            found |= {one.module, *(f"{one.module}.{name.name}" for name in one.names)}
    return found


def within(modules: set[str], wanted: set[str]) -> set[str]:
    return {one for one in wanted if any(module == one or module.startswith(f"{one}.") for module in modules)}


def test_no_module_fetches_or_reads_pages() -> None:
    assert len(list(sources())) > 300
    found = {name_of(path): crawls for path in sources() if _HINT.search(text(path)) and (crawls := within(imported(parsed(path)), CRAWLERS))}
    assert found == ONTO_WEB


def test_only_one_file_speaks_http_and_only_to_what_an_operator_entered() -> None:
    speak = {name_of(path) for path in sources() if "http" in text(path) and within(imported(parsed(path)), {"http.client"})}
    assert speak == {WEB}
    use = {name_of(path) for path in sources() if "adapters" in text(path) and within(imported(parsed(path)), {"cairndesk.response.adapters.web"})}
    assert use == set(BY_THE_OPERATOR)


def test_no_way_out_knows_of_what_was_reported() -> None:
    ways = [path for path in sources() if name_of(path).startswith("response/adapters/")]
    assert len(ways) > 8
    assert {name_of(path): knows for path in ways if (knows := within(imported(parsed(path)), REPORTED))} == {}


def test_no_library_that_crawls_is_among_the_dependencies() -> None:
    locks = [lock for lock in ROOT.glob("requirements*.lock") if "dev" not in lock.name]
    locked = {line.split("==")[0].strip().lower() for lock in locks for line in text(lock).splitlines() if "==" in line}
    assert {"django", "uvicorn"} <= locked
    assert locked & DISTRIBUTIONS == set()


def test_the_search_finds_what_it_looks_for() -> None:
    tree = ast.parse("import urllib.request\ndef f():\n    from html.parser import HTMLParser\n    from bs4 import BeautifulSoup as B")
    assert within(imported(tree), CRAWLERS) == {"urllib.request", "html.parser", "bs4"}
    assert within(imported(ast.parse("from urllib import request")), CRAWLERS) == {"urllib.request"}
    assert within(imported(ast.parse("from urllib.parse import urlsplit")), CRAWLERS) == set()
