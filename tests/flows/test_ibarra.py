"""Portal Ciudadano of Ibarra as portals.md tells it: Verificar Datos, Crear Cuenta, the mailed key, first entry, reset."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from tests.flows.bureau import Bureau, bureau
from tests.flows.town import DAY
from tests.makers import make_cedula, make_company_ruc
from tests.solving import little_work

CHECKS, REGISTRATIONS = "/v1/portals/ibarra/identity-checks", "/v1/portals/ibarra/registrations"
QUESTIONS = {"first_pet": "Canela", "first_job": "El Mercado Amazonas", "first_book": "Huasipungo"}
ANSWERS = [{"question": question, "answer": answer} for question, answer in QUESTIONS.items()]
TERMS = {"accept": ["medios-electronicos"]}
PASSWORD, NEW_PASSWORD = "helados de paila 7", "arrope con queso 12"
STRANGER = "alguien.mas@example.ec"
STEPS = ["change_password", "check_data", "security_questions", "accept_terms"]
MINUTE = 60
_SERIALS = itertools.count(300_001)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with little_work(), bureau(tmp_path_factory.mktemp("site")) as site:
        yield site


@dataclass
class Neighbour:
    """Somebody whom the registry knows, with the key that was mailed and the session of the last entry."""

    site: Bureau
    identifier: dict[str, str]
    email: str
    key: str = ""
    token: str = ""

    @property
    def user(self) -> str:
        """The user name, as it is typed."""
        country = self.identifier.get("country")
        return f"{country}-{self.identifier['number']}" if country else self.identifier["number"]

    def check(self, **said: Any) -> Any:
        """Press «Verificar Datos»."""
        body = {"identifier": self.identifier, "captcha": self.site.solved("identity_check", "ibarra"), **said}
        return self.site.expect(200, "POST", CHECKS, body)

    def register(self, **said: Any) -> dict[str, Any]:
        """Press «Crear Cuenta»; what is not typed is left to the registry."""
        form = {"identifier": self.identifier, "email": self.email, **said}
        answer: dict[str, Any] = self.site.expect(202, "POST", REGISTRATIONS, form)
        return answer

    def read_key(self, address: str | None = None) -> str:
        """Return the temporary password of the newest mail, and keep it."""
        [self.key] = re.findall(r"Contraseña temporal: (\S+)", self.site.mails(address or self.email)[0]["text"])
        return self.key

    def sign_in(self, password: str) -> httpx.Response:
        """Try to enter."""
        attempt = {"portal": "ibarra", "identifier": self.user, "password": password}
        return self.site.call("POST", "/v1/sessions", attempt)

    def enter(self, password: str) -> dict[str, Any]:
        """Enter; return what the answer says."""
        answer = self.sign_in(password)
        assert answer.status_code == 201, answer.text
        said: dict[str, Any] = answer.json()
        self.token = said["token"]
        return said

    def call(self, status: int, method: str, path: str, body: Any = None) -> Any:
        """Send a request with this person's session."""
        return self.site.expect(status, method, path, body, self.token)

    def settle_in(self) -> Neighbour:
        """Walk from the form to the end of the first entry."""
        self.register()
        self.enter(self.read_key())
        self.call(200, "POST", "/v1/me/password", {"current": self.key, "new": PASSWORD})
        self.call(200, "PATCH", "/v1/me", {})
        self.call(200, "POST", "/v1/me/security-questions", {"answers": ANSWERS})
        assert self.call(200, "POST", "/v1/me/terms", TERMS)["pending"] == []
        return self

    def ask_for_reset(self) -> Any:
        """Press «¿Olvidó su contraseña?» with user name and captcha."""
        wish = {"portal": "ibarra", "identifier": self.user, "captcha": self.site.solved("reset", "ibarra")}
        return self.site.expect(202, "POST", "/v1/resets", wish)

    def mailed_code(self) -> dict[str, str]:
        """Ask for a reset; return what the page behind the mailed link sends."""
        self.ask_for_reset()
        text = self.site.mails(self.email)[0]["text"]
        [code] = re.findall(r"Código temporal: (\S+)", text)
        return {"token": self.site.mailed_token(self.email), "identifier": self.user, "code": code}


