"""`ventanilla notify --file` posts many notifications, and says what became of each."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.client import InstitutionClient
from cli.sending import Line, Result, send_all
from tests.cli.conftest import KEY_ID, Command, KeyPair
from tests.cli.platform_fake import Platform, Play, problem


def line(reference: str) -> str:
    return json.dumps({"reference": reference, "subject": "ñ"}, ensure_ascii=False)


@pytest.fixture
def many(tmp_path: Path) -> Path:
    file = tmp_path / "many.jsonl"
    file.write_text("".join(f"{line(f'R-{number:02}')}\n" for number in range(1, 31)), encoding="utf-8")
    return file


def test_every_line_is_posted_and_counted(signed: Command, platform: Platform, many: Path):
    result = signed("notify", "--file", many)
    assert (result.exit_code, result.stdout, result.stderr) == (0, "30 accepted\n", "")
    assert platform.references == [f"R-{number:02}" for number in range(1, 31)]


def test_a_file_sent_again_is_only_confirmed(signed: Command, many: Path):
    signed("notify", "--file", many)
    assert signed("notify", "--file", many).stdout == "30 replayed\n"


def test_lines_can_come_from_standard_input(signed: Command, platform: Platform):
    result = signed("notify", "--file", "-", stdin=f"{line('R-1')}\n\n{line('R-2')}")
    assert (result.stdout, platform.references) == ("2 accepted\n", ["R-1", "R-2"])


def test_lines_can_come_from_a_pipe_that_is_read_once(signed: Command, platform: Platform, tmp_path: Path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=pipe.write_text, args=(f"{line('R-1')}\n",))
    writer.start()
    assert signed("notify", "--file", pipe).stdout == "1 accepted\n"
    writer.join()


def test_a_byte_order_mark_and_the_line_ends_of_windows_do_not_matter(signed: Command, platform: Platform, tmp_path):
    (tmp_path / "w.jsonl").write_bytes(b"\xef\xbb\xbf" + f"{line('R-1')}\r\n{line('R-2')}\r\n".encode())
    assert signed("notify", "--file", "w.jsonl").exit_code == 0
    assert platform.references == ["R-1", "R-2"]


def test_each_refused_line_is_told_with_number_reference_and_reason(
    signed: Command, platform: Platform, tmp_path: Path, pauses: list[float]
):
    wrong = [{"field": "recipient.number", "code": "cedula", "message": "is no cédula"}]
    platform.plays["R-2"] = [problem(422, "validation", "Some fields do not fit.", errors=wrong)]
    platform.letters["R-6"] = b"other content"
    bodies = [line("R-1"), line("R-2"), "", "{broken", "[]", line("R-6"), line("R-7")]
    (tmp_path / "mixed.jsonl").write_text("\n".join(bodies), encoding="utf-8")
    result = signed("notify", "--file", "mixed.jsonl", "--failed", "rest.jsonl")
    assert (result.exit_code, result.stdout) == (1, "2 accepted, 4 refused\n")
    told = result.stderr.splitlines()
    assert told[0].startswith("line 2 (reference R-2): 422 validation; Some fields do not fit; recipient.number: is no")
    assert told[1].startswith("line 4: not JSON: ")
    assert told[2] == "line 5: not a JSON object"
    assert told[3].startswith("line 6 (reference R-6): 409 reference-taken; ")
    assert told[4] == "The 4 to be mended or sent again: rest.jsonl"
    rest = (tmp_path / "rest.jsonl").read_text(encoding="utf-8")
    assert rest.splitlines() == [line("R-2"), "{broken", "[]", line("R-6")]


def test_the_lines_that_failed_can_be_mended_and_sent_again(signed: Command, platform: Platform, tmp_path: Path):
    platform.plays["R-2"] = [problem(422, "validation", "No.")]
    (tmp_path / "two.jsonl").write_text(f"{line('R-1')}\n{line('R-2')}\n", encoding="utf-8")
    assert signed("notify", "--file", "two.jsonl", "--failed", "rest.jsonl").exit_code == 1
    assert signed("notify", "--file", "rest.jsonl").stdout == "1 accepted\n"
    assert platform.references == ["R-1", "R-2"]


def test_the_file_of_failures_is_the_senders_alone_and_holds_nothing_old(signed: Command, many: Path, tmp_path: Path):
    rest = tmp_path / "rest.jsonl"
    signed("notify", "--file", many, "--failed", rest)
    assert stat.S_IMODE(rest.stat().st_mode) == 0o600
    rest.write_text("of an earlier run\n" * 100)
    signed("notify", "--file", many, "--failed", rest)
    assert rest.read_text() == ""


def test_the_file_that_is_posted_is_never_overwritten(signed: Command, platform: Platform, many: Path):
    before = many.read_bytes()
    result = signed("notify", "--file", many, "--failed", f"../{many.parent.name}/many.jsonl")
    assert (result.exit_code, many.read_bytes(), platform.received) == (1, before, [])
    assert "would overwrite" in result.stderr


@pytest.mark.parametrize(("option", "value"), [("--file", "none.jsonl"), ("--failed", "no/folder/x")])
def test_a_file_that_cannot_be_opened_is_said_before_anything_is_sent(
    signed: Command, platform: Platform, many: Path, option: str, value: str
):
    result = signed("notify", "--file", many, option, value)
    assert (result.exit_code, result.stderr, platform.received) == (
        1,
        f"ventanilla: {value}: No such file or directory\n",
        [],
    )


def test_an_empty_file_is_no_failure(signed: Command, tmp_path: Path):
    (tmp_path / "empty.jsonl").touch()
    assert signed("notify", "--file", "empty.jsonl").stdout == "nothing to post\n"


def test_troubles_that_pass_cost_no_line(signed: Command, platform: Platform, many: Path, pauses: list[float]):
    platform.plays["R-03"] = [Play(None), Play(500), Play(429, {"Retry-After": "2"})]
    platform.plays["R-17"] = [Play(None, heeded=True), Play(503)]
    result = signed("notify", "--file", many)
    assert (result.exit_code, result.stdout) == (0, "29 accepted, 1 replayed\n")
    assert len(platform.received) == 30 + 5
    assert len({request.nonce for request in platform.received}) == 35
    assert max(pauses) >= 2


def test_a_line_that_breaks_the_server_holds_up_no_other(signed: Command, platform: Platform, many: Path, pauses):
    platform.plays["R-05"] = [Play(500)] * 100
    assert signed("notify", "--file", many).stdout == "29 accepted, 1 refused\n"


@pytest.mark.usefixtures("pauses")
@pytest.mark.parametrize(
    "trouble", [Play(None), problem(401, "signature", "Revoked."), Play(429, {"Retry-After": "9999"})]
)
def test_what_would_befall_every_line_ends_the_run(
    signed: Command, platform: Platform, many: Path, tmp_path: Path, trouble: Play
):
    platform.plays["R-10"] = [trouble] * 100
    result = signed("notify", "--file", many, "--failed", "rest.jsonl", "--jobs", "1")
    assert (result.exit_code, result.stdout) == (1, "9 accepted, 1 refused, 20 not sent\n")
    assert "line 10 (reference R-10)" in result.stderr
    assert len((tmp_path / "rest.jsonl").read_text(encoding="utf-8").splitlines()) == 21


def test_jobs_work_at_the_same_time(platform: Platform, pair: KeyPair):
    together = threading.Barrier(4, timeout=10)

    class Waiting(InstitutionClient):
        def post(self, notification):
            together.wait()  # breaks unless four posts are under way
            return super().post(notification)

    with Waiting(platform.url, KEY_ID, pair.private) as client:
        lines = (Line(number, line(f"R-{number}").encode()) for number in range(8))
        assert [outcome.result for outcome in send_all(lines, client, jobs=4)] == [Result.ACCEPTED] * 8


def test_no_more_is_read_than_is_sent(platform: Platform, pair: KeyPair):
    read: list[int] = []

    def endless() -> Iterator[Line]:
        while True:
            read.append(len(read))
            yield Line(len(read), line(f"R-{len(read)}").encode())

    with InstitutionClient(platform.url, KEY_ID, pair.private) as client:
        outcomes = send_all(endless(), client, jobs=2)
        assert next(outcomes).result is Result.ACCEPTED
        outcomes.close()
    assert len(read) == 3


def test_an_interrupt_ends_the_pauses_and_keeps_the_old_failures(
    signed: Command, platform: Platform, many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    platform.plays["R-01"] = [Play(429, {"Retry-After": "200"})]
    (tmp_path / "rest.jsonl").write_text("of an earlier run\n")
    asked = threading.Event()

    def interrupting(lines: object, client: InstitutionClient, *, jobs: int):
        for outcome in send_all([Line(1, line("R-01").encode()), Line(2, line("R-02").encode())], client, jobs=jobs):
            yield outcome
            asked.set()
            raise KeyboardInterrupt

    monkeypatch.setattr("cli.bulk.send_all", interrupting)
    result = signed("notify", "--file", many, "--failed", "rest.jsonl")
    assert asked.is_set()
    assert result.exit_code == 130
    assert "Post the whole file again" in result.stderr
    assert (tmp_path / "rest.jsonl").read_text() == "of an earlier run\n"
