"""What the pages weigh, and when they can be used on a slow phone: Chromium with a quarter of this processor."""

from __future__ import annotations

import gzip
import shutil
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Response, sync_playwright

from bench.report import Section, Value
from local.site import Local

PAGES = ("/", "/ipsot/", "/demo/register", "/seps/register", "/ibarra/register", "/demo/sign-in")
MOST_BYTES = 150_000  # of the first page, compressed
MOST_TIME = 1_000.0  # milliseconds
MOST_SHIFT = 0.01
_SLOWDOWN = 4
_ROUNDS = 5
_WATCH = """
window.seen = {drawn: null, busy: 0, shift: 0};
new PerformanceObserver((list) => list.getEntries().forEach((one) => (seen.busy = one.startTime + one.duration)))
  .observe({type: "longtask", buffered: true});
new PerformanceObserver((list) => list.getEntries().forEach((one) => (seen.shift += one.value)))
  .observe({type: "layout-shift", buffered: true});
(function look() {
  if (document.querySelector("main h1")) seen.drawn = performance.now();
  else requestAnimationFrame(look);
})();
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit with an empty cache: bytes as a distribution sends them, milliseconds, and the sum of shifts."""

    size: int
    ready: float
    shift: float


def measure() -> Section:
    """Visit each page some times."""
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with TemporaryDirectory() as folder, Local(data_dir=Path(folder)) as site, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=["--no-sandbox"])
        try:
            rows = [_row(browser, site.base_url, path) for path in PAGES]
        finally:
            browser.close()
    note = f"compressed with gzip; {_SLOWDOWN} times slower processor, 360 by 740 pixels, medians of {_ROUNDS} visits"
    return Section("pages", rows, [note])


def _row(browser: Browser, base_url: str, path: str) -> dict[str, Value]:
    visits = [_visit(browser, base_url + path) for _ in range(_ROUNDS)]
    size, ready = max(one.size for one in visits), median(one.ready for one in visits)
    shift = max(one.shift for one in visits)
    fits = size < MOST_BYTES and ready < MOST_TIME and shift < MOST_SHIFT
    return {"page": path, "KB": size / 1000, "ready ms": ready, "shift": round(shift, 4), "in bounds": fits}


def _visit(browser: Browser, url: str) -> Visit:
    context = browser.new_context(viewport={"width": 360, "height": 740}, locale="es-EC")
    context.add_init_script(_WATCH)
    page = context.new_page()
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))  # noqa: PLW0108  # Playwright marks what it is given
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": _SLOWDOWN})
    page.goto(url, wait_until="networkidle")
    page.wait_for_selector("main h1")
    seen = page.evaluate("window.seen")
    size = sum(len(gzip.compress(answer.body(), 6)) for answer in answers if answer.ok)
    context.close()
    return Visit(size, max(seen["drawn"], seen["busy"]), seen["shift"])