@pytest.fixture
def neighbour(site: Bureau) -> Neighbour:
    """Somebody whom nobody has registered yet; the registry knows the address."""
    number = make_cedula(10, next(_SERIALS))
    email = f"luz{number}@example.ec"
    site.local.registry.add(kind="cedula", number=number, given_names="LUZ MARINA", surnames="ANRANGO", email=email)
    return Neighbour(site, {"kind": "cedula", "number": number}, email)


@pytest.fixture
def company(site: Bureau) -> Neighbour:
    number = make_company_ruc(10, next(_SERIALS))
    email = f"gerencia@e{number}.example.ec"
    site.local.registry.add(kind="ruc", number=number, legal_name="CUEROS DE COTACACHI S.A.", email=email)
    return Neighbour(site, {"kind": "ruc", "number": number}, email)


@pytest.fixture
def foreigner(site: Bureau) -> Neighbour:
    number = f"AX{next(_SERIALS)}"
    known = {"kind": "passport", "number": number, "country": "CO"}
    site.local.registry.add(**known, given_names="VALENTINA", surnames="ROJAS", email=f"{number}@example.co".lower())
    return Neighbour(site, known, f"{number}@example.co".lower())


def codes(problem: dict[str, Any]) -> list[tuple[str, str]]:
    assert all(error["message"] for error in problem["errors"])
    return [(error["field"], error["code"]) for error in problem["errors"]]


class TestPages:
    def test_the_portal_says_what_its_pages_need(self, site):
        shown = site.expect(200, "GET", "/v1/portals/ibarra")
        assert (shown["name"], shown["submit"]) == ("Portal Ciudadano", "Crear Cuenta")
        assert shown["identifiers"] == ["cedula", "ruc", "passport"]
        assert shown["captcha"] == ["identity_check", "reset"]
        assert shown["password_policy"] == {"min_length": 6, "max_length": 25, "require": ["digit"]}
        assert shown["channels"][0]["steps"] == ["identity_check", "form", "confirm"]
        assert [field["name"] for field in shown["fields"]] == [
            "identifier",
            "given_names",
            "surnames",
            "legal_name",
            "email",
            "phone",
        ]
        assert shown["terms"][0]["title"].startswith("Acuerdo de Responsabilidad y Uso de Medios Electrónicos")
        assert len(shown["services"]) == 6


