"""Batches over HTTP: handed over, posted line by line, and told line by line what became of them."""

import hashlib
import json
from typing import Any
from unittest.mock import patch

import httpx
import pytest

from cli import batch as command
from cli.client import InstitutionClient
from tests.flows.test_attachments import declare as declare_attachment
from tests.flows.town import Town, codes, draft, expect, new_number, problem, states
from tests.makers import break_check_digit
from ventanilla.domain.batches import LARGEST_AT_ONCE, LONGEST_LINE, MOST_LINES_AT_ONCE


@pytest.fixture(autouse=True, scope="module")
def small_chunks():
    """Chunks of four lines: moto copies its tables for each transaction, and stands still for a chunk's time."""
    with patch("ventanilla.domain.batches._MOST_LINES_OF_A_CHUNK", 4):
        yield


def lines_of(letters: list[dict[str, Any]]) -> bytes:
    return "".join(f"{json.dumps(letter, ensure_ascii=False)}\n" for letter in letters).encode()


def finished(town: Town, sender: InstitutionClient, batch_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """A batch once all is settled, and its results."""
    town.local.settle()
    shown = expect(sender.batch(batch_id), 200)
    assert shown["status"] == "done"
    assert shown["results"] == {"url": f"{town.local.base_url}/v1/batches/{batch_id}/results"}
    led = sender.batch_results(batch_id)
    assert (led.status_code, led.content) == (302, b"")
    file = httpx.get(led.headers["location"])
    assert (file.status_code, file.headers["content-type"]) == (200, "application/x-ndjson")
    return shown, [json.loads(line) for line in file.text.splitlines()]


def run(town: Town, content: bytes, sender: InstitutionClient | None = None) -> list[dict[str, Any]]:
    """Hand lines over in a body; their results."""
    sender = sender or town.sender
    begun = expect(sender.run_batch(content), 202)
    return finished(town, sender, begun["id"])[1]


def uploaded(sender: InstitutionClient, content: bytes) -> dict[str, Any]:
    """Declare a file and upload it; what was answered."""
    declared = expect(sender.declare_batch(len(content), hashlib.sha256(content).hexdigest()), 201)
    upload = declared["upload"]
    assert httpx.put(upload["url"], headers=upload["headers"], content=content).status_code == 200
    return dict(declared)


class TestInABody:
    def test_each_line_becomes_a_notification_that_is_alerted_to_and_read(self, town):
        citizens = [town.settler() for _ in range(2)]
        begun = expect(town.sender.run_batch(lines_of([draft(one) for one in citizens])), 202)
        assert (begun["status"], begun["lines"]) == ("running", 2)
        assert begun["progress"] == {"accepted": 0, "replayed": 0, "refused": 0, "left": 2}
        shown, results = finished(town, town.sender, begun["id"])
        assert (shown["lines"], shown["progress"]) == (2, {"accepted": 2, "replayed": 0, "refused": 0, "left": 0})
        for citizen, result in zip(citizens, results, strict=True):
            assert (result["status"], result["state"]) == ("accepted", "available")
            assert len(citizen.mails()) == 1
            assert expect(citizen.open(result["id"]), 200)["reference"] == result["reference"]
            assert states(expect(town.sender.get(result["id"]), 200))[-1] == "opened"

    def test_results_stand_in_the_order_of_the_lines_with_their_numbers(self, town):
        letters = [draft(new_number()) for _ in range(10)]
        content = b"\xef\xbb\xbf" + lines_of(letters[:5]) + b"\r\n  \n" + lines_of(letters[5:]).rstrip(b"\n")
        results = run(town, content)
        assert [result["reference"] for result in results] == [letter["reference"] for letter in letters]
        assert [result["line"] for result in results] == [*range(1, 6), *range(8, 13)]
        assert {result["state"] for result in results} == {"waiting_for_account"}

    def test_the_same_file_again_is_only_confirmed(self, town):
        letters = [draft(new_number()) for _ in range(3)]
        first = run(town, lines_of(letters))
        again = run(town, lines_of([*letters, letters[0]]))
        assert [result["status"] for result in again] == ["replayed"] * 4
        assert [result["id"] for result in again] == [*(result["id"] for result in first), first[0]["id"]]

    def test_a_line_that_stands_twice_in_a_file_is_one_notification(self, town):
        letter = draft(new_number())
        one, two = run(town, lines_of([letter, letter]))
        assert (one["status"], two["status"], one["id"]) == ("accepted", "replayed", two["id"])

    def test_the_feed_tells_of_them_in_order(self, town):
        with town.institution("gad-feed") as sender:
            letters = [draft(new_number()) for _ in range(5)]
            run(town, lines_of(letters), sender)
            told = [one["reference"] for one in sender.events().json()["items"] if one["state"] == "accepted"]
            assert told == [letter["reference"] for letter in letters]


class TestUploaded:
    def test_a_file_is_declared_uploaded_started_and_done(self, town):
        letters = [draft(new_number()) for _ in range(4)]
        declared = uploaded(town.sender, lines_of(letters))
        assert (declared["status"], declared["lines"], declared["upload"]["method"]) == ("uploading", None, "PUT")
        assert declared["progress"]["left"] is None
        started = expect(town.sender.start_batch(declared["id"]), 202)
        assert started["status"] == "running"
        shown, results = finished(town, town.sender, declared["id"])
        assert (shown["lines"], [result["status"] for result in results]) == (4, ["accepted"] * 4)
        assert "upload" not in shown
        assert expect(town.sender.start_batch(declared["id"]), 202)["status"] == "done", "once is enough"

    def test_it_does_not_start_before_its_file_is_there(self, town):
        declared = expect(town.sender.declare_batch(10, "0" * 64), 201)
        body = problem(town.sender.start_batch(declared["id"]), 422, "validation", "upload")
        assert (codes(body), body["retryable"]) == ({"upload": "upload_missing"}, True)

    def test_another_file_is_refused_by_the_store_and_so_is_a_second_one(self, town):
        content = lines_of([draft(new_number())])
        declared = expect(town.sender.declare_batch(len(content), hashlib.sha256(content).hexdigest()), 201)
        upload = declared["upload"]
        other = content.replace(b"demo", b"omed")
        assert httpx.put(upload["url"], headers=upload["headers"], content=other).status_code == 400
        assert httpx.put(upload["url"], headers=upload["headers"], content=content).status_code == 200
        assert httpx.put(upload["url"], headers=upload["headers"], content=content).status_code == 412

    def test_a_file_without_a_line_is_refused_as_a_whole(self, town):
        declared = uploaded(town.sender, b"\n \n")
        expect(town.sender.start_batch(declared["id"]), 202)
        town.local.settle()
        shown = expect(town.sender.batch(declared["id"]), 200)
        assert (shown["status"], "results" in shown) == ("refused", False)
        assert shown["problem"]["errors"][0]["code"] == "lines_none"

    def test_there_are_no_results_before_it_is_done(self, town):
        declared = uploaded(town.sender, b"{}\n")
        body = problem(town.sender.batch_results(declared["id"]), 409, "batch-not-done")
        assert body["retryable"] is True


@pytest.fixture(scope="module")
def wrong(town) -> dict[str, tuple[bytes, str, set[tuple[str, str]], bool]]:
    known = draft(new_number())
    expect(town.sender.post(known), 202)
    not_uploaded = declare_attachment(town.sender)["attachment_id"]

    def line(**changes: Any) -> bytes:
        return json.dumps({**draft(new_number()), **changes}).encode()

    def refused(content: bytes, *faults: tuple[str, str], retryable: bool = False) -> Any:
        return content, "validation", set(faults), retryable

    cedula = {"kind": "cedula", "number": break_check_digit(new_number())}
    return {
        "unknown kind": refused(
            line(recipient={"kind": "phone", "number": "0991234567"}), ("recipient.kind", "choice")
        ),
        "malformed cédula": refused(line(recipient=cedula), ("recipient.number", "cedula_check_digit")),
        "endless number": refused(
            line(recipient={"kind": "cedula", "number": "1" * 5000}), ("recipient.number", "too_long")
        ),
        "over-long subject": refused(line(subject="x" * 201), ("subject", "too_long")),
        "HTML in Markdown": refused(line(body="<b>no</b>"), ("body", "markdown_html")),
        "deadline past": refused(line(deadline={"date": "2020-01-01"}), ("deadline.date", "deadline_past")),
        "attachment unknown": refused(line(attachments=["a" * 26]), ("attachments.0", "attachment_unknown")),
        "attachment not uploaded": refused(
            line(attachments=[not_uploaded]), ("attachments.0", "attachment_missing"), retryable=True
        ),
        "unknown field": refused(line(trusted=True), ("trusted", "unknown_field")),
        "field missing": refused(b"{}", *((name, "missing") for name in ("reference", "portal", "recipient", "subject", "body"))),
        "two at once": refused(
            line(subject="", locale="fr"), ("subject", "too_short"), ("locale", "choice")
        ),
        "reference taken": (
            json.dumps({**known, "subject": "Otro"}).encode(), "reference-taken", {("reference", "reference_taken")}, False
        ),
        "portal not allowed": (
            line(portal="ipsot"), "portal-not-allowed", {("portal", "portal_not_allowed")}, False
        ),
        "malformed JSON": (b'{"reference": ', "malformed-body", set(), False),
        "no object": (b"[1]", "malformed-body", set(), False),
        "not UTF-8": (b'{"reference": "\xff"}', "malformed-body", set(), False),
        "too long": (line(body="x" * LONGEST_LINE), "too-large", set(), False),
    }  # fmt: skip


@pytest.fixture(scope="module")
def results(town, wrong):
    """The results of a file with all of them, a good line before and behind each."""
    content = b"".join(lines_of([draft(new_number())]) + said + b"\n" for said, *_ in wrong.values()) + lines_of(
        [draft(new_number())]
    )
    results = run(town, content)
    assert [result["status"] for result in results[::2]] == ["accepted"] * (len(wrong) + 1)
    return dict(zip(wrong, results[1::2], strict=True))


class TestBadInput:
    """Each line is refused by the code, the field and the `retryable` of the call itself; the good ones go through."""

    CASES = (
        "unknown kind", "malformed cédula", "endless number", "over-long subject", "HTML in Markdown", "deadline past",
        "attachment unknown", "attachment not uploaded", "unknown field", "field missing", "two at once",
        "reference taken", "portal not allowed", "malformed JSON", "no object", "not UTF-8", "too long",
    )  # fmt: skip

    @pytest.mark.parametrize("case", CASES)
    def test_a_line_and_a_call_are_refused_alike(self, town, wrong, results, case):
        content, slug, faults, retryable = wrong[case]
        told, called = results[case]["problem"], town.sender.post(content).json()
        assert results[case]["status"] == "refused"
        assert told["type"] == called["type"] == f"urn:ventanilla:problem:{slug}"
        assert told["retryable"] is called["retryable"] is retryable
        assert told["errors"] == called.get("errors", [])
        assert {(one["field"], one["code"]) for one in told["errors"]} == faults
        assert told["detail"] == called["detail"]

    def test_all_cases_are_looked_at(self, wrong):
        assert set(self.CASES) == set(wrong)

    def test_a_reference_that_is_taken_names_the_first_notification(self, results):
        assert len(results["reference taken"]["id"]) == 26


class TestTheBodyItself:
    @pytest.mark.parametrize("content", [b"", b"\n", b" \r\n\n"])
    def test_no_lines_are_refused(self, town, content):
        body = problem(town.sender.run_batch(content), 422, "validation", "body")
        assert codes(body) == {"body": "lines_none"}

    def test_more_lines_than_a_body_may_have_are_refused(self, town):
        body = problem(town.sender.run_batch(b"{}\n" * (MOST_LINES_AT_ONCE + 1)), 422, "validation", "body")
        assert codes(body) == {"body": "lines_many"}

    def test_more_bytes_than_a_body_may_have_are_refused(self, town):
        problem(town.sender.run_batch(b" " * (LARGEST_AT_ONCE + 1)), 413, "batch-too-large")

    @pytest.mark.parametrize("media_type", ["application/x-ndjson", "application/jsonl", "Application/X-NDJSON"])
    def test_json_lines_have_two_names(self, town, media_type):
        content = lines_of([draft(new_number())])
        expect(town.sender.request("POST", "/v1/batches", body=content, content_type=media_type), 202)

    @pytest.mark.parametrize("media_type", ["text/plain", "application/json-lines", "text/csv"])
    def test_another_type_is_refused_with_those_that_are_taken(self, town, media_type):
        answer = town.sender.request("POST", "/v1/batches", body=b"{}\n", content_type=media_type)
        assert "application/x-ndjson" in problem(answer, 415, "unsupported-media-type")["detail"]

    @pytest.mark.parametrize(
        ("wish", "field", "code"),
        [
            ({}, "upload", "missing"),
            ({"upload": {"size": 0, "sha256": "0" * 64}}, "upload.size", "number_small"),
            ({"upload": {"size": 2**30 + 1, "sha256": "0" * 64}}, "upload.size", "number_large"),
            ({"upload": {"size": 5, "sha256": "no"}}, "upload.sha256", "form"),
            ({"upload": {"size": 5, "sha256": "0" * 64, "place": "x"}}, "upload.place", "unknown_field"),
        ],
    )
    def test_a_declaration_of_another_shape_is_refused_by_field(self, town, wish, field, code):
        answer = town.sender.request("POST", "/v1/batches", body=json.dumps(wish).encode())
        assert codes(problem(answer, 422, "validation", field)) == {field: code}


class TestWhoMay:
    def test_another_institution_finds_no_batch(self, town):
        batch_id = expect(town.sender.run_batch(lines_of([draft(new_number())])), 202)["id"]
        with town.institution("gad-otro") as other:
            for answer in (other.batch(batch_id), other.start_batch(batch_id), other.batch_results(batch_id)):
                problem(answer, 404, "not-found")

    @pytest.mark.parametrize("batch_id", ["x", "a" * 26, "a" * 3000, "~" * 26])
    def test_what_is_no_batch_is_not_found(self, town, batch_id):
        problem(town.sender.batch(batch_id), 404, "not-found")

    @pytest.mark.parametrize(
        ("method", "path"),
        [("POST", ""), ("GET", "/x"), ("POST", "/x/start"), ("GET", "/x/results")],
    )
    def test_nobody_without_a_signature(self, town, method, path):
        problem(town.http.request(method, f"/v1/batches{path}"), 401, "signature-missing")

    def test_the_link_to_results_can_not_be_changed(self, town):
        begun = expect(town.sender.run_batch(lines_of([draft(new_number())])), 202)
        finished(town, town.sender, begun["id"])
        link = town.sender.batch_results(begun["id"]).headers["location"]
        assert httpx.get(link.replace("results.jsonl", "lines.jsonl")).status_code == 403
        assert httpx.put(link, content=b"x").status_code == 403


class TestQuotas:
    def test_a_call_and_a_line_past_the_days_quota_are_refused_for_now(self, town):
        from ventanilla.usecases.institutions import set_daily_quota
        from ventanilla.wiring import services

        made = services()
        with town.institution("gad-cupo") as sender:
            with town.local.lock:
                set_daily_quota("gad-cupo", 2, institutions=made.institutions, audits=made.audits, clock=made.clock)
            first = draft(new_number())
            expect(sender.post(first), 202)
            told = run(town, lines_of([first, draft(new_number()), draft(new_number())]), sender)
            assert [one["status"] for one in told] == ["replayed", "accepted", "refused"]
            refused = sender.post(draft(new_number()))
            body = problem(refused, 429, "quota-passed")
            assert 0 < int(refused.headers["retry-after"]) <= 86_400
            assert body["retryable"] is told[2]["problem"]["retryable"] is True
            assert body["type"] == told[2]["problem"]["type"]
            assert expect(sender.post(first), 202)["id"] == told[0]["id"], "a replay costs nothing"


@pytest.mark.parametrize("most", [1, 1_000], ids=["uploaded", "in_a_body"])
def test_the_command_line_does_all_of_it(town, tmp_path, monkeypatch, most):
    monkeypatch.setattr(command, "MOST_LINES", most)
    monkeypatch.setattr(command, "_LOOK_AGAIN", 0.05)
    letters = [draft(new_number()) for _ in range(3)]
    file, kept = tmp_path / "letters.jsonl", tmp_path / "results.jsonl"
    file.write_bytes(lines_of(letters))
    batch_id = command._hand_over(file, town.sender)
    town.local.settle()
    assert command._follow(batch_id, town.sender)["progress"]["accepted"] == 3
    command._keep_results(batch_id, kept, town.sender)
    told = [json.loads(line) for line in kept.read_text().splitlines()]
    assert [one["reference"] for one in told] == [letter["reference"] for letter in letters]
