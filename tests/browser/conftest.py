"""A site in a process of its own, Debian's Chromium before it, and a visitor of each width."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from tests.browser.browsing import ROOT, Site, Visitor

WIDTHS = (360, 1280)
_START = 120  # seconds until the site must stand
_PATIENCE = 60_000  # milliseconds that a busy machine may take to show something


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark everything here: it runs apart, since Playwright's event loop must not live in other tests' processes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site on a free port."""
    folder = tmp_path_factory.mktemp("site")
    environment = {**os.environ, "PORT": "0", "LOCAL_DIR": str(folder), "STORE": "moto", "RUNTIME": "inproc"}
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            [sys.executable, "-m", "local"], cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        assert process.stdout is not None
        try:
            told = [process.stdout.readline()]
            while told[-1] and not told[-1].startswith("Ctrl-C"):
                told.append(process.stdout.readline())
            assert told[-1], (folder / "log").read_text(encoding="utf-8")
            demo = json.loads((folder / "demo.json").read_text(encoding="utf-8"))
            yield Site(demo["base_url"], demo, folder)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The driver."""
    expect.set_options(timeout=_PATIENCE)
    with sync_playwright() as driver:
        yield driver


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if program is None:
        pytest.fail("the browser tests need Chromium: on Debian and Ubuntu, apt-get install chromium", pytrace=False)
    # as root, Chromium refuses its sandbox; only our own pages are opened
    args = ["--no-sandbox"] if os.geteuid() == 0 else []
    browser = playwright.chromium.launch(executable_path=program, args=args)
    yield browser
    browser.close()


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest) -> int:
    """The screen's width: a phone's, then a desk's. `@pytest.mark.parametrize("width", [360])` asks for one alone."""
    return int(request.param)


@pytest.fixture
def visitor(site: Site, browser: Browser, width: int) -> Iterator[Visitor]:
    """Somebody without a session; at the end, no error in the console and nothing that the policy refused."""
    before = len(site.call("GET", "/_local/csp")["items"])
    context = browser.new_context(
        viewport={"width": width, "height": 800}, locale="es-EC", timezone_id="America/Guayaquil", accept_downloads=True
    )
    context.set_default_timeout(_PATIENCE)
    visitor = Visitor(site, context, context.new_page(), width)
    yield visitor
    context.close()
    assert not visitor.faults, "\n".join(visitor.faults)
    refused = site.call("GET", "/_local/csp")["items"][before:]
    assert len(refused) <= visitor.tolerated, refused