class TestVerificarDatos:
    def test_who_is_found_is_shown_masked(self, neighbour):
        masked = {"given_names": "L** M*****", "surnames": "A******", "email": "l***@example.ec"}
        assert neighbour.check() == {"status": "found", "preview": masked}

    def test_a_company_is_found_by_its_ruc(self, company):
        said = company.check()
        assert said["preview"]["legal_name"] == "C***** D* C******** S***"

    def test_a_foreigner_is_found_by_passport_and_country(self, foreigner):
        assert foreigner.check()["preview"]["surnames"] == "R****"
        foreigner.identifier["country"] = "PE"
        assert foreigner.check() == {"status": "not_found", "preview": {}}

    def test_a_passport_without_country_is_asked_for_it(self, site):
        body = {"identifier": {"kind": "passport", "number": "AX100200"}}
        problem = site.refused("validation", 422, "POST", CHECKS, body)
        assert [field for field, _ in codes(problem)] == ["identifier.number"]
        assert "país" in problem["errors"][0]["message"]

    def test_who_is_not_found_is_told_so_and_cannot_register(self, site):
        nobody = Neighbour(site, {"kind": "cedula", "number": make_cedula(10, next(_SERIALS))}, "nadie@example.ec")
        assert nobody.check() == {"status": "not_found", "preview": {}}
        form = {"identifier": nobody.identifier, "email": nobody.email}
        problem = site.refused("not-eligible", 422, "POST", REGISTRATIONS, form)
        assert codes(problem) == [("identifier", "not_registered")]
        assert site.mails(nobody.email) == []

    def test_a_stranger_who_types_somebodys_number_learns_nothing(self, neighbour):
        before = neighbour.check()
        assert "LUZ" not in str(before)
        assert neighbour.email not in str(before)
        neighbour.settle_in()
        assert neighbour.check() == before

    def test_a_captcha_is_demanded_and_works_once_for_this_alone(self, site, neighbour):
        body = {"identifier": neighbour.identifier}
        solved = site.solved("identity_check", "ibarra")
        for captcha, code in ((None, "captcha_missing"), (site.solved("reset", "ibarra"), "captcha_wrong")):
            problem = site.refused("validation", 422, "POST", CHECKS, {**body, "captcha": captcha})
            assert codes(problem) == [("captcha", code)]
        site.expect(200, "POST", CHECKS, {**body, "captcha": solved})
        problem = site.refused("validation", 422, "POST", CHECKS, {**body, "captcha": solved})
        assert codes(problem) == [("captcha", "captcha_used")]


class TestCrearCuenta:
    def test_the_key_comes_by_mail_from_the_portals_own_sender(self, site, neighbour):
        assert neighbour.register() == {"status": "pending", "next": "check_email"}
        [mail] = site.mails(neighbour.email)
        assert mail["subject"] == "Aviso de Clave de Acceso"
        assert site.sender(neighbour.email).startswith("PORTAL CIUDADANO SIGM <")
        key = neighbour.read_key()
        for part in (mail["text"], mail["html"]):
            assert neighbour.user in part
            assert key in part
            assert f"{site.local.base_url}/ibarra/" in part
        assert "7 días" in mail["text"]

    def test_there_is_no_account_before_the_key_is_used(self, neighbour):
        neighbour.register()
        assert neighbour.sign_in(PASSWORD).status_code == 401
        key = neighbour.read_key()
        assert neighbour.sign_in(f"{key[:-1]}x").status_code == 401
        assert neighbour.enter(key)["pending"] == STEPS

    @pytest.mark.parametrize("who", ["neighbour", "company", "foreigner"])
    def test_all_three_kinds_enter_and_find_the_registrys_data(self, request, who):
        person: Neighbour = request.getfixturevalue(who)
        person.register(phone="062955225")
        person.enter(person.read_key())
        me = person.call(200, "GET", "/v1/me")
        known = {
            "neighbour": {"given_names": "LUZ MARINA", "surnames": "ANRANGO"},
            "company": {"legal_name": "CUEROS DE COTACACHI S.A."},
            "foreigner": {"given_names": "VALENTINA", "surnames": "ROJAS"},
        }
        assert me["profile"] == {**known[who], "phone": "+59362955225"}
        assert me["identifier"] == {"kind": person.identifier["kind"], "number": person.user}

    def test_what_was_typed_is_kept(self, neighbour):
        neighbour.register(given_names="Luz", surnames="Anrango Farinango")
        neighbour.enter(neighbour.read_key())
        profile = neighbour.call(200, "GET", "/v1/me")["profile"]
        assert profile == {"given_names": "Luz", "surnames": "Anrango Farinango"}

    def test_to_any_other_address_nothing_of_the_registry_is_given_away(self, site, neighbour):
        answers = [neighbour.register(email=address) for address in (neighbour.email, STRANGER)]
        assert answers[0] == answers[1]
        assert "LUZ" not in str(site.mails(STRANGER))
        neighbour.enter(neighbour.read_key(STRANGER))
        assert neighbour.call(200, "GET", "/v1/me")["profile"] == {}
        assert "LUZ" not in str(neighbour.call(200, "GET", "/v1/me"))

    def test_to_register_a_number_that_has_an_account_changes_nothing_and_tells_its_owner(self, site, neighbour):
        neighbour.settle_in()
        before = len(site.mails(STRANGER))
        assert neighbour.register(email=STRANGER) == {"status": "pending", "next": "check_email"}
        assert len(site.mails(STRANGER)) == before
        assert site.subjects(neighbour.email)[0] == "Usted ya tiene una cuenta en Portal Ciudadano"
        assert neighbour.enter(PASSWORD)["pending"] == []


