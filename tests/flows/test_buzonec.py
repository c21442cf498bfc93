"""BuzónEC as portals.md tells it: by certificate or before an agent, a mailbox for the proven, and recovery."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.client import InstitutionClient
from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Member
from tests.flows.paperwork import Desk, Request, Someone, paperwork
from tests.flows.town import DAY
from tests.signing import sign

REGISTRATIONS = "/v1/portals/buzonec/registrations"
BORN = "1985-08-10"
DUTIES = {"accept": ["obligaciones"]}
_SERIALS = itertools.count(1)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site")) as desk:
        yield desk


@pytest.fixture(scope="module")
def agent(desk: Desk) -> Member:
    """An agent of DIGERCIC, whose session stands behind a second factor."""
    return desk.reviewer("agent", "buzonec")


@pytest.fixture(scope="module")
def sender(desk: Desk) -> Iterator[InstitutionClient]:
    """An institution that may post to the mailboxes of BuzónEC."""
    from ventanilla.domain.institutions import Institution
    from ventanilla.usecases.institutions import add_institution, add_key
    from ventanilla.wiring import services

    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made = services()
    with desk.local.lock:
        add_institution(Institution("fiscalia", "Fiscalía", {}, ("buzonec",)), institutions=made.institutions)
        added = add_key("fiscalia", "k1", public, institutions=made.institutions, clock=made.clock)
    with InstitutionClient(desk.local.base_url, added.id, key) as client:
        yield client


@pytest.fixture
def ana(desk: Desk) -> Someone:
    """A citizen between 18 and 65 with a valid NUI."""
    return known(desk)


def known(desk: Desk, **said: Any) -> Someone:
    """Return somebody whom the civil registry knows."""
    person = Someone("Ana Lucía Yépez")
    names = {"given_names": "ANA LUCÍA", "surnames": "YÉPEZ"}
    person_known = {"kind": "cedula", "number": person.number, **names, "birth_date": BORN, **said}
    desk.local.registry.add(**person_known)
    return person


def birthday(years: int) -> str:
    """Return the day of birth of somebody who is so old today."""
    today = datetime.now(UTC).date()
    return date(today.year - years, today.month, 1).isoformat()


def form(person: Someone, **said: Any) -> dict[str, Any]:
    return {"identifier": person.identifier, "email": person.email, **said}


def signed(desk: Desk, person: Someone, **said: Any) -> Request:
    """Apply and sign: what is left is to send it in."""
    request = desk.apply("buzonec", form(person, **said))
    request.deliver("activation", request.signed("activation", person))
    return request


def by_certificate(desk: Desk, person: Someone, password: str = PASSWORD, **said: Any) -> Member:
    """Walk the online channel to its end."""
    assert signed(desk, person, **said).submit()["state"] == "confirm"
    address = said.get("email", person.email)
    body = {"token": desk.mailed_token(address), "password": password}
    assert desk.expect(200, "POST", "/v1/verifications/password", body)["status"] == "active"
    desk.mails(address)
    return desk.member(person, "buzonec")


def in_person(desk: Desk, agent: Member, person: Someone, **said: Any) -> dict[str, Any]:
    """Let the agent type what the cédula says."""
    answer: dict[str, Any] = agent.call(202, "POST", REGISTRATIONS, form(person, channel="in_person", **said))
    return answer


def enter(member: Member, password: str = PASSWORD) -> Member:
    """Enter, and accept the duties if they are still to be accepted."""
    answer = member.sign_in(password)
    assert answer.status_code == 201, answer.text
    member.token = answer.json()["token"]
    if answer.json()["pending"]:
        assert answer.json()["pending"] == ["accept_terms"]
        member.call(200, "POST", "/v1/me/terms", DUTIES)
    return member


def letter(person: Someone, **said: Any) -> dict[str, Any]:
    """Return a notification to somebody."""
    return {
        "reference": f"FGE-{next(_SERIALS)}",
        "portal": "buzonec",
        "recipient": person.identifier,
        "subject": "Citación",
        "body": "Acuda **el lunes**.",
        **said,
    }


def post(desk: Desk, sender: InstitutionClient, person: Someone, **said: Any) -> dict[str, Any]:
    answer: httpx.Response = sender.post(letter(person, **said))
    assert answer.status_code == 202, answer.text
    desk.local.settle()
    posted: dict[str, Any] = answer.json()
    return posted


def text_of(pdf: bytes) -> str:
    """Return what a document says, page by page."""
    from pypdf import PdfReader

    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


class TestPages:
    def test_two_channels_with_what_each_takes(self, desk):
        shown = desk.expect(200, "GET", "/v1/portals/buzonec")
        channels = {one["id"]: one for one in shown["channels"]}
        assert channels["certificate"]["steps"] == ["form", "documents", "identity_check", "confirm"]
        assert channels["in_person"]["steps"] == ["form", "identity_check", "confirm"]
        assert (channels["certificate"]["by"], channels["in_person"]["by"]) == (None, "agent")
        assert {one["assurance"] for one in channels.values()} == {"proven"}
        assert "Certificado de firma electrónica vigente" in channels["certificate"]["requirements"]
        assert "Cédula de ciudadanía" in channels["in_person"]["requirements"]
        assert [field["name"] for field in shown["fields"]] == ["identifier", "email"]
        assert (shown["captcha"], shown["mailbox"]) == (["register"], {"assurance": "proven"})

    def test_the_duties_of_the_user_are_told(self, desk):
        shown = desk.expect(200, "GET", "/v1/portals/buzonec")
        duties = shown["procedure"]["duties"]
        said = ["verificar continuamente", "No compartir su clave", "únicamente", "Descargar y salvaguardar"]
        assert all(words in duty for words, duty in zip(said, duties, strict=True))
        assert [terms["id"] for terms in shown["terms"]] == ["obligaciones"]


class TestCertificateChannel:
    def test_the_whole_way(self, desk, ana):
        asked = desk.local.registry.asked
        request = desk.apply("buzonec", form(ana))
        assert desk.mails(ana.email) == []
        shown = request.shown()
        assert (shown["state"], shown["missing"]) == ("documents", ["activation"])
        paper = request.document("activation")
        assert request.document("activation") == paper
        taken = request.deliver("activation", sign(paper, request.holder(ana)))
        assert taken == {"kind": "activation", "signature": "electronic", "signer": "ANA LUCÍA YÉPEZ"}
        assert desk.local.registry.asked == asked
        sent = request.submit()
        assert desk.local.registry.asked == asked + 1
        assert [one["state"] for one in sent["history"]] == ["documents", "identity_check", "confirm"]
        [mail] = desk.mails(ana.email)
        assert mail["subject"] == "Cree su contraseña de BuzónEC"
        assert "YÉPEZ" not in mail["text"]
        token = desk.mailed_token(ana.email)
        assert desk.expect(200, "POST", "/v1/verifications", {"token": token})["next"] == "set_password"
        said = desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
        assert said == {"status": "active", "next": "sign_in", "portal": "buzonec"}
        member = desk.member(ana, "buzonec")
        assert member.enter()["pending"] == ["accept_terms"]
        assert member.call(200, "POST", "/v1/me/terms", DUTIES) == {"pending": []}
        me = member.call(200, "GET", "/v1/me")
        assert (me["assurance"], me["email"], me["profile"]) == ("proven", ana.email, {})
        assert member.call(200, "GET", "/v1/inbox")["items"] == []

    def test_the_document_says_only_what_was_typed(self, desk, ana):
        request = desk.apply("buzonec", form(ana))
        said = text_of(request.document("activation"))
        assert ana.number in said
        assert ana.email in said
        assert "YÉPEZ" not in said.upper()
        assert "No compartir su clave con terceros" in said

    def test_a_captcha_is_demanded_and_works_once(self, desk, ana):
        whole = form(ana, captcha=desk.solved("register", "buzonec"))
        desk.expect(202, "POST", REGISTRATIONS, whole)
        for body, code in ((form(ana), "captcha_missing"), (whole, "captcha_used")):
            problem = desk.refused("validation", 422, "POST", REGISTRATIONS, body)
            assert [error["code"] for error in problem["errors"]] == [code]

    def test_the_document_comes_before_anything_is_sent_in(self, desk, ana):
        request = desk.apply("buzonec", form(ana))
        problem = desk.refused("documents-missing", 409, "POST", f"{request.path}/submit", token=request.token)
        assert "activation" in problem["detail"]

    def test_unsigned_or_by_somebody_else_it_is_refused(self, desk, ana):
        request = desk.apply("buzonec", form(ana))
        paper = request.document("activation")
        stranger = request.holder(Someone("Otra Persona"))
        for sent, slug in ((paper, "document-unsigned"), (sign(paper, stranger), "document-another-signer")):
            answer = request.send("activation", sent)
            assert answer.status_code == 422
            assert answer.json()["type"] == f"urn:ventanilla:problem:{slug}"
        assert request.shown()["missing"] == ["activation"]

    def test_a_link_that_expired_is_mailed_anew(self, desk, ana):
        signed(desk, ana).submit()
        old = desk.mailed_token(ana.email)
        desk.local.advance(DAY + 60)
        desk.refused("token-gone", 410, "POST", "/v1/verifications", {"token": old})
        desk.expect(202, "POST", "/v1/resets", {"portal": "buzonec", "identifier": ana.number})
        token = desk.mailed_token(ana.email)
        desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})


INELIGIBLE = {
    "too_young": {"birth_date": birthday(17)},
    "too_old": {"birth_date": birthday(65)},
    "identity_status": {"identity_status": "annulled"},
    "deceased": {"deceased": True},
}
WORDS = {
    "too_young": "edad mínima",
    "too_old": "edad máxima",
    "identity_status": "no está vigente",
    "deceased": "fallecido",
    "not_registered": "no conoce este número",
}


class TestEligibility:
    @pytest.mark.parametrize("reason", INELIGIBLE)
    def test_who_is_not_eligible_is_refused_with_the_reason_in_spanish(self, desk, reason):
        person = known(desk, **INELIGIBLE[reason])
        request = signed(desk, person)
        said = request.submit()
        assert said["state"] == "refused"
        assert WORDS[reason] in said["history"][-1]["reason"]
        assert request.shown()["history"][-1]["reason"] == said["history"][-1]["reason"]
        assert desk.mails(person.email) == []
        desk.refused("not-waiting", 409, "POST", f"{request.path}/submit", token=request.token)

    def test_whom_the_registry_does_not_know_is_refused(self, desk):
        said = signed(desk, Someone("Nadie Conocido")).submit()
        assert (said["state"], WORDS["not_registered"] in said["history"][-1]["reason"]) == ("refused", True)

    @pytest.mark.parametrize("years", [18, 64])
    def test_from_18_to_under_65_one_is_admitted(self, desk, years):
        assert signed(desk, known(desk, birth_date=birthday(years))).submit()["state"] == "confirm"

    @pytest.mark.parametrize("reason", [*INELIGIBLE, "not_registered"])
    def test_an_agent_is_told_at_once(self, desk, agent, reason):
        person = known(desk, **INELIGIBLE[reason]) if reason in INELIGIBLE else Someone("Nadie Conocido")
        said = agent.refused("not-eligible", 422, "POST", REGISTRATIONS, form(person, channel="in_person"))
        assert [(error["field"], error["code"]) for error in said["errors"]] == [("identifier", reason)]
        assert WORDS[reason] in said["errors"][0]["message"]
        assert desk.mails(person.email) == []


class TestRegistryDown:
    @pytest.fixture(autouse=True)
    def down(self, desk: Desk) -> Iterator[None]:
        desk.local.registry.take_down()
        yield
        desk.local.registry.bring_up()
        desk.local.advance(31)

    def test_the_application_waits_where_it_was(self, desk, ana):
        request = signed(desk, ana)
        problem = desk.refused("registry-down", 503, "POST", f"{request.path}/submit", token=request.token)
        assert problem["retryable"] is True
        shown = request.shown()
        assert (shown["state"], shown["missing"]) == ("documents", [])
        desk.local.registry.bring_up()
        assert request.submit()["state"] == "confirm"

    def test_the_agent_tries_again(self, desk, agent, ana):
        agent.refused("registry-down", 503, "POST", REGISTRATIONS, form(ana, channel="in_person"))
        assert desk.mails(ana.email) == []
        desk.local.registry.bring_up()
        assert in_person(desk, agent, ana)["next"] == "check_email"


class TestInPersonChannel:
    def test_the_whole_way(self, desk, agent, ana):
        said = in_person(desk, agent, ana)
        assert (said["status"], said["next"], said["existing"]) == ("pending", "check_email", False)
        [mail] = desk.mails(ana.email)
        assert mail["subject"] == "Confirme su cuenta en BuzónEC"
        assert said["code"] not in mail["text"] + mail["html"]
        token = desk.mailed_token(ana.email)
        looked = desk.expect(200, "POST", "/v1/verifications", {"token": token})
        assert (looked["next"], looked["code_required"]) == ("set_password", True)
        choice = {"token": token, "password": PASSWORD}
        problem = desk.refused("validation", 422, "POST", "/v1/verifications/password", choice)
        assert [(error["field"], error["code"]) for error in problem["errors"]] == [("code", "missing")]
        wrong = {**choice, "code": "AAAA2222"}
        desk.refused("invalid-credentials", 401, "POST", "/v1/verifications/password", wrong)
        desk.expect(200, "POST", "/v1/verifications/password", {**choice, "code": said["code"].lower()})
        member = enter(desk.member(ana, "buzonec"))
        assert member.call(200, "GET", "/v1/me")["assurance"] == "proven"
        assert member.call(200, "GET", "/v1/inbox")["items"] == []

    def test_the_duties_may_be_accepted_at_the_counter(self, desk, agent, ana):
        said = in_person(desk, agent, ana, **DUTIES)
        choice = {"token": desk.mailed_token(ana.email), "password": PASSWORD, "code": said["code"]}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        member = desk.member(ana, "buzonec")
        assert member.enter()["pending"] == []
        assert [one["id"] for one in member.call(200, "GET", "/v1/me")["consents"]] == ["obligaciones"]

    def test_five_wrong_codes_kill_the_link_and_a_reset_mails_one_that_takes_the_same_code(self, desk, agent, ana):
        said = in_person(desk, agent, ana)
        choice = {"token": desk.mailed_token(ana.email), "password": PASSWORD}
        for _ in range(5):
            wrong = {**choice, "code": "AAAA2222"}
            desk.refused("invalid-credentials", 401, "POST", "/v1/verifications/password", wrong)
        right = {**choice, "code": said["code"]}
        desk.refused("token-gone", 410, "POST", "/v1/verifications/password", right)
        desk.expect(202, "POST", "/v1/resets", {"portal": "buzonec", "identifier": ana.number})
        right["token"] = desk.mailed_token(ana.email)
        desk.expect(200, "POST", "/v1/verifications/password", right)

    def test_it_takes_an_agent_of_this_portal_with_the_second_factor_proven(self, desk, agent, ana):
        body = form(ana, channel="in_person")
        desk.refused("unauthenticated", 401, "POST", REGISTRATIONS, body)
        desk.reviewer("agent", "ibarra").refused("forbidden", 403, "POST", REGISTRATIONS, body)
        desk.reviewer("reviewer", "buzonec").refused("forbidden", 403, "POST", REGISTRATIONS, body)
        again = Member(desk, "staff", agent.number, agent.email)
        assert again.enter()["pending"] == ["second_factor"]
        again.refused("steps-pending", 403, "POST", REGISTRATIONS, body)
        citizen = enter(by_certificate(desk, known(desk)))
        citizen.refused("forbidden", 403, "POST", REGISTRATIONS, body)

    def test_no_agent_vouches_for_themselves(self, desk, agent):
        me = {"identifier": {"kind": "cedula", "number": agent.number}, "email": agent.email}
        desk.local.registry.add(**me["identifier"], given_names="EVA", surnames="PAZ")
        agent.refused("own-application", 403, "POST", REGISTRATIONS, {**me, "channel": "in_person"})


class TestMailbox:
    def test_a_letter_reaches_the_open_mailbox_and_is_opened(self, desk, sender, ana):
        member = enter(by_certificate(desk, ana))
        posted = post(desk, sender, ana, subject="Secreto del caso")
        assert posted["recipient"] == {"registered": True}
        mail = desk.mails(ana.email)[0]
        assert "Fiscalía" in mail["subject"]
        assert "Secreto" not in mail["subject"] + mail["text"] + mail["html"]
        [line] = member.call(200, "GET", "/v1/inbox")["items"]
        assert (line["id"], line["institution"]["name"], line["opened_at"]) == (posted["id"], "Fiscalía", None)
        member.refused("not-opened", 409, "GET", f"/v1/inbox/{posted['id']}")
        assert member.call(200, "POST", f"/v1/inbox/{posted['id']}/opening")["subject"] == "Secreto del caso"
        assert member.call(200, "GET", f"/v1/inbox/{posted['id']}")["opened_at"]

    def test_the_duties_come_before_the_letters(self, desk, sender, ana):
        member = by_certificate(desk, ana)
        member.enter()
        posted = post(desk, sender, ana)
        for method, path in (("GET", "/v1/inbox"), ("POST", f"/v1/inbox/{posted['id']}/opening")):
            assert member.refused("steps-pending", 403, method, path)["pending"] == ["accept_terms"]

    @pytest.mark.parametrize("channel", ["certificate", "in_person"])
    def test_letters_that_waited_are_released_when_it_opens(self, desk, agent, sender, ana, channel):
        first, second = post(desk, sender, ana), post(desk, sender, ana)
        assert (first["state"], first["recipient"]) == ("waiting_for_account", {"registered": False})
        if channel == "certificate":
            by_certificate(desk, ana)
        else:
            said = in_person(desk, agent, ana)
            choice = {"token": desk.mailed_token(ana.email), "password": PASSWORD, "code": said["code"]}
            desk.expect(200, "POST", "/v1/verifications/password", choice)
        assert "2 notificaciones le esperan en BuzónEC" in desk.subjects(ana.email)
        found = enter(desk.member(ana, "buzonec")).call(200, "GET", "/v1/inbox")
        assert ({line["id"] for line in found["items"]}, found["unread_count"]) == ({first["id"], second["id"]}, 2)

    @pytest.mark.parametrize("portal", ["demo", "ipsot", "ibarra"])
    def test_an_account_of_another_portal_never_opens_it(self, desk, sender, ana, portal):
        by_certificate(desk, ana)
        posted = post(desk, sender, ana)
        imposter = REGISTER[portal](desk, ana)
        for method, path in (
            ("GET", "/v1/inbox"),
            ("GET", f"/v1/inbox/{posted['id']}"),
            ("POST", f"/v1/inbox/{posted['id']}/opening"),
        ):
            answer = desk.call(method, path, token=imposter.token)
            if path == "/v1/inbox" and portal == "demo":  # that portal's own mailbox: another one
                assert (answer.status_code, answer.json()["items"]) == (200, [])
            else:
                assert (answer.status_code, answer.json()["type"][-9:]) == (404, "not-found")
        assert posted["id"] not in str(imposter.call(200, "GET", "/v1/me/export"))
        assert imposter.bureau.call("POST", "/v1/sessions", {**LOGIN, "identifier": ana.number}).status_code == 401

    def test_an_application_that_is_not_finished_opens_nothing(self, desk, sender, ana):
        posted = post(desk, sender, ana)
        signed(desk, ana).submit()
        desk.local.settle()
        answer = sender.get(posted["id"])
        assert answer.json()["state"] == "waiting_for_account"


LOGIN = {"portal": "buzonec", "password": "la clave de otro portal 7"}


def _by_form(portal: str, **more: Any) -> Any:
    def register(desk: Desk, person: Someone) -> Member:
        member = Member(desk, portal, person.number, f"impostor@{portal}.example.ec")
        body = {
            "identifier": person.identifier,
            "given_names": "Ana",
            "surnames": "Yépez",
            "email": member.email,
            "password": LOGIN["password"],
            **more,
        }
        desk.expect(202, "POST", f"/v1/portals/{portal}/registrations", body)
        token = desk.mailed_token(member.email)
        desk.expect(200, "POST", "/v1/verifications", {"token": token, "password": LOGIN["password"]})
        member.token = member.sign_in(LOGIN["password"]).json()["token"]
        return member

    return register


def _in_ibarra(desk: Desk, person: Someone) -> Member:
    member = Member(desk, "ibarra", person.number, "impostor@ibarra.example.ec")
    body = {"identifier": person.identifier, "email": member.email}
    desk.expect(202, "POST", "/v1/portals/ibarra/registrations", body)
    [key] = re.findall(r"Contraseña temporal: (\S+)", desk.mails(member.email)[0]["text"])
    member.token = member.sign_in(key).json()["token"]
    own = {"current": key, "new": "clave ajena 77"}
    member.call(200, "POST", "/v1/me/password", own)
    member.call(200, "PATCH", "/v1/me", {})
    questions = [{"question": one, "answer": "Canela"} for one in ("first_pet", "first_job", "first_book")]
    member.call(200, "POST", "/v1/me/security-questions", {"answers": questions})
    member.call(200, "POST", "/v1/me/terms", {"accept": ["medios-electronicos"]})
    return member


REGISTER = {
    "demo": _by_form("demo"),
    "ipsot": _by_form(
        "ipsot",
        organization="1001",
        unit="Unidad GAD",
        position="Técnica",
        work_phone="062345678",
        mobile_phone="0991234567",
    ),
    "ibarra": _in_ibarra,
}


class TestRecovery:
    """Somebody has lost address and password, or a thief has them: the proven owner takes the account back."""

    @pytest.fixture
    def lost(self, desk: Desk, ana: Someone) -> Member:
        """An account with a session and a letter."""
        return enter(by_certificate(desk, ana))

    def assert_replaced(self, desk: Desk, lost: Member, address: str, letter: str) -> None:
        lost.call(401, "GET", "/v1/me")
        assert lost.sign_in(PASSWORD).status_code == 401
        [told, *_] = desk.mails(lost.email)
        assert told["subject"] == "Se recuperó su cuenta en BuzónEC"
        assert address not in told["text"]
        assert f"{address[:1]}***@" in told["text"]
        fresh = enter(Member(desk, "buzonec", lost.number, address), NEW_PASSWORD)
        assert fresh.call(200, "GET", "/v1/me")["email"] == address
        assert [line["id"] for line in fresh.call(200, "GET", "/v1/inbox")["items"]] == [letter]

    def test_by_certificate_it_replaces_address_credential_and_sessions(self, desk, sender, ana, lost):
        posted = post(desk, sender, ana)
        before = len(desk.mails(lost.email))
        address = f"nueva{ana.number}@example.ec"
        request = signed(desk, ana, email=address)
        assert request.submit()["state"] == "confirm"
        assert len(desk.mails(lost.email)) == before
        lost.call(200, "GET", "/v1/me")
        body = {"token": desk.mailed_token(address), "password": NEW_PASSWORD}
        desk.expect(200, "POST", "/v1/verifications/password", body)
        self.assert_replaced(desk, lost, address, posted["id"])

    def test_in_person_the_agent_is_told_that_it_exists(self, desk, agent, sender, ana, lost):
        posted = post(desk, sender, ana)
        address = f"nueva{ana.number}@example.ec"
        said = in_person(desk, agent, ana, email=address)
        assert said["existing"] is True
        lost.call(200, "GET", "/v1/me")
        choice = {"token": desk.mailed_token(address), "password": NEW_PASSWORD, "code": said["code"]}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        self.assert_replaced(desk, lost, address, posted["id"])

    def test_a_link_that_expired_meanwhile_is_mailed_anew_to_the_new_address(self, desk, agent, ana, lost):
        address = f"nueva{ana.number}@example.ec"
        said = in_person(desk, agent, ana, email=address)
        old = desk.mailed_token(address)
        desk.local.advance(DAY + 60)
        desk.expect(202, "POST", "/v1/resets", {"portal": "buzonec", "identifier": ana.number})
        token = desk.mailed_token(address)
        assert token != old
        choice = {"token": token, "password": NEW_PASSWORD, "code": said["code"]}
        desk.expect(200, "POST", "/v1/verifications/password", choice)
        enter(Member(desk, "buzonec", ana.number, address), NEW_PASSWORD)

    def test_an_older_reset_link_is_dead_afterwards(self, desk, ana, lost):
        desk.expect(202, "POST", "/v1/resets", {"portal": "buzonec", "identifier": ana.number})
        old = desk.mailed_token(lost.email)
        by_certificate(desk, ana, NEW_PASSWORD, email=f"nueva{ana.number}@example.ec")
        desk.refused("token-gone", 410, "POST", "/v1/resets/confirm", {"token": old, "password": PASSWORD})

    def test_one_that_the_staff_has_locked_stays_so_until_they_unlock_it(self, desk, ana, lost):
        office = desk.administrator("buzonec")
        [found] = office.call(200, "GET", f"/v1/staff/accounts?portal=buzonec&identifier={ana.number}")["items"]
        office.call(200, "POST", f"/v1/staff/accounts/{found['id']}/lock", {"reason": "Suplantación en estudio"})
        address = f"nueva{ana.number}@example.ec"
        by_certificate(desk, ana, NEW_PASSWORD, email=address)
        fresh = Member(desk, "buzonec", ana.number, address)
        assert fresh.sign_in(NEW_PASSWORD).status_code == 401
        office.call(200, "POST", f"/v1/staff/accounts/{found['id']}/unlock", {"reason": "Identidad comprobada"})
        assert fresh.sign_in(NEW_PASSWORD).status_code == 201
