"""Many pages looked through in one document of a browser: a page takes the place of the one before, and what looks at it stays loaded."""

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

WCAG_22_AA = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What may come out otherwise at another width or in other colours; nothing else that axe looks at does.
SEEN = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"]
_TURN = """
function turn(html) {
  const made = new DOMParser().parseFromString(html, "text/html");
  document.replaceChild(document.adoptNode(made.documentElement), document.documentElement);
}
"""
_AXE = """
async ([pages, options]) => {
  const found = {};
  for (const [name, html] of Object.entries(pages)) {
    turn(html);
    const said = await axe.run(document, {...options, resultTypes: ["violations"], preload: false});
    if (said.violations.length) found[name] = said.violations.map(one => [one.id, one.nodes[0].html.slice(0, 160)]);
  }
  return [found, axe.version];
}
"""
_WIDE = """
(pages) => {
  const found = {};
  for (const [name, html] of Object.entries(pages)) {
    turn(html);
    const root = document.documentElement, wide = [];
    if (root.scrollWidth > root.clientWidth) wide.push(`${root.scrollWidth} px`);
    for (const one of document.body.querySelectorAll("*")) {
      const box = one.getBoundingClientRect();
      const isCut = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== "visible" && !one.closest(".scroll");
      const isOut = box.width && !one.closest(".scroll") && (box.left < -1 || box.right > root.clientWidth + 1);
      if (isCut || isOut) wide.push(one.outerHTML.slice(0, 120));
    }
    if (wide.length) found[name] = wide;
  }
  return found;
}
"""
# What a finger or the tab key comes to; links within a sentence are as large as its letters.
_PRESSED = ".out a,button,.button,.row,summary,textarea,input[type=text],.help a,.langs a"
_SMALL = """
([pages, pressed, least]) => {
  const found = {};
  for (const [name, html] of Object.entries(pages)) {
    turn(html);
    const there = [...document.querySelectorAll(pressed)].filter(one => one.offsetParent);
    const small = there.map(one => [one.outerHTML.slice(0, 120), one.getBoundingClientRect()])
      .filter(([_, box]) => box.height < least.height || box.width < least.width);
    if (small.length) found[name] = small.map(([html, box]) => `${box.width}x${box.height} ${html}`);
  }
  return found;
}
"""
_HIDDEN = """
(pages) => {
  const found = {};
  for (const [name, html] of Object.entries(pages)) {
    turn(html);
    const bar = document.querySelector(".out"), hidden = [];
    const reached = [...document.querySelectorAll("a,button,input:not([type=hidden]),textarea,summary")].filter(one => !bar.contains(one));
    scrollTo(0, document.documentElement.scrollHeight);
    for (const one of reached.reverse()) {
      one.focus();
      const isCovered = one.getBoundingClientRect().bottom <= bar.getBoundingClientRect().bottom;
      if (document.activeElement === one && isCovered) hidden.push(one.outerHTML.slice(0, 120));
    }
    if (hidden.length) found[name] = hidden;
  }
  return found;
}
"""


@functools.cache
def _axe() -> str:
    return (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text("utf-8")


def ready(page: Page) -> None:
    """Afterwards `page` is a document that keeps to the standards and has loaded what looks at pages."""
    page.set_content("<!doctype html><title>-</title>")
    page.add_script_tag(content=_axe())
    page.add_script_tag(content=_TURN)


def faults(page: Page, pages: Mapping[str, str], *, rules: Sequence[str] = (), without: Sequence[str] = ()) -> tuple[dict[str, Any], str]:
    """What axe finds on each of `pages`, and its version: by `rules`, or by all of WCAG 2.2 AA and of good practice but `without` some."""
    only = {"type": "rule", "values": list(rules)} if rules else {"type": "tag", "values": WCAG_22_AA}
    options = {"runOnly": only, "rules": {rule: {"enabled": False} for rule in without}}
    found: tuple[dict[str, Any], str] = page.evaluate(_AXE, [dict(pages), options])
    return found


def too_wide(page: Page, pages: Mapping[str, str]) -> dict[str, list[str]]:
    """What makes a page scroll sideways, is cut off, or stands outside."""
    found: dict[str, list[str]] = page.evaluate(_WIDE, dict(pages))
    return found


def too_small(page: Page, pages: Mapping[str, str]) -> dict[str, list[str]]:
    """What can be pressed and is less than 47.5 px high or 24 px wide."""
    found: dict[str, list[str]] = page.evaluate(_SMALL, [dict(pages), _PRESSED, {"height": 47.5, "width": 24}])
    return found


def hidden_in_focus(page: Page, pages: Mapping[str, str]) -> dict[str, list[str]]:
    """What lies under the way out when it comes into focus, going back from the end: going on, the next thing stands below the last."""
    found: dict[str, list[str]] = page.evaluate(_HIDDEN, dict(pages))
    return found