class TestFirstEntry:
    def test_its_steps_come_in_their_order(self, neighbour):
        neighbour.register()
        assert neighbour.enter(neighbour.read_key())["pending"] == STEPS
        walked = [
            ("POST", "/v1/me/password", {"current": neighbour.key, "new": PASSWORD}),
            ("PATCH", "/v1/me", {"phone": "0991234567"}),
            ("POST", "/v1/me/security-questions", {"answers": ANSWERS}),
            ("POST", "/v1/me/terms", TERMS),
        ]
        for place, (method, path, body) in enumerate(walked):
            for later in walked[place + 1 :]:
                said = neighbour.call(403, *later)
                assert said["pending"] == STEPS[place:]
            assert neighbour.call(403, "GET", "/v1/me/export")["pending"] == STEPS[place:]
            assert neighbour.call(200, method, path, body)["pending"] == STEPS[place + 1 :]
        me = neighbour.call(200, "GET", "/v1/me")
        assert me["security_questions"] == sorted(QUESTIONS)
        assert [(one["id"], one["version"]) for one in me["consents"]] == [("medios-electronicos", "1")]
        neighbour.call(200, "GET", "/v1/me/export")

    def test_the_key_ends_when_the_own_password_is_set(self, neighbour):
        neighbour.settle_in()
        assert neighbour.sign_in(neighbour.key).status_code == 401
        assert neighbour.enter(PASSWORD)["pending"] == []

    def test_the_own_password_follows_the_municipalitys_policy(self, neighbour):
        neighbour.register()
        neighbour.enter(neighbour.read_key())
        for chosen, code in (
            ("abc1", "password_short"),
            ("sin ninguna cifra", "password_digit"),
            ("9" + "ñandú " * 5, "password_long"),
        ):
            said = neighbour.call(422, "POST", "/v1/me/password", {"current": neighbour.key, "new": chosen})
            assert ("new", code) in codes(said)
        neighbour.call(200, "POST", "/v1/me/password", {"current": neighbour.key, "new": "tahuando42"})

    def test_three_questions_of_the_list_are_answered(self, neighbour):
        neighbour.register()
        neighbour.enter(neighbour.read_key())
        neighbour.call(200, "POST", "/v1/me/password", {"current": neighbour.key, "new": PASSWORD})
        neighbour.call(200, "PATCH", "/v1/me", {})
        said = neighbour.call(422, "POST", "/v1/me/security-questions", {"answers": ANSWERS[:2]})
        assert codes(said) == [("answers", "questions_exact")]


class TestKeyThatExpired:
    def test_a_reset_mails_a_new_one_which_works(self, site, neighbour):
        neighbour.register()
        old = neighbour.read_key()
        site.local.advance(7 * DAY + MINUTE)
        assert neighbour.sign_in(old).status_code == 401
        neighbour.ask_for_reset()
        assert site.subjects(neighbour.email) == ["Aviso de Clave de Acceso"] * 2
        assert neighbour.read_key() != old
        assert neighbour.sign_in(old).status_code == 401
        assert neighbour.enter(neighbour.key)["pending"] == STEPS

    def test_until_then_a_reset_mails_the_same_key(self, site, neighbour):
        neighbour.register()
        key = neighbour.read_key()
        site.local.advance(7 * DAY - MINUTE)
        neighbour.ask_for_reset()
        assert neighbour.read_key() == key
        neighbour.enter(key)

    def test_who_entered_but_set_no_password_resets_it_by_code(self, site, neighbour):
        neighbour.register()
        neighbour.enter(neighbour.read_key())
        site.local.advance(7 * DAY + MINUTE)
        assert neighbour.sign_in(neighbour.key).status_code == 401
        shown = neighbour.mailed_code()
        site.expect(204, "POST", "/v1/resets/confirm", {**shown, "password": PASSWORD})
        assert neighbour.enter(PASSWORD)["pending"] == STEPS[1:]


