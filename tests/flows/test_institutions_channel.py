"""Institutions over HTTP: activation, and a new administrator, both signed by the authority and reviewed by MINTEL."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.bureau import PASSWORD, Member
from tests.flows.paperwork import Desk, Request, Someone, paperwork, scanned
from tests.makers import make_public_ruc

QUEUE = "/v1/review/applications?portal=staff"
HOUR = 3600
_RUCS = iter(range(760_001, 770_000))


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site")) as desk:
        yield desk


@pytest.fixture(scope="module")
def mina(desk: Desk) -> Member:
    """Who reviews for MINTEL."""
    return desk.reviewer("platform_admin", "platform")


@pytest.fixture
def ruc() -> str:
    """An institution's."""
    return make_public_ruc(17, next(_RUCS))


@pytest.fixture
def chief() -> Someone:
    """The institution's highest authority."""
    return Someone("José Ignacio Cueva Ríos")


@pytest.fixture
def ana() -> Someone:
    """Who is to administer it."""
    return Someone("Ana María Núñez Pérez")


def asked(admin: Someone, ruc: str, chief: Someone, channel: str = "institution", **said: Any) -> dict[str, Any]:
    """Return the form of a channel."""
    organization = {"ruc": ruc}
    if channel == "institution":
        organization |= {"legal_name": "Instituto Imaginario de Catastros", "modality": "interconnection"}
    return {
        "channel": channel,
        "full_name": admin.name,
        "identifier": admin.identifier,
        "position": "Analista",
        "email": admin.email,
        "work_phone": "02 234 5678",
        "organization": organization,
        "authority": {"identifier": chief.identifier, "full_name": chief.name, "position": "Director General"},
        **said,
    }


def signed_in(desk: Desk, admin: Someone, ruc: str, chief: Someone, channel: str, **said: Any) -> Request:
    """Return an application that waits for its review."""
    return desk.apply("staff", asked(admin, ruc, chief, channel, **said)).send_in()


def confirmed(desk: Desk, admin: Someone) -> Member:
    """Let an administrator follow the link, enrol a second factor and enter."""
    token = desk.mailed_token(admin.email)
    desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
    member = desk.member(admin, "staff")
    member.enter()
    member.enrol()
    return member


def grants(member: Member) -> list[tuple[str, str]]:
    return [(grant["role"], grant["scope"]) for grant in member.call(200, "GET", "/v1/me")["grants"]]


