"""`ventanilla portal check` tells what the layer's check finds."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import Command

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Found:
    """A mistake as the check describes it."""

    line: int | None
    where: str
    message: str
    severity: str = "error"


FINDINGS = {
    "good.toml": [],
    "old.toml": [Found(12, "password", "6 characters are below today's standards", "warning")],
    "bad.toml": [Found(3, "channels[0].steps", "there is no step 'frm'"), Found(None, "contact", "is missing")],
}


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in FINDINGS:
        (tmp_path / name).touch()
    monkeypatch.setattr("ventanilla.adapters.portal_files.check", lambda path: FINDINGS[path.name])


@pytest.mark.usefixtures("files")
def test_every_mistake_is_told_with_its_place_and_fails(ventanilla: Command):
    result = ventanilla("portal", "check", "good.toml", "bad.toml")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        "good.toml: no mistakes",
        "bad.toml:3: channels[0].steps: there is no step 'frm'",
        "bad.toml: contact: is missing",
    ]


@pytest.mark.usefixtures("files")
def test_a_warning_is_told_and_does_not_fail(ventanilla: Command):
    result = ventanilla("portal", "check", "old.toml")
    assert result.exit_code == 0
    assert result.stdout == "old.toml:12: warning: password: 6 characters are below today's standards\n"


def test_a_file_that_is_not_there_is_said(ventanilla: Command):
    result = ventanilla("portal", "check", "none.toml")
    assert result.exit_code == 2
    assert "none.toml" in result.stderr


def test_the_projects_own_portals_have_no_mistakes(ventanilla: Command):
    portals = sorted((ROOT / "portals").glob("*.toml"))
    assert portals
    result = ventanilla("portal", "check", *portals)
    assert result.exit_code == 0, result.stdout


def test_the_real_check_explains_a_broken_definition(ventanilla: Command, tmp_path: Path):
    demo = (ROOT / "portals" / "demo.toml").read_text(encoding="utf-8")
    (tmp_path / "mine.toml").write_text(demo.replace('steps = ["form", "confirm"]', 'steps = ["frm", "confirm"]'))
    result = ventanilla("portal", "check", "mine.toml")
    assert result.exit_code == 1
    line = demo[: demo.index("steps =")].count("\n") + 1
    assert result.stdout.startswith(f"mine.toml:{line}: ")
    assert "steps" in result.stdout