class TestSecurityQuestion:
    def test_it_is_asked_after_failures_and_the_right_answer_lets_in(self, neighbour):
        neighbour.settle_in()
        for _ in range(3):
            assert neighbour.sign_in(NEW_PASSWORD).status_code == 401
        said = neighbour.enter(PASSWORD)
        assert said["pending"] == ["security_question"]
        assert neighbour.call(403, "GET", "/v1/me")["question"] == said["question"]
        answer = {"question": said["question"], "answer": QUESTIONS[said["question"]].lower()}
        assert neighbour.call(200, "POST", "/v1/sessions/current/security-question", answer)["pending"] == []
        neighbour.call(200, "GET", "/v1/me/export")

    def test_it_suffices_for_nothing(self, site, neighbour):
        neighbour.settle_in()
        for _ in range(3):
            assert neighbour.sign_in(NEW_PASSWORD).status_code == 401
        question = neighbour.enter(PASSWORD)["question"]
        answer = {"question": question, "answer": QUESTIONS[question]}
        site.refused("unauthenticated", 401, "POST", "/v1/sessions/current/security-question", answer)
        neighbour.call(403, "POST", "/v1/me/password", {"current": PASSWORD, "new": NEW_PASSWORD})
        with_answer = {"portal": "ibarra", "identifier": neighbour.user, "captcha": "x", "answers": ANSWERS}
        site.refused("validation", 422, "POST", "/v1/resets", with_answer)


