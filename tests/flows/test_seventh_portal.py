"""A seventh portal, made up, by a file alone: checked by the command line, walked over HTTP, and explained when broken."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.main import app as ventanilla
from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Member
from tests.flows.paperwork import Desk, Request, Someone, paperwork, scanned

SEVENTH = """\
id = "huertos"
name = "Huertos de Barrio"
institution = "Municipio de Prueba"
submit = { es = "Pedir mi huerto", en = "Ask for my garden" }
captcha = ["identity_check", "register"]
check_data = true

[procedure]
title = "Un huerto para mi barrio"
requirements = ["Cédula o pasaporte", "Correo electrónico"]
after = "Revise también la carpeta de spam."

[contact]
email = "huertos@example.ec"

[mailbox]
assurance = "proven"

[eligibility]
registered = true
min_age = 16

[security_questions]
ask = 1
file = "ibarra/questions.toml"

[lifetimes]
application = "P10D"
confirm = "PT12H"
session_idle = "PT10M"

[messages.confirm]
sender = "HUERTOS DE BARRIO"

[[terms]]
id = "reglas"
title = "Reglas del huerto"
version = "3"
file = "buzonec/obligaciones.es.md"
[[terms]]
id = "datos"
title = { es = "Tratamiento de datos", en = "Use of data" }
version = "1"
file = "ibarra/medios-electronicos.es.md"

[[documents]]
id = "commitment"
title = "Compromiso de cuidado"
template = "buzonec/activation.typ"
signer = "applicant"
accept = ["electronic", "scan"]

[[channels]]
id = "signed"
label = { es = "Con compromiso firmado", en = "With a signed commitment" }
identifiers = ["cedula", "passport"]
steps = ["identity_check", "form", "documents", "confirm"]
credential = "link"

[[channels]]
id = "counter"
by = "agent"
identifiers = ["cedula"]
steps = ["form", "identity_check", "confirm"]
credential = "link"

[[channels]]
id = "visitor"
identifiers = ["cedula"]
steps = ["form", "confirm"]
credential = "form"

[[sections]]
id = "garden"
title = { es = "El huerto", en = "The garden" }
when = { channel = ["signed"] }
fields = [
  { name = "place", kind = "organization", catalogue = "ipsot/gads.csv", label = "Parroquia" },
  { name = "use", kind = "choice", choices = ["familiar", "escolar"], label = "Uso" },
  { name = "shared", kind = "yes_no", label = "¿Es compartido?" },
  { name = "since", kind = "date", required = false, label = "Desde cuándo" },
]

