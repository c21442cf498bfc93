"""Every attempt is logged with its outcome, and no log holds a secret or anybody's data (security.md, 28)."""

import io
import json
import logging
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.flows.town import draft, expect, new_number, new_password, problem
from tests.security.signing import Signing


class Log:
    """What the functions have logged: all text, and their lines as they were meant."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    @property
    def lines(self) -> list[dict]:
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def requests(self) -> list[tuple]:
        """Route, status and outcome of each request."""
        return [(line["route"], line["status"], line["outcome"]) for line in self.lines if line["message"] == "request"]

    def holds(self, *secrets: object) -> list[object]:
        """Which of these stand in the log, in whatever case."""
        text = self.text.casefold()
        return [secret for secret in secrets if str(secret).casefold() in text]


@pytest.fixture
def log(town):
    """What every logger of the functions' process writes meanwhile: ours at its level, all others' warnings."""
    town.local.settle()
    written = Log()
    everything = logging.StreamHandler(written.stream)
    everything.setLevel(logging.WARNING)
    ours = [handler for handler in logging.getLogger("ventanilla").handlers if hasattr(handler, "setStream")]
    assert ours, "the functions log by powertools, whose service is named in the template"
    before = [handler.setStream(written.stream) for handler in ours]
    logging.getLogger().addHandler(everything)
    local = logging.getLogger("local")
    propagated, local.propagate = local.propagate, False  # what the site itself says is none of the functions'
    yield written
    town.local.settle()
    local.propagate = propagated
    logging.getLogger().removeHandler(everything)
    for handler, stream in zip(ours, before, strict=True):
        handler.setStream(stream)


@pytest.fixture
def marked(town):
    """Somebody all of whose data can be told from everything else."""
    person = town.person(email="marca.correo@example.ec", locale="en")
    given = {"given_names": "Marcanombre Zoila", "surnames": "Marcapellido"}
    return person, given


SECRETS = ("marca", "zoila", "argon2", "@example.ec")


def test_the_whole_life_of_an_account_leaves_no_personal_data_in_the_log(town, log, marked, capsys):
    person, given = marked
    passwords, tokens = [person.password], []
    expect(person.register(**given), 202)
    tokens.append(person.token("verify"))
    expect(person.verify(), 200)
    problem(person.verify(password="marca-clave-equivocada"), 401, "invalid-credentials")
    person.confirm()
    problem(person.verify(tokens[0], password=person.password), 410, "token-gone")
    problem(person.sign_in("marca-clave-equivocada"), 401, "invalid-credentials")
    tokens.append(person.enter())
    person.get("/v1/me")
    person.get("/v1/sessions")
    person.get("/v1/me/export")
    expect(person.call("PATCH", "/v1/me", {"given_names": "Marcanombre Otra"}), 200)
    problem(person.call("PATCH", "/v1/me", {"marcacampo": "Marcavalor"}), 422, "validation", "marcacampo")
    change = {"email": "marca.nueva@example.ec", "current_password": person.password}
    expect(person.call("PATCH", "/v1/me", change), 200)
    tokens.append(town.person(email="marca.nueva@example.ec").token("verify"))
    expect(person.verify(tokens[-1]), 200)
    person.email = "marca.nueva@example.ec"
    tokens.append(person.enter())
    passwords.append(new_password())
    expect(person.call("POST", "/v1/me/password", {"current": passwords[0], "new": passwords[1]}), 200)
    person.ask_for_reset()
    tokens.append(person.token("reset"))
    expect(person.anonymous("/v1/resets/open", {"token": tokens[-1]}), 200)
    passwords.append(new_password())
    expect(person.reset(tokens[-1], passwords[2]), 204)
    person.password = passwords[2]
    tokens.append(person.enter())
    letter = {"subject": "Marcasunto", "body": "Marcacuerpo"}
    refused = town.sender.post(draft(person, **letter, reference="LOG-1", category="marcacategoria"))
    problem(refused, 422, "validation", "category")
    posted = town.notify(person, **letter)
    expect(person.open(posted["id"]), 200)
    person.get(f"/v1/inbox/{posted['id']}")
    expect(town.sender.get(posted["id"]), 200)
    expect(town.sender.list(), 200)
    expect(town.person(number=person.number, email="marca.tercera@example.ec").register(**given), 202)
    expect(person.call("POST", "/v1/me/close", {"current_password": person.password}), 204)
    town.local.advance(400)
    town.local.settle()

    secrets = [part for token in tokens for part in (token, token.rpartition(".")[2])]
    assert log.holds(*SECRETS, person.number, *passwords, *secrets) == []
    kinds = {line["outcome"][0] for line in log.lines if line["message"] == "handled" and _is_list(line)}
    assert kinds >= {"registration", "address_confirm", "address_changed", "password_changed", "reset", "alert"}
    assert len(log.requests()) >= 25
    printed = capsys.readouterr()
    assert person.number not in printed.out + printed.err


def test_refused_input_is_not_repeated_in_the_log(town, log, marked):
    person, _ = marked
    wrong = {
        "identifier": {"kind": "cedula", "number": "marca1710034065"},
        "given_names": "<Marcanombre>",
        "email": "marca correo@example.ec",
        "password": "marcaclave",
        "marcacampo": "marcavalor",
    }
    expect(person.register(**wrong), 422)
    expect(town.http.post("/v1/sessions", content=b'{"marca"', headers={"Content-Type": "application/json"}), 400)
    expect(town.http.post("/v1/sessions", content=b"marca", headers={"Content-Type": "text/marca"}), 415)
    expect(town.http.get("/v1/portals/marcaportal?q=marcaconsulta"), 404)
    expect(town.http.get("/v1/marcacamino/1710034065"), 404)
    expect(town.http.get("/v1/inbox/marcanotificacion", headers={"Authorization": "Bearer marca.sesion"}), 401)
    expect(town.sender.post(draft("1710034065", subject="Marcasunto\n", body="<Marca>")), 422)
    demo = town.local.demo["institution"]
    forged = Signing(town.local.base_url, "marca-institucion.k1", demo["private_key"], draft(new_number()))
    expect(forged.send(town.http), 401)
    assert log.holds(*SECRETS, "1710034065", "171003406") == []
    assert [status for _, status, _ in log.requests()] == [422, 400, 415, 404, 404, 401, 422, 401]


def test_every_attempt_is_logged_with_its_outcome(town, log):
    person = town.citizen()
    person.sign_in(new_password())
    person.verify("x")
    person.ask_for_reset()
    town.http.get("/v1/me")
    town.http.post("/v1/notifications", json={})
    expect(town.sender.post(draft(person)), 202)
    assert log.requests()[-6:] == [
        ("POST /v1/sessions", 401, "invalid-credentials"),
        ("POST /v1/verifications", 410, "token-gone"),
        ("POST /v1/resets", 202, "done"),
        ("GET /v1/me", 401, "unauthenticated"),
        ("POST /v1/notifications", 401, "signature-missing"),
        ("POST /v1/notifications", 202, "done"),
    ]
    logged = [line for line in log.lines if line["message"] == "request"]
    assert all(line["request_id"] and line["milliseconds"] > 0 for line in logged)


def test_the_number_of_the_request_is_the_same_in_problem_and_log(town, log):
    told = problem(town.http.get("/v1/me"), 401, "unauthenticated")["request_id"]
    assert log.lines[-1]["request_id"] == told


class TestWhatNobodyForesaw:
    """The words of an error may hold anything; only its kind and its place are logged."""

    def test_an_error_of_ours_is_told_without_its_words(self, town, log):
        person = town.citizen()
        words = f"Marcaerror {person.email} {person.number}"
        with patch.object(BaseClient, "_make_api_call", side_effect=ValueError(words)):
            body = problem(person.call("GET", "/v1/me"), 500, "internal")
        assert body["retryable"] is True
        assert log.holds("marca", person.email, person.number) == []
        [failure] = [line for line in log.lines if line["message"] == "unforeseen"]
        assert failure["error"] == "ValueError"
        assert any("adapters/dynamo.py" in place for place in failure["trace"])
        assert log.requests()[-1] == ("GET /v1/me", 500, "internal")
        assert "Marca" not in json.dumps(body)

    def test_a_mail_that_fails_is_told_without_its_words_and_goes_out_later(self, town, log):
        from ventanilla.wiring import services

        person = town.person(email="marca.rebotada@example.ec")
        refused = ClientError({"Error": {"Code": "MessageRejected", "Message": f"Marca {person.email}"}}, "SendEmail")
        with patch.object(services().desk.mailer._client, "send_email", side_effect=refused):
            expect(person.register(), 202)
            town.local.settle()
        assert town.local.outbox(person.email) == []
        assert log.holds("marca", person.email, person.number) == []
        [failure] = [line for line in log.lines if line["message"] == "failed"]
        assert failure["error"] == "ClientError"
        town.local.advance(400)
        assert len(person.mails()) == 1


def _is_list(line: dict) -> bool:
    return isinstance(line.get("outcome"), list)