class TestReset:
    def test_code_and_link_are_mailed_by_user_name_and_captcha(self, site, neighbour):
        neighbour.settle_in()
        assert neighbour.ask_for_reset() == {"status": "pending", "next": "check_email"}
        mail = site.mails(neighbour.email)[0]
        assert site.sender(neighbour.email).startswith("GOBIERNO AUTÓNOMO DESCENTRALIZADO DE SAN MIGUEL DE IBARRA <")
        for part in (mail["text"], mail["html"]):
            assert neighbour.user in part
            assert "RESTABLECER CONTRASEÑA" in part
            assert f"{site.local.base_url}/reset#token=" in part
        assert "10 minutos" in mail["text"]

    def test_an_unknown_user_gets_the_same_answer_and_a_captcha_is_demanded(self, site, neighbour):
        unknown = Neighbour(site, {"kind": "cedula", "number": make_cedula(10, next(_SERIALS))}, "")
        assert unknown.ask_for_reset() == {"status": "pending", "next": "check_email"}
        wish = {"portal": "ibarra", "identifier": neighbour.user}
        assert codes(site.refused("validation", 422, "POST", "/v1/resets", wish)) == [("captcha", "captcha_missing")]
        wish["captcha"] = site.solved("reset", "ibarra")
        site.expect(202, "POST", "/v1/resets", wish)
        assert codes(site.refused("validation", 422, "POST", "/v1/resets", wish)) == [("captcha", "captcha_used")]

    @pytest.mark.parametrize("who", ["neighbour", "company", "foreigner"])
    def test_user_name_and_code_open_the_page_and_the_new_password_enters(self, site, request, who):
        person: Neighbour = request.getfixturevalue(who).settle_in()
        shown = person.mailed_code()
        opened = site.expect(200, "POST", "/v1/resets/open", shown)
        assert (opened["portal"], bool(opened["data"])) == ("ibarra", True)
        site.expect(204, "POST", "/v1/resets/confirm", {**shown, "password": NEW_PASSWORD})
        person.call(401, "GET", "/v1/me")
        assert person.sign_in(PASSWORD).status_code == 401
        assert person.enter(NEW_PASSWORD)["pending"] == []
        assert site.subjects(person.email)[0] == "Se cambió su contraseña de Portal Ciudadano"
        site.refused("token-gone", 410, "POST", "/v1/resets/open", shown)

    def test_the_link_alone_opens_nothing(self, site, neighbour):
        neighbour.settle_in()
        shown = neighbour.mailed_code()
        alone = {"token": shown["token"]}
        problem = site.refused("validation", 422, "POST", "/v1/resets/open", alone)
        assert codes(problem) == [("identifier", "missing"), ("code", "missing")]
        other = {**shown, "identifier": make_cedula(10, next(_SERIALS))}
        site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", other)

    def test_five_wrong_codes_kill_it_and_another_can_be_asked_for(self, site, neighbour):
        neighbour.settle_in()
        shown = neighbour.mailed_code()
        for _ in range(5):
            site.refused("invalid-credentials", 401, "POST", "/v1/resets/open", {**shown, "code": "ABCD2345"})
        site.refused("token-gone", 410, "POST", "/v1/resets/open", shown)
        site.refused("token-gone", 410, "POST", "/v1/resets/confirm", {**shown, "password": NEW_PASSWORD})
        again = neighbour.mailed_code()
        assert again["code"] != shown["code"]
        site.expect(204, "POST", "/v1/resets/confirm", {**again, "password": NEW_PASSWORD})

    def test_passwords_that_the_policy_refuses_do_not_use_the_code_up(self, site, neighbour):
        neighbour.settle_in()
        shown = neighbour.mailed_code()
        site.expect(200, "POST", "/v1/resets/open", shown)
        for chosen in ("abc1", "sin cifra alguna", "ñandú " * 6, "abc2", "abc3", "abc4"):
            problem = site.refused("validation", 422, "POST", "/v1/resets/confirm", {**shown, "password": chosen})
            assert {field for field, _ in codes(problem)} == {"password"}
        site.expect(204, "POST", "/v1/resets/confirm", {**shown, "password": "tahuando42"})
        neighbour.enter("tahuando42")

    def test_the_code_serves_for_ten_minutes(self, site, neighbour):
        neighbour.settle_in()
        shown = neighbour.mailed_code()
        site.local.advance(10 * MINUTE + 1)
        site.refused("token-gone", 410, "POST", "/v1/resets/open", shown)


class TestRegistryDown:
    @pytest.fixture(autouse=True)
    def _up_again(self, site: Bureau) -> Iterator[None]:
        yield
        site.local.registry.bring_up()
        site.local.advance(31)

    def test_to_check_and_to_register_wait_and_go_on_later(self, site, neighbour):
        site.local.registry.take_down()
        captcha = site.solved("identity_check", "ibarra")
        body = {"identifier": neighbour.identifier, "captcha": captcha}
        problem = site.refused("registry-down", 503, "POST", CHECKS, body)
        assert problem["retryable"] is True
        form = {"identifier": neighbour.identifier, "email": neighbour.email}
        problem = site.refused("registry-down", 503, "POST", REGISTRATIONS, form)
        assert "inténtelo de nuevo en unos minutos" in problem["detail"]
        assert site.mails(neighbour.email) == []
        site.local.registry.bring_up()
        assert neighbour.check()["status"] == "found"
        neighbour.settle_in()

    def test_who_has_the_key_enters_all_the_same(self, site, neighbour):
        neighbour.register()
        site.local.registry.take_down()
        neighbour.enter(neighbour.read_key())
        assert neighbour.call(200, "GET", "/v1/me")["profile"]["surnames"] == "ANRANGO"
