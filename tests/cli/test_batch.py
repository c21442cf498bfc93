"""`ventanilla batch`: a file is handed over as one batch, followed, and its results kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from cli import batch as command
from tests.cli.conftest import Command
from tests.cli.platform_fake import Platform, Play, problem

LINES = b'{"reference": "A"}\n{"reference": "B"}\n'
RESULTS = [
    {"line": 1, "reference": "A", "status": "accepted", "id": "id-A", "state": "available"},
    {"line": 2, "reference": "B", "status": "refused", "problem": {
        "type": "urn:ventanilla:problem:quota-passed", "detail": "Quota used up", "retryable": True, "errors": []}},
]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "letters.jsonl"
    path.write_bytes(LINES)
    return path


def page(status: str, accepted: int = 0, replayed: int = 0, refused: int = 0, **more: object) -> dict[str, object]:
    progress = {"accepted": accepted, "replayed": replayed, "refused": refused, "left": 0}
    return {"id": "b1", "status": status, "lines": 2, "progress": progress, **more}


@pytest.fixture
def done(platform: Platform) -> Platform:
    """A platform on which the batch is done, with one line refused."""
    platform.plays["batch"] = [Play(202, body=page("running"))]
    platform.pages["/v1/batches/b1"] = page("done", accepted=1, refused=1)
    platform.results = RESULTS
    return platform


def test_a_small_file_goes_in_one_request_and_its_results_are_kept(signed: Command, done: Platform, file: Path) -> None:
    run = signed("batch", file)
    [posted] = [one for one in done.received if one.method == "POST"]
    assert (posted.target, posted.body) == ("/v1/batches", LINES)
    kept = [json.loads(line) for line in Path(f"{file}.results.jsonl").read_text().splitlines()]
    assert kept == RESULTS
    assert run.exit_code == 1, "a line was refused"
    assert run.stdout.strip() == "1 accepted, 1 refused"
    assert "line 2 (reference B): Quota used up; the same again may be accepted later" in run.stderr


def test_where_nothing_was_refused_all_is_well(signed: Command, done: Platform, file: Path, tmp_path: Path) -> None:
    done.pages["/v1/batches/b1"] = page("done", accepted=1, replayed=1)
    run = signed("batch", file, "--results", tmp_path / "kept")
    assert (run.exit_code, run.stdout.strip()) == (0, "1 accepted, 1 replayed")
    assert (tmp_path / "kept").exists()


@pytest.mark.parametrize(("limit", "value"), [("MOST_LINES", 1), ("LARGEST", 10)])
def test_a_large_one_is_declared_uploaded_and_started(
    signed: Command, done: Platform, file: Path, monkeypatch: pytest.MonkeyPatch, limit: str, value: int
) -> None:
    monkeypatch.setattr(command, limit, value)
    link = {
        "url": f"{done.url}/bucket/b1",
        "method": "PUT",
        "headers": {"x-sum": "x", "content-length": str(len(LINES))},
    }
    done.plays["batch"] = [Play(201, body=page("uploading", upload=link)), Play(202, body=page("running"))]
    assert signed("batch", file).exit_code == 1
    declared, started = (one for one in done.received if one.method == "POST")
    wish = {"size": len(LINES), "sha256": hashlib.sha256(LINES).hexdigest()}
    assert json.loads(declared.body) == {"upload": wish}
    assert (started.target, started.body) == ("/v1/batches/b1/start", b"")
    assert done.files["/bucket/b1"] == (LINES, "x")


def test_a_look_that_fails_is_made_again(signed: Command, done: Platform, file: Path, pauses: list[float]) -> None:
    done.plays["GET"] = [problem(503, "internal", "again"), Play(None), Play(200, body=page("running", accepted=1))]
    assert signed("batch", file).exit_code == 1
    assert len(pauses) == 3


def test_a_refusal_of_the_whole_file_is_told(signed: Command, done: Platform, file: Path) -> None:
    why = {"type": "x", "detail": "Check the details", "retryable": False, "errors": [
        {"field": "body", "code": "lines_most", "message": "Divide it."}]}  # fmt: skip
    done.pages["/v1/batches/b1"] = page("refused", problem=why)
    run = signed("batch", file)
    assert (run.exit_code, run.stdout) == (1, "")
    assert "refused: body: Divide it." in run.stderr


def test_what_is_not_taken_at_all_is_told_in_one_line(signed: Command, platform: Platform, file: Path) -> None:
    platform.plays["batch"] = [problem(403, "institution-suspended", "The institution may not notify")]
    run = signed("batch", file)
    assert run.exit_code == 1
    assert "403 institution-suspended; The institution may not notify" in run.stderr


def test_a_file_that_is_not_there_is_named(signed: Command, tmp_path: Path) -> None:
    run = signed("batch", tmp_path / "none.jsonl")
    assert run.exit_code == 1
    assert "none.jsonl: No such file" in run.stderr
