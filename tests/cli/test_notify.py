"""`ventanilla notify` posts one notification."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import KEY_ID, Command, KeyPair
from tests.cli.platform_fake import Platform, Play, problem

LETTER = (
    "--to",
    "cedula:1710034065",
    "--portal",
    "demo",
    "--reference",
    "R-1",
    "--subject",
    "Asunto",
    "--body",
    "Hola",
)
DROPPED, LOST = Play(None), Play(None, heeded=True)


def sent(platform: Platform) -> dict[str, object]:
    return dict(json.loads(platform.received[-1].body))


def test_a_notification_is_posted_and_its_id_and_state_are_said(signed: Command, platform: Platform):
    result = signed("notify", *LETTER)
    assert (result.exit_code, result.stdout) == (0, "id-R-1  available\n")
    assert sent(platform) == {
        "reference": "R-1",
        "portal": "demo",
        "recipient": {"kind": "cedula", "number": "1710034065"},
        "subject": "Asunto",
        "body": "Hola",
    }


def test_all_that_is_optional_is_sent_when_given(signed: Command, platform: Platform):
    signed("notify", *LETTER, "--category", "tax", "--locale", "en", "--deadline", "2027-01-15")
    assert sent(platform) | {"category": "tax", "locale": "en", "deadline": {"date": "2027-01-15"}} == sent(platform)


def test_a_deadline_can_be_counted_in_working_days(signed: Command, platform: Platform):
    signed("notify", *LETTER, "--working-days", "10")
    assert sent(platform)["deadline"] == {"working_days": 10}


def test_the_body_can_come_from_a_file_or_from_standard_input(signed: Command, platform: Platform, tmp_path: Path):
    (tmp_path / "letter.md").write_text("**Señora**\n", encoding="utf-8")
    signed("notify", *LETTER[:-1], "@letter.md")
    assert sent(platform)["body"] == "**Señora**\n"
    signed("notify", *LETTER[:-1], "@-", "--reference", "R-2", stdin="from a pipe")
    assert sent(platform)["body"] == "from a pipe"


def test_address_and_key_can_come_from_the_environment(
    ventanilla: Command, platform: Platform, pair: KeyPair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "k").write_bytes(pair.private)
    monkeypatch.setenv("VENTANILLA_URL", platform.url + "/")
    monkeypatch.setenv("VENTANILLA_KEY", "k")
    monkeypatch.setenv("VENTANILLA_KEY_ID", KEY_ID)
    assert ventanilla("notify", *LETTER).exit_code == 0


def test_the_same_notification_again_is_only_confirmed(signed: Command):
    signed("notify", *LETTER)
    assert signed("notify", *LETTER).stdout == "id-R-1  available, it had been accepted before\n"


def test_the_sender_is_told_that_there_is_no_mailbox_yet(signed: Command, platform: Platform):
    waiting = {"id": "id-1", "state": "waiting_for_account", "recipient": {"registered": False}}
    platform.plays["R-1"] = [Play(202, body=waiting, heeded=True)]
    assert "no open mailbox yet" in signed("notify", *LETTER).stdout


def test_a_refusal_is_one_line_and_fails(signed: Command, platform: Platform, pauses: list[float]):
    wrong = [{"field": "recipient.number", "code": "cedula", "message": "is no cédula"}]
    platform.plays["R-1"] = [problem(422, "validation", "Some fields do not fit.", errors=wrong)]
    result = signed("notify", *LETTER)
    assert (result.exit_code, result.stdout, pauses) == (1, "", [])
    assert result.stderr == (
        "ventanilla: 422 validation; Some fields do not fit; recipient.number: is no cédula; request id req-1\n"
    )


def test_a_reference_that_was_used_for_something_else_is_refused(signed: Command):
    signed("notify", *LETTER)
    result = signed("notify", *LETTER[:-1], "Other words")
    assert result.exit_code == 1
    assert "409 reference-taken" in result.stderr


@pytest.mark.parametrize("trouble", [DROPPED, Play(500), Play(503), Play(429)], ids=["drop", "500", "503", "429"])
def test_what_may_pass_is_tried_again_with_a_new_nonce(
    signed: Command, platform: Platform, pauses: list[float], trouble: Play
):
    platform.plays["R-1"] = [trouble, trouble]
    assert signed("notify", *LETTER).exit_code == 0
    assert len({request.nonce for request in platform.received}) == 3
    assert len({request.body for request in platform.received}) == 1
    assert pauses == sorted(pauses)
    assert len(pauses) == 2


def test_an_answer_that_was_lost_does_no_harm(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [LOST]
    result = signed("notify", *LETTER)
    assert (result.exit_code, platform.references) == (0, ["R-1"])
    assert "accepted before" in result.stdout


def test_the_platform_says_how_long_to_wait(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [Play(429, {"Retry-After": "37"})]
    signed("notify", *LETTER)
    assert 37 <= pauses[0] < 60


def test_the_wait_can_be_a_date(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [Play(503, {"Retry-After": "Fri, 01 Jan 2100 00:00:00 GMT"})]
    assert signed("notify", *LETTER).exit_code == 1, "that is too long to wait for"
    platform.plays["R-1"] = [Play(503, {"Retry-After": "Sat, 01 Jan 2000 00:00:00 GMT"})]
    assert signed("notify", *LETTER).exit_code == 0
    assert len(pauses) == 1


def test_who_asks_for_too_long_a_wait_is_not_waited_for(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [Play(429, {"Retry-After": "3600"})]
    assert signed("notify", *LETTER).exit_code == 1
    assert pauses == []


def test_refusals_of_the_rate_end_when_the_patience_does(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [Play(429, {"Retry-After": "10"})] * 100
    assert signed("notify", *LETTER).exit_code == 1
    assert 250 < sum(pauses) < 330


def test_errors_of_the_server_end_after_six_tries(signed: Command, platform: Platform, pauses: list[float]):
    platform.plays["R-1"] = [Play(500)] * 10
    result = signed("notify", *LETTER)
    assert result.exit_code == 1
    assert "500 Internal Server Error" in result.stderr
    assert len(platform.received) == 6


def test_a_server_that_is_not_there_is_said_in_one_line(signed: Command, pauses: list[float]):
    result = signed("notify", *LETTER, "--url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert result.stderr.startswith("ventanilla: no answer from the server: ")
    assert (result.stderr.count("\n"), len(pauses)) == (1, 5)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (LETTER[2:], "--to is missing"),
        (("--to", "1710034065", *LETTER[2:]), "cedula:1710034065"),
        ((*LETTER, "--deadline", "2027-01-15", "--working-days", "3"), "not both"),
        ((*LETTER, "--deadline", "15/01/2027"), "2027"),
        ((*LETTER, "--failed", "x"), "--failed goes with --file"),
        ((*LETTER, "--file", "x"), "everything comes from the file"),
    ],
)
def test_a_mistake_in_the_options_is_explained_and_nothing_is_sent(
    signed: Command, platform: Platform, arguments: tuple[str, ...], complaint: str
):
    result = signed("notify", *arguments)
    assert result.exit_code == 2
    assert complaint in " ".join(result.stderr.split())
    assert platform.received == []


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ((), "no key to sign with: give --key FILE"),
        (("--key", "town.key"), "give --key-id ID"),
        (("--key", "none.key", "--key-id", "a.b"), "none.key: No such file"),
        (("--key", "bad.key", "--key-id", "a.b"), "can't be read"),
        (("--key", "town.key", "--key-id", "a.b", "--url", "platform.example"), "begins with https://"),
        (("--demo", "none.json"), "make run"),
        (("--demo", "bad.json"), "not demo data"),
        (("--demo", "list.json"), "not demo data"),
        (("--demo", "empty.json"), "'institution' is missing"),
    ],
)
def test_a_missing_or_broken_key_is_explained(
    ventanilla: Command, pair: KeyPair, tmp_path: Path, options: tuple[str, ...], complaint: str
):
    (tmp_path / "town.key").write_bytes(pair.private)
    (tmp_path / "bad.key").write_text("not a key")
    (tmp_path / "bad.json").write_text("{")
    (tmp_path / "list.json").write_text("[1]")
    (tmp_path / "empty.json").write_text("{}")
    result = ventanilla("notify", *LETTER, *options)
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert result.stderr.count("\n") <= 2


def test_debugging_shows_the_trace(ventanilla: Command, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VENTANILLA_DEBUG", "1")
    assert type(ventanilla("notify", *LETTER).exception).__name__ == "CommandError"


@pytest.fixture
def demo_data(platform: Platform, pair: KeyPair, tmp_path: Path) -> Path:
    institution = {"id": "town-hall", "key_id": KEY_ID, "private_key": pair.private.decode()}
    file = tmp_path / ".local" / "demo.json"
    file.parent.mkdir()
    file.write_text(json.dumps({"base_url": platform.url, "institution": institution}))
    return file


def test_without_a_key_the_demo_institution_of_this_folder_signs_and_that_is_said(ventanilla: Command, demo_data: Path):
    result = ventanilla("notify", *LETTER)
    assert (result.exit_code, result.stderr) == (0, "Signing as the demo institution of .local/demo.json.\n")


def test_a_key_that_is_given_goes_before_the_demo(signed: Command, demo_data: Path):
    assert signed("notify", *LETTER).stderr == ""


def test_an_address_that_is_given_goes_before_the_demos(ventanilla: Command, demo_data: Path, pauses: list[float]):
    assert "no answer" in ventanilla("notify", *LETTER, "--url", "http://127.0.0.1:9").stderr