def test_an_institution_from_the_form_to_its_administrators_grant(desk, mina, ruc, chief, ana):
    request = desk.apply("staff", asked(ana, ruc, chief))
    shown = request.shown()
    assert (shown["state"], shown["missing"]) == ("documents", ["request", "delegation"])

    # Both documents are signed by the authority: one by certificate, the other by hand
    refused = request.send("request", request.signed("request", ana)).json()
    assert refused["type"] == "urn:ventanilla:problem:document-another-signer"
    taken = request.deliver("request", request.signed("request", chief, layout="alternative_name"))
    assert taken == {"kind": "request", "signature": "electronic", "signer": chief.name.upper()}
    desk.refused("documents-missing", 409, "POST", f"{request.path}/submit", token=request.token)
    assert request.deliver("delegation", scanned(request.document("delegation")))["signature"] == "scan"
    assert request.submit()["state"] == "review"

    # MINTEL reviews
    [line] = [one for one in mina.call(200, "GET", QUEUE)["items"] if one["id"] == request.id]
    assert (line["channel"], line["name"], line["scope"]) == ("institution", ana.name, ruc)
    seen = mina.call(200, "GET", request.reviewed)
    assert seen["sections"]["organization"]["modality"] == "interconnection"
    assert seen["profile"] == {"full_name": ana.name, "position": "Analista", "work_phone": "+59322345678"}
    assert [one["signature"] for one in seen["documents"]] == ["electronic", "scan"]
    for kind in ("request", "delegation"):
        assert desk.call("GET", f"{request.reviewed}/documents/{kind}", token=mina.token).content.startswith(b"%PDF")
    assert request.approve(mina)["state"] == "confirm"

    # The administrator sets a password, and enrols a second factor before anything else
    assert desk.subjects(ana.email)[0].startswith("Se aprobó su solicitud")
    token = desk.mailed_token(ana.email)
    opened = desk.expect(200, "POST", "/v1/verifications", {"token": token})
    assert (opened["status"], opened["next"]) == ("pending", "set_password")
    desk.expect(200, "POST", "/v1/verifications/password", {"token": token, "password": PASSWORD})
    admin = desk.member(ana, "staff")
    assert admin.enter()["pending"] == ["second_factor_enrolment"]
    admin.refused("steps-pending", 403, "GET", "/v1/inbox")
    admin.enrol()
    assert admin.call(200, "GET", "/v1/me")["grants"] == [{"role": "institution_admin", "scope": ruc}]

    # From then on it is asked for
    assert admin.enter()["pending"] == ["second_factor"]
    proved = admin.call(200, "POST", "/v1/sessions/current/second-factor", {"code": admin.code()})
    assert proved["pending"] == []
    assert grants(admin) == [("institution_admin", ruc)]

    # The institution is there: its administrator registers keys, and composes on the platform
    path = f"/v1/institutions/{ruc}"
    shown = admin.call(200, "GET", path)
    assert (shown["name"], shown["modality"]) == ("Instituto Imaginario de Catastros", "interconnection")
    assert (shown["portals"], shown["administrators"]) == (["buzonec"], [ana.name])
    assert shown["contact"] == {"email": ana.email, "phone": "+59322345678"}
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert admin.call(201, "POST", f"{path}/keys", {"public_key": key})["key_id"] == f"{ruc}.k1"
    letter = {
        "reference": "A-1",
        "portal": "buzonec",
        "recipient": chief.identifier,
        "subject": "Aviso",
        "body": "Texto.",
    }
    assert admin.call(202, "POST", "/v1/notifications", letter)["state"] == "waiting_for_account"
    admin.call(200, "GET", f"/v1/notifications?institution={ruc}")

    # MINTEL suspends it, and lets it post again
    assert mina.call(200, "POST", f"{path}/suspend", {"reason": "Lo ordena un juez"})["status"] == "suspended"
    admin.refused("institution-suspended", 403, "POST", "/v1/notifications", {**letter, "reference": "A-2"})
    assert mina.call(200, "POST", f"{path}/resume", {"reason": "Se levantó la orden"})["status"] == "active"
    assert admin.call(202, "POST", "/v1/notifications", {**letter, "reference": "A-2"})["recipient"]
    assert [line["act"] for line in admin.call(200, "GET", path)["audit"]] == ["key_added", "suspended", "resumed"]
    admin.call(204, "DELETE", f"{path}/keys/k1")


class TestForm:
    def test_each_channel_asks_for_its_own(self, desk, ruc, chief, ana):
        form = asked(ana, ruc, chief)
        form["organization"] = {"ruc": ruc}
        assert desk.faults("staff", form) == {
            "organization.legal_name": "missing",
            "organization.modality": "missing",
        }
        form = asked(ana, ruc, chief, "administrator")
        form["organization"]["modality"] = "platform"
        assert desk.faults("staff", form) == {"organization.modality": "unknown_field"}

    def test_nobody_invites_themselves(self, desk, ruc, chief, ana):
        assert desk.faults("staff", asked(ana, ruc, chief, "invitation")) == {"channel": "channel"}

    def test_a_captcha_is_demanded(self, desk, ruc, chief, ana):
        path = "/v1/portals/staff/registrations"
        problem = desk.refused("validation", 422, "POST", path, asked(ana, ruc, chief))
        assert [error["code"] for error in problem["errors"]] == ["captcha_missing"]

    def test_a_former_administrator_is_named_only_where_one_follows(self, desk, ruc, chief, ana):
        former = {"identifier": chief.identifier}
        assert desk.faults("staff", asked(ana, ruc, chief, former_user=former)) == {"former_user": "unknown_field"}


