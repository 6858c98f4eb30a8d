"""Somebody who uses the portal in a browser; every request the browser makes is written down."""

from dataclasses import dataclass, field

from playwright.sync_api import Page, Request
from tests.intake.portal.rae import Portal


@dataclass
class Visitor:
    """A person before a browser that runs no script."""

    address: str
    portal: Portal
    page: Page
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    def opens(self, path: str = "/") -> None:
        self.page.goto(self.address + path)

    def presses(self, name: str) -> None:
        """Press the button and wait for the page that it leads to."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name, exact=False).first.click()

    def ticks(self, label: str) -> None:
        self.page.get_by_label(label, exact=True).check()

    def foreign(self) -> list[str]:
        """Requests that went anywhere but to the portal."""
        return [url for url in self.asked if not url.startswith((self.address, "data:"))]