[[sections]]
id = "applicant"
fields = [
  { name = "email", kind = "email", label = { es = "Correo", en = "E-mail" } },
  { name = "given_names", kind = "person_name", registry = true, label = "Nombres" },
  { name = "surnames", kind = "person_name", registry = true, label = "Apellidos" },
  { name = "birth_date", kind = "date", registry = true, when = { channel = ["signed"] }, label = "Nacimiento" },
  { name = "plants", kind = "text", max = 40, required = false, label = "Qué sembrará" },
]
"""
REGISTRATIONS = "/v1/portals/huertos/registrations"
GARDEN = {"place": "100157", "use": "escolar", "shared": True, "since": "2026-01-31"}
QUESTION = {"answers": [{"question": "first_pet", "answer": "Canela"}]}
TERMS = {"accept": ["reglas", "datos"]}
_SERIALS = itertools.count(600_001)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site"), huertos=SEVENTH) as desk:
        yield desk


@pytest.fixture
def rosa(desk: Desk) -> Someone:
    """Somebody whom the registry knows under her own address."""
    rosa = Someone("Rosa Elena Pozo")
    known = {"kind": "cedula", "number": rosa.number, "given_names": "ROSA ELENA", "surnames": "POZO"}
    desk.local.registry.add(**known, email=rosa.email, birth_date="2009-05-17")
    return rosa


def check(path: Path) -> tuple[int, list[str]]:
    """Let the command line check a definition; return how it ended, and what it said."""
    result = CliRunner().invoke(ventanilla, ["portal", "check", str(path)])
    return result.exit_code, result.stdout.splitlines()


class TestFile:
    def test_it_has_no_mistakes(self, desk):
        path = desk.local.root / "portals" / "huertos.toml"
        assert check(path) == (0, [f"{path}: no mistakes"])

    def test_it_is_there_beside_the_others(self, desk):
        listed = desk.expect(200, "GET", "/v1/portals")["items"]
        assert {"id": "huertos", "name": "Huertos de Barrio", "institution": "Municipio de Prueba"} in listed

    def test_its_pages_follow_from_the_file(self, desk):
        shown = desk.expect(200, "GET", "/v1/portals/huertos", **{"accept-language": "en"})
        assert shown["submit"] == "Ask for my garden"
        assert [(one["id"], one["assurance"]) for one in shown["channels"]] == [
            ("signed", "self_asserted"),
            ("counter", "proven"),
            ("visitor", "self_asserted"),
        ]
        assert [section["id"] for section in shown["sections"]] == ["garden", "applicant"]
        assert [field["name"] for field in shown["fields"]][:2] == ["identifier", "email"]
        assert (shown["security_questions"]["ask"], len(shown["terms"])) == (1, 2)
        assert shown["identifiers"] == ["cedula", "passport"]


class TestSignedChannel:
    """identity_check → form → documents → confirm: a sequence that no other portal has."""

    def ask(self, desk: Desk, person: Someone, identifier: dict[str, str] | None = None) -> Request:
        form = {"identifier": identifier or person.identifier, "email": person.email, "garden": GARDEN}
        return desk.apply("huertos", {**form, "plants": "Quinua", "accept": ["reglas"]})

    @pytest.mark.parametrize("how", ["electronic", "scan"])
    def test_from_the_first_call_to_signing_in(self, desk, rosa, how):
        body = {"identifier": rosa.identifier, "captcha": desk.solved("identity_check", "huertos")}
        found = desk.expect(200, "POST", "/v1/portals/huertos/identity-checks", body)
        assert found["preview"]["surnames"] == "P***"
        request = self.ask(desk, rosa)
        paper = request.document("commitment")
        sent = request.signed("commitment", rosa) if how == "electronic" else scanned(paper)
        assert request.deliver("commitment", sent)["signature"] == how
        assert request.submit()["state"] == "confirm"
        [mail] = desk.mails(rosa.email)
        assert "12 horas" in mail["text"]
        assert desk.sender(rosa.email).startswith("HUERTOS DE BARRIO <")
        token = desk.mailed_token(rosa.email)
        looked = desk.expect(200, "POST", "/v1/verifications", {"token": token})
        known = {"given_names": "ROSA ELENA", "surnames": "POZO", "birth_date": "2009-05-17", "plants": "Quinua"}
        assert (looked["next"], looked["data"]) == ("set_password", known)
        choice = {"token": token, "password": PASSWORD, "data": {"plants": "Quinua y melloco"}}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        member = desk.member(rosa, "huertos")
        assert member.enter()["pending"] == ["security_questions", "accept_terms"]
        member.call(200, "POST", "/v1/me/security-questions", QUESTION)
        assert member.call(200, "POST", "/v1/me/terms", {"accept": ["datos"]})["pending"] == []
        me = member.call(200, "GET", "/v1/me")
        assert me["profile"] == {**known, "plants": "Quinua y melloco"}
        assert {one["id"]: one["version"] for one in me["consents"]} == {"reglas": "3", "datos": "1"}
        member.refused("assurance-too-low", 403, "GET", "/v1/inbox")

    def test_a_foreigner_comes_with_a_passport(self, desk):
        carlos = Someone("Carlos Quispe", number=f"AB{next(_SERIALS)}")
        passport = {"kind": "passport", "number": carlos.number, "country": "PE"}
        desk.local.registry.add(**passport, given_names="CARLOS", surnames="QUISPE", email=carlos.email)
        request = self.ask(desk, carlos, passport)
        request.deliver("commitment", scanned(request.document("commitment")))
        request.submit()
        choice = {"token": desk.mailed_token(carlos.email), "password": PASSWORD}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        Member(desk, "huertos", f"PE-{carlos.number}", carlos.email).enter()

    def test_all_that_is_wrong_is_said_at_once(self, desk, rosa):
        garden = {"place": "9999", "use": "industrial", "shared": "sí", "since": "31/01/2026", "size": 3}
        form = {"identifier": rosa.identifier, "email": rosa.email, "garden": garden, "accept": ["otras"]}
        assert desk.faults("huertos", form) == {
            "garden.place": "organization",
            "garden.use": "choice",
            "garden.shared": "yes_no",
            "garden.since": "date_form",
            "garden.size": "unknown_field",
            "accept.0": "choice",
        }

    def test_who_is_too_young_is_refused_at_the_form(self, desk):
        child = Someone("Mateo Farinango")
        names = {"given_names": "MATEO", "surnames": "FARINANGO"}
        desk.local.registry.add(kind="cedula", number=child.number, birth_date="2020-05-17", **names)
        body = {"identifier": child.identifier, "email": child.email, "garden": GARDEN}
        body["captcha"] = desk.solved("register", "huertos")
        problem = desk.refused("not-eligible", 422, "POST", REGISTRATIONS, body)
        assert [error["code"] for error in problem["errors"]] == ["too_young"]

    def test_an_application_lives_ten_days(self, desk, rosa):
        request = self.ask(desk, rosa)
        desk.local.advance(10 * 86_400 + 60)
        desk.refused("not-found", 404, "GET", request.path, token=request.token)


class TestOtherChannels:
    def test_the_one_at_the_counter_proves_and_opens_the_mailbox(self, desk, rosa):
        agent = desk.reviewer("agent", "huertos")
        form = {"channel": "counter", "identifier": rosa.identifier, "email": rosa.email, **TERMS}
        names = {"given_names": "Rosa", "surnames": "Pozo"}
        said = agent.call(202, "POST", REGISTRATIONS, {**form, **names})
        choice = {"token": desk.mailed_token(rosa.email), "password": PASSWORD, "code": said["code"]}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        member = desk.member(rosa, "huertos")
        assert member.enter()["pending"] == ["security_questions"]
        member.call(200, "POST", "/v1/me/security-questions", QUESTION)
        assert member.call(200, "GET", "/v1/inbox")["items"] == []

    @pytest.fixture
    def visitor(self, desk: Desk) -> Member:
        """Somebody who chose the password in the form, and followed the link."""
        luis = Someone("Luis Pozo")
        form = {"channel": "visitor", "identifier": luis.identifier, "email": luis.email, "password": PASSWORD}
        form |= {"given_names": "Luis", "surnames": "Pozo", "captcha": desk.solved("register", "huertos")}
        assert desk.expect(202, "POST", REGISTRATIONS, form)["next"] == "check_email"
        token = desk.mailed_token(luis.email)
        desk.expect(200, "POST", "/v1/verifications", {"token": token, "password": PASSWORD})
        return desk.member(luis, "huertos")

    def test_a_visitor_checks_the_data_at_the_first_entry(self, visitor):
        assert visitor.enter()["pending"] == ["check_data", "security_questions", "accept_terms"]
        visitor.call(200, "PATCH", "/v1/me", {"plants": "Maíz"})
        visitor.call(200, "POST", "/v1/me/security-questions", QUESTION)
        assert visitor.call(200, "POST", "/v1/me/terms", TERMS)["pending"] == []
        visitor.refused("assurance-too-low", 403, "GET", "/v1/inbox")

    def test_a_forgotten_password_is_set_anew_behind_a_link(self, desk, visitor):
        desk.expect(202, "POST", "/v1/resets", {"portal": "huertos", "identifier": visitor.number})
        reset = {"token": desk.mailed_token(visitor.email)}
        shown = desk.expect(200, "POST", "/v1/resets/open", reset)
        assert shown["data"] == {"given_names": "Luis", "surnames": "Pozo"}
        desk.expect(204, "POST", "/v1/resets/confirm", {**reset, "password": NEW_PASSWORD})
        assert visitor.sign_in(NEW_PASSWORD).status_code == 201


MISTAKES_OF_FORM = [
    ('steps = ["form", "confirm"]', 'steps = ["form", "confrm"]', "must be 'identity_check', 'form'"),
    ("check_data = true", "chek_data = true", "is no key of this table; is it misspelt?"),
    ('session_idle = "PT10M"', 'session_idle = "10 minutos"', "ISO 8601 duration"),
    ('kind = "yes_no"', 'kind = "si_no"', "must be 'identifier', 'person_name'"),
    ("ask = 1", 'ask = "uno"', "must be a whole number"),
    ('by = "agent"', 'by = "clerk"', "must be 'agent' or 'operator'"),
    ('accept = ["electronic", "scan"]', 'accept = "scan"', "must be a list"),
    ('version = "3"', "version = 3", "must be a text"),
    ('captcha = ["identity_check", "register"]', 'captcha = ["login"]', "must be 'identity_check', 'register'"),
]
"""What stands in the file, what somebody wrote instead, and what is said of it."""
MISTAKES_OF_SENSE = [
    ('steps = ["form", "confirm"]', 'steps = ["confirm", "form"]', "ends with the step confirm"),
    ('confirm = "PT12H"', 'confirm = "PT48H"', "24 hours at most"),
    ('choices = ["familiar", "escolar"], ', "", "names its choices"),
    ('catalogue = "ipsot/gads.csv"', 'catalogue = "ipsot/gad.csv"', "there is no file gad.csv"),
    ('file = "buzonec/obligaciones.es.md"', 'file = "huertos/reglas.md"', "there is no file reglas.md"),
    ('template = "buzonec/activation.typ"', 'template = "huertos/compromiso.typ"', "there is no file compromiso.typ"),
    ('file = "ibarra/questions.toml"', 'file = "huertos/preguntas.toml"', "there is no file preguntas.toml"),
    ('name = "plants", kind', 'name = "plants", registry = true, kind', "the registry can fill in"),
    ("[messages.confirm]", "[messages.confirmar]", "there is no mail confirmar"),
    ("registered = true\n", 'identity_status = ["vigente"]\n', "vigente is none of valid, expired, annulled"),
    ('signer = "applicant"', 'signer = "vecino"', "a field identifier in section vecino"),
    ('when = { channel = ["signed"] }\n', 'when = { chanel = ["signed"] }\n', "there is no fact chanel"),
    ('when = { channel = ["signed"] },', 'when = { channel = ["firmado"] },', "channel is never firmado"),
]
"""Where the form is right, and what it says cannot be."""
MISTAKES_ELSEWHERE = [
    ('assurance = "proven"', 'by = "agent"\n', "", "it would never open"),
    ("[[terms]]", 'id = "datos"', 'id = "reglas"', "reglas stands there 2 times"),
    ("min_length = 8", "[lifetimes]", "[password]\nmin_length = 8\n\n[lifetimes]", "today's standards demand 15"),
    ('id = "counter"', '"identity_check", "confirm"]\n', '"review", "confirm"]\n', "reviewed_by names who reviews"),
]
"""Told where the file says what is contradicted, and not where it was changed."""


class TestBrokenFile:
    """Each mistake is a sentence with its line."""

    def broken(self, desk: Desk, *changes: tuple[str, str, str]) -> tuple[Path, int, list[str]]:
        text = SEVENTH.replace('id = "huertos"', 'id = "rotos"')
        for before, after, _ in changes:
            assert before in text
            text = text.replace(before, after, 1)
        path = desk.local.root / "portals" / "rotos.toml"
        path.write_text(text, encoding="utf-8")
        code, said = check(path)
        path.unlink()
        return path, code, said

    def told(self, desk: Desk, change: tuple[str, str, str]) -> tuple[int, str]:
        """Return line and sentence of the only mistake that is told."""
        path, code, said = self.broken(desk, change)
        assert (code, len(said)) == (1, 1), said
        found = re.fullmatch(rf"{re.escape(str(path))}:(\d+): (.*)", said[0])
        assert found, said
        return int(found[1]), found[2]

    @pytest.mark.parametrize("change", [*MISTAKES_OF_FORM, *MISTAKES_OF_SENSE], ids=lambda change: change[2])
    def test_a_mistake_is_told_at_its_line(self, desk, change):
        line, sentence = self.told(desk, change)
        assert change[2] in sentence
        assert line == SEVENTH[: SEVENTH.index(change[0])].count("\n") + 1

    @pytest.mark.parametrize("change", MISTAKES_ELSEWHERE, ids=lambda change: change[3])
    def test_or_where_the_file_says_what_is_contradicted(self, desk, change):
        at, before, after, expected = change
        line, sentence = self.told(desk, (before, after, ""))
        assert expected in sentence
        broken = SEVENTH.replace(before, after, 1)
        assert at in broken.splitlines()[line - 1]

    def test_several_are_told_together(self, desk):
        for mistakes in (MISTAKES_OF_FORM, MISTAKES_OF_SENSE[1:]):
            _, code, said = self.broken(desk, *mistakes)
            assert (code, len(said)) == (1, len(mistakes)), said

    def test_what_is_not_toml_is_told_with_its_line(self, desk):
        path, code, [told] = self.broken(desk, ("[mailbox]", "[mailbox", ""))
        assert code == 1
        assert told.startswith(f"{path}:16: file: is not TOML")