class TestAdministrator:
    def test_a_new_one_beside_the_first(self, desk, mina, ruc, chief, ana):
        luis = Someone("Luis Ortiz")
        signed_in(desk, luis, ruc, chief, "institution").approve(mina)
        first = confirmed(desk, luis)
        request = desk.apply("staff", asked(ana, ruc, chief, "administrator"))
        assert request.shown()["missing"] == ["delegation"]
        request.send_in().approve(mina)
        assert grants(confirmed(desk, ana)) == [("institution_admin", ruc)]
        assert grants(first) == [("institution_admin", ruc)]

    def test_the_former_one_is_replaced_and_told(self, desk, mina, ruc, chief, ana):
        luis = Someone("Luis Ortiz")
        signed_in(desk, luis, ruc, chief, "institution").approve(mina)
        former = confirmed(desk, luis)
        named = {"identifier": luis.identifier}
        signed_in(desk, ana, ruc, chief, "administrator", former_user=named).approve(mina)
        assert grants(former) == [], "the account stays, without the role"
        assert desk.subjects(luis.email)[0].startswith("Se retiró un rol de su cuenta")
        assert grants(confirmed(desk, ana)) == [("institution_admin", ruc)]

    def test_an_administrator_may_have_several_institutions(self, desk, mina, ruc, chief, ana):
        other = make_public_ruc(17, next(_RUCS))
        signed_in(desk, ana, ruc, chief, "institution").approve(mina)
        admin = confirmed(desk, ana)
        assert signed_in(desk, ana, other, chief, "administrator").approve(mina)["state"] == "done"
        assert grants(admin) == [("institution_admin", ruc), ("institution_admin", other)]

    def test_an_institution_has_so_many_places_and_no_more(self, desk, mina, ruc, chief, ana):
        people = [Someone("Luis Ortiz") for _ in range(5)]
        for person in people:
            signed_in(desk, person, ruc, chief, "administrator").approve(mina)
        path = signed_in(desk, ana, ruc, chief, "administrator").reviewed
        problem = mina.refused("quota-used", 409, "POST", f"{path}/decision", {"decision": "approve"})
        assert "desactivación de un usuario anterior" in problem["detail"]


class TestReview:
    def test_a_rejection_is_mailed_with_its_reason(self, desk, mina, ruc, chief, ana):
        request = signed_in(desk, ana, ruc, chief, "administrator")
        request.reject(mina, "La delegación no está vigente.")
        [mail] = desk.mails(ana.email)
        assert "no fue aprobada" in mail["subject"]
        assert "La delegación no está vigente." in mail["text"]
        assert request.shown()["state"] == "rejected"

    def test_only_mintel_reviews_and_nothing_else(self, desk, mina, ruc, chief, ana):
        request = signed_in(desk, ana, ruc, chief, "administrator")
        others = [desk.reviewer("reviewer", "seps"), desk.reviewer("portal_admin", "staff")]
        paths = [QUEUE, request.reviewed, f"{request.reviewed}/documents/delegation"]
        for path in paths:
            desk.refused("unauthenticated", 401, "GET", path)
            for other in others:
                other.refused("not-found", 404, "GET", path)
        mina.refused("not-found", 404, "GET", "/v1/review/applications?portal=seps")

    def test_an_institutions_administrator_reviews_none(self, desk, mina, ruc, chief, ana):
        signed_in(desk, ana, ruc, chief, "administrator").approve(mina)
        admin = confirmed(desk, ana)
        admin.refused("not-found", 404, "GET", QUEUE)
        request = signed_in(desk, Someone("Luis Ortiz"), ruc, chief, "administrator")
        admin.refused("not-found", 404, "POST", f"{request.reviewed}/decision", {"decision": "approve"})

    def test_nobody_decides_on_their_own(self, desk, ruc, chief, ana):
        member = desk.reviewer("platform_admin", "platform")
        eva = Someone("Eva Paz", member.number, member.email)
        for request in (
            signed_in(desk, eva, ruc, chief, "administrator"),
            signed_in(desk, ana, ruc, eva, "administrator"),
        ):
            path = f"{request.reviewed}/decision"
            member.refused("own-application", 403, "POST", path, {"decision": "approve"})


def test_a_link_that_came_too_late_is_mailed_anew_by_a_reset(desk, mina, ruc, chief, ana):
    signed_in(desk, ana, ruc, chief, "institution").approve(mina)
    late = desk.mailed_token(ana.email)
    desk.local.advance(73 * HOUR)
    desk.refused("token-gone", 410, "POST", "/v1/verifications", {"token": late})
    desk.expect(202, "POST", "/v1/resets", {"portal": "staff", "identifier": ana.number})
    assert desk.mailed_token(ana.email) != late
    assert grants(confirmed(desk, ana)) == [("institution_admin", ruc)]
