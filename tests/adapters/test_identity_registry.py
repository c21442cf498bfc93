"""The identity registry over HTTP, against a server on this machine that behaves as badly as real ones do."""

import json
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from tests.adapters.registry_server import Server, answer, break_off, drip, hang, hang_midway, hang_up
from tests.makers import make_cedula, make_company_ruc
from ventanilla.adapters import identity_registry
from ventanilla.adapters.circuit_breaker import CircuitBreaker
from ventanilla.adapters.identity_registry import HttpIdentityRegistry
from ventanilla.adapters.secrets import SecretText
from ventanilla.domain.errors import RegistryDown
from ventanilla.domain.identifiers import parse
from ventanilla.domain.registry import RegistryRecord

ANA = parse("cedula", make_cedula(17, 1_234_567))
RECORD = {
    "kind": "cedula",
    "number": ANA.number,
    "given_names": " ANA LUCÍA ",
    "surnames": "QUISHPE",
    "email": "ana@example.ec",
    "birth_date": "1990-06-15",
    "identity_status": "valid",
    "deceased": False,
}
FOUND = {"status": "found", "record": RECORD}


class Clock:
    """An hour that stands still until it is moved."""

    at = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        raise AssertionError


class SecretsManager:
    """Holds one secret, and counts how often it is read."""

    def __init__(self) -> None:
        self.text = "key-one\n"
        self.reads = 0

    def get_secret_value(self, SecretId: str) -> dict[str, str]:  # noqa: N803  # boto's name
        assert SecretId == "registry"
        self.reads += 1
        return {"SecretString": self.text}


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server(answer(FOUND))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield server
    server.over.set()
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def manager() -> SecretsManager:
    return SecretsManager()


@pytest.fixture
def rests() -> list[float]:
    """What would have been slept."""
    return []


@pytest.fixture
def registry(server: Server, clock: Clock, manager: SecretsManager, rests: list[float]) -> Iterator[Any]:
    key = SecretText(manager, "registry")
    registry = HttpIdentityRegistry(server.url, lambda: key, CircuitBreaker(clock), sleep=rests.append)
    with patch.object(identity_registry, "_PATIENCE", 60):  # a machine that is busy answers late, too
        yield registry
    if registry._pool:
        registry._pool.clear()


@contextmanager
def impatience() -> Iterator[None]:
    with patch.object(identity_registry, "_PATIENCE", 1):
        yield


def failure(registry: HttpIdentityRegistry) -> str:
    with pytest.raises(RegistryDown) as down:
        registry.find(ANA)
    return str(down.value.facts["reason"])


class TestAnswers:
    def test_somebody_whom_it_knows(self, registry):
        assert registry.find(ANA) == RegistryRecord(
            "cedula", ANA.number, "ANA LUCÍA", "QUISHPE", "", "ana@example.ec", date(1990, 6, 15), "valid", False
        )

    def test_somebody_whom_it_does_not_know(self, registry, server):
        server.script = [answer({"status": "not_found"})]
        assert registry.find(ANA) is None

    def test_it_is_asked_in_the_body_and_by_our_key_since_addresses_are_logged(self, registry, server):
        registry.find(ANA)
        assert server.questions == [({"kind": "cedula", "number": ANA.number}, "Bearer key-one")]

    def test_a_company(self, registry, server):
        company = parse("ruc", make_company_ruc(17, 1_234_567))
        said = {"kind": "ruc", "number": company.number, "legal_name": "Tejidos", "birth_date": None}
        server.script = [answer({"status": "found", "record": {**said, "identity_status": "valid", "deceased": False}})]
        assert registry.find(company) == RegistryRecord("ruc", company.number, legal_name="Tejidos")

    def test_a_passport_is_asked_for_by_country_and_number(self, registry, server):
        passport = parse("passport", "ab 123456", "PE")
        asked = {"kind": "passport", "number": "AB123456", "country": "PE"}
        server.script = [answer({"status": "found", "record": {**RECORD, **asked}})]
        assert registry.find(passport).number == "PE-AB123456"
        assert server.questions[0][0] == asked

    def test_what_the_registry_adds_one_day_breaks_nothing(self, registry, server):
        server.script = [answer({**FOUND, "version": 2, "record": {**RECORD, "blood_type": "O+"}})]
        assert registry.find(ANA).surnames == "QUISHPE"

    def test_the_key_is_read_once_and_anew_when_it_was_refused(self, registry, server, manager):
        registry.find(ANA)
        registry.find(ANA)
        assert manager.reads == 1
        manager.text = "key-two"
        server.script = [answer({}, 401), answer(FOUND)]
        assert failure(registry) == "status-401"
        assert registry.find(ANA)
        assert [key for _, key in server.questions[2:]] == ["Bearer key-one", "Bearer key-two"]


