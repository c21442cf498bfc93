"""What the browser tests do on every page: look at it, and demand that it is whole."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pyotp
from playwright.sync_api import BrowserContext, ConsoleMessage, Page

ROOT = Path(__file__).resolve().parents[2]
SCREENS = ROOT / "build" / "screens"
_AXE = (Path(__file__).parent / "vendor" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@dataclass(frozen=True, slots=True)
class Site:
    """A running site: its address and its demo data, and what only the local one tells."""

    url: str
    demo: dict[str, Any]
    folder: Path
    sessions: dict[str, Any] = field(default_factory=dict)  # cookies of the staff, by role: a code serves once

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Send JSON, return JSON (or None); names of headers take hyphens for underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection = HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), sent)
            answer = connection.getresponse().read()
            return json.loads(answer) if answer else None
        finally:
            connection.close()

    def mails(self, to: str) -> list[dict[str, str]]:
        """Return the mails to an address, newest first, once everything that was owed is sent."""
        self.call("POST", "/_local/settle", {})
        items: list[dict[str, str]] = self.call("GET", f"/_local/outbox?to={quote(to)}")["items"]
        return items

    def link(self, to: str) -> str:
        """Return the link of the newest mail to an address."""
        found = re.search(rf"{re.escape(self.url)}/\S*#token=[^\s\"<>]+", self.mails(to)[0]["text"])
        assert found, self.mails(to)[0]["text"]
        return found[0]

    def advance(self, seconds: float) -> None:
        """Move the clock ahead."""
        self.call("POST", "/_local/clock", {"advance": seconds})


@dataclass
class Visitor:
    """Somebody before a browser of one width, who finds fault with whatever a page does wrong.

    `forgive(text)` lets messages of the console pass that a test provokes (a refusal that the browser logs).
    """

    site: Site
    context: BrowserContext
    page: Page
    width: int
    faults: list[str] = field(default_factory=list)
    forgiven: list[str] = field(default_factory=list)
    judging: bool = False  # axe makes styles of its own, which the policy refuses as it should
    tolerated: int = 0  # reports of that

    def __post_init__(self) -> None:
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.faults.append(f"error on {self.page.url}: {error}"))

    def forgive(self, text: str) -> None:
        """Let console messages pass in which this text stands."""
        self.forgiven.append(text)

    def open(self, path: str) -> Page:
        """Open a page and wait until it is drawn."""
        self.page.goto(path if path.startswith("http") else self.site.url + path)
        self.page.wait_for_selector("main h1")
        return self.page

    def shot(self, name: str) -> None:
        """Leave a picture of the whole page in build/screens, and demand that nothing is cut off at the side."""
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.locator("main > .waiting").wait_for(state="detached")
        self.page.screenshot(path=SCREENS / f"{name}-{self.width}.png", full_page=True, animations="disabled")
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        assert wide <= self.width, f"{name} is {wide} wide on a screen of {self.width}"

    def axe(self) -> None:
        """Demand that the page as it stands breaks no rule of WCAG 2.2 AA that axe-core knows."""
        options = {"runOnly": {"type": "tag", "values": _RULES}, "resultTypes": ["violations"], "preload": False}
        self.judging = True
        self.page.evaluate(f"() => {{ {_AXE}; window.axe = axe }}")
        found = self.page.evaluate("(options) => axe.run(document, options)", options)
        self.judging = False
        told = [
            f"{one['id']}: {one['help']}: {node['html'][:200]}" for one in found["violations"] for node in one["nodes"]
        ]
        assert not told, "\n".join([self.page.url, *told])

    def look(self, name: str) -> None:
        """Take the picture, and let axe judge."""
        self.shot(name)
        self.axe()

    def sign_in(self, who: dict[str, str], *, code: str | None = None) -> None:
        """Sign in by the API: the session's cookie is then the browser's."""
        said = {name: who[name] for name in ("portal", "identifier", "password")}
        origin = {"Origin": self.site.url}
        answer = self.context.request.post(f"{self.site.url}/v1/sessions", data=said, headers=origin)
        assert answer.status == 201, answer.text()
        if code is not None:
            path = f"{self.site.url}/v1/sessions/current/second-factor"
            answer = self.context.request.post(path, data={"code": code}, headers=origin)
            assert answer.ok, answer.text()

    def enter_as(self, role: str) -> None:
        """Be somebody of the demo staff; the session is the same in all tests, since a code of the app serves once."""
        if role not in self.site.sessions:
            who = self.site.demo["staff"][role]
            self.sign_in(who, code=pyotp.TOTP(who["totp_secret"]).now())
            self.site.sessions[role] = self.context.cookies()
        self.context.add_cookies(self.site.sessions[role])

    def press(self, *keys: str) -> None:
        """Press keys, one after the other."""
        for key in keys:
            self.page.keyboard.press(key)

    def _heard(self, message: ConsoleMessage) -> None:
        if self.judging and "Content Security Policy" in message.text:
            self.tolerated += 1
            return
        text = f"{message.text} ({message.location.get('url', '')})"
        if message.type in ("error", "warning") and not any(one in text for one in self.forgiven):
            self.faults.append(f"console on {self.page.url}: {text}")