class TestStrictness:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"<html>Bienvenido</html>",
            b"\xff\xfe",
            b"{" * 10_000,
            [],
            {},
            {"status": "found"},
            {"status": "maybe", "record": RECORD},
            {"record": RECORD},
            {"status": "found", "record": {**RECORD, "birth_date": "15/06/1990"}},
            {"status": "found", "record": {**RECORD, "birth_date": 0}},
            {"status": "found", "record": {**RECORD, "deceased": "no"}},
            {"status": "found", "record": {**RECORD, "deceased": None}},
            {"status": "found", "record": {name: value for name, value in RECORD.items() if name != "deceased"}},
            {"status": "found", "record": {**RECORD, "identity_status": "VIGENTE"}},
            {"status": "found", "record": {**RECORD, "surnames": ["QUISHPE"]}},
            {"status": "found", "record": {**RECORD, "surnames": "Q" * 300}},
            {"status": "found", "record": {**RECORD, "surnames": "QUISHPE\r\nBcc: x@example.ec"}},
        ],
    )
    def test_what_cannot_be_believed_is_as_good_as_no_answer(self, registry, server, body):
        server.script = [answer(body)]
        assert failure(registry) == "unreadable"
        assert len(server.questions) == 1

    @pytest.mark.parametrize(
        "other", [{"number": make_cedula(17, 7_654)}, {"kind": "ruc"}, {"kind": "passport", "country": "PE"}]
    )
    def test_nobody_is_told_of_somebody_else(self, registry, server, other):
        server.script = [answer({"status": "found", "record": {**RECORD, **other}})]
        assert failure(registry) == "unreadable"

    def test_an_answer_without_end_is_not_read_to_it(self, registry, server):
        server.script = [answer(b" " * 200_000 + json.dumps(FOUND).encode())]
        assert failure(registry) == "unreadable"

    @pytest.mark.parametrize("status", [204, 302, 400, 403, 404, 429])
    def test_another_status_is_a_failure_and_not_tried_again(self, registry, server, status):
        server.script = [answer(b"", status)]
        assert failure(registry) == f"status-{status}"
        assert len(server.questions) == 1


class TestTrouble:
    @pytest.mark.parametrize("trouble", [answer(b"", 500), answer(b"", 503), hang_up, break_off])
    def test_what_may_pass_is_tried_twice_more(self, registry, server, rests, trouble):
        server.script = [trouble, trouble, answer(FOUND)]
        assert registry.find(ANA)
        assert len(server.questions) == 3
        assert len(rests) == 2
        assert 0 <= rests[0] <= 0.1
        assert 0 <= rests[1] <= 0.2

    def test_and_not_more_often(self, registry, server):
        server.script = [answer(b"", 502)]
        assert failure(registry) == "status-502"
        assert len(server.questions) == 3

    def test_attempts_are_not_in_step_with_those_of_others(self, registry, server, rests):
        server.script = [answer(b"", 500)]
        for _ in range(4):
            failure(registry)
        assert len(set(rests)) == 8

    @pytest.mark.parametrize("trouble", [hang, hang_midway, drip])
    def test_whoever_takes_too_long_is_not_waited_for_again(self, registry, server, trouble):
        server.script = [trouble]
        with impatience():
            assert failure(registry) == "timeout"
        assert len(server.questions) == 1

    def test_the_next_question_does_not_meet_what_was_left_of_the_last_answer(self, registry, server):
        server.script = [hang_midway, answer({"status": "not_found"})]
        with impatience():
            assert failure(registry) == "timeout"
        assert registry.find(ANA) is None

    def test_a_connection_that_died_while_it_was_kept_is_replaced(self, registry, server):
        def answer_and_leave(handler: Any) -> None:
            answer(FOUND)(handler)
            handler.close_connection = True

        server.script = [answer_and_leave]
        assert all(registry.find(ANA) for _ in range(3))

    def test_nobody_listens(self, server, clock, manager, rests):
        key = SecretText(manager, "registry")
        registry = HttpIdentityRegistry("http://127.0.0.1:1/x", lambda: key, CircuitBreaker(clock), sleep=rests.append)
        assert failure(registry) == "connection"
        assert len(rests) == 2

    def test_without_an_address_it_is_always_down(self, clock):
        def none() -> Any:
            raise AssertionError

        assert failure(HttpIdentityRegistry(None, none, CircuitBreaker(clock))) == "not-configured"

    def test_it_waits_two_seconds_at_most(self):
        assert identity_registry._PATIENCE == 2


class TestBreaker:
    def test_after_five_failures_in_a_row_it_is_not_asked_for_half_a_minute(self, registry, server, clock):
        server.script = [answer(b"garbage")]
        assert [failure(registry) for _ in range(6)] == ["unreadable"] * 5 + ["resting"]
        assert len(server.questions) == 5
        clock.at += timedelta(seconds=30)
        server.script = [answer(FOUND)]
        assert registry.find(ANA)
        assert registry.find(ANA)

    def test_while_it_is_still_down_one_question_looks_after_it(self, registry, server, clock):
        server.script = [answer(b"", 503)]
        for _ in range(5):
            failure(registry)
        clock.at += timedelta(seconds=30)
        asked = len(server.questions)
        assert [failure(registry) for _ in range(3)] == ["status-503", "resting", "resting"]
        assert len(server.questions) == asked + 3  # its own two retries

    def test_somebody_who_is_not_known_is_no_failure(self, registry, server):
        server.script = [answer({"status": "not_found"})]
        assert [registry.find(ANA) for _ in range(10)] == [None] * 10


@pytest.mark.parametrize("behaviour", [answer(FOUND), answer(b"ANA LUC\xc3\x8dA", 500), hang_up, answer(b'"QUISHPE"')])
def test_nothing_of_anybody_is_logged_nor_told(registry, server, caplog, behaviour):
    server.script = [behaviour]
    with caplog.at_level(logging.DEBUG):
        try:
            registry.find(ANA)
            told = ""
        except RegistryDown as down:
            told = f"{down} {down.facts} {down.__context__!r} {down.__cause__!r}"
    for secret in (ANA.number, "QUISHPE", "ANA LUC", "key-one", "1990"):
        assert secret not in caplog.text + told
