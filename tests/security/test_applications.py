"""Who comes to a role, and who decides on it (security.md, 14, 23, 24)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.flows.bureau import PASSWORD, Member
from tests.flows.paperwork import Cooperative, Desk, Someone, paperwork
from tests.flows.test_seps import grants, holding, signed_in, wish
from tests.makers import make_cedula
from ventanilla.domain.grants import Grant

APPROVE = {"decision": "approve"}
STAFF = "/v1/staff/accounts"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site")) as desk:
        yield desk


@pytest.fixture(scope="module")
def vera(desk: Desk) -> Member:
    return desk.reviewer("reviewer", "seps")


@pytest.fixture(scope="module")
def mintel(desk: Desk) -> Member:
    """Who reviews institutions and their administrators."""
    return desk.reviewer("platform_admin", "platform")


@pytest.fixture
def coop() -> Cooperative:
    return Cooperative()


@pytest.fixture
def ana() -> Someone:
    return Someone("Ana María Núñez Pérez")


@pytest.fixture
def luis() -> Someone:
    return Someone("Luis Ortiz")


def lock(desk: Desk, portal: str, person: Someone, status: str) -> None:
    """Let the staff lock an account, or unlock it."""
    from ventanilla.wiring import services

    with desk.local.lock:
        account = services().accounts.get(portal, person.number)
        services().accounts.change(account, replace(account, status=status, epoch=account.epoch + (status == "locked")))


def administrator(desk: Desk, mintel: Member, person: Someone, ruc: str, former: Someone | None = None) -> Member:
    """Let somebody become the administrator of an institution, in somebody's place."""
    request = desk.apply("staff", delegation(person, ruc, former)).send_in()
    request.approve(mintel)
    return desk.member(person, "staff")


def delegation(person: Someone, ruc: str, former: Someone | None = None) -> dict[str, Any]:
    authority = Someone("José Ignacio Cueva")
    form: dict[str, Any] = {
        "channel": "administrator",
        "full_name": person.name,
        "identifier": person.identifier,
        "position": "Analista",
        "email": person.email,
        "work_phone": "022345678",
        "organization": {"ruc": ruc},
        "authority": {"identifier": authority.identifier, "full_name": authority.name, "position": "Ministro"},
    }
    return {**form, "former_user": {"identifier": former.identifier}} if former else form


def held(desk: Desk, person: Someone, portal: str) -> list[Grant]:
    """Return the grants of an account as they are stored."""
    from ventanilla.wiring import services

    with desk.local.lock:
        account = services().accounts.get(portal, person.number)
    return sorted(account.grants) if account else []


class TestFormerUser:
    def test_one_whose_account_is_locked_loses_the_role_too(self, desk, vera, coop, ana, luis):
        former = holding(desk, vera, luis, coop)
        lock(desk, "seps", luis, "locked")
        signed_in(desk, ana, coop, former=luis).approve(vera)
        lock(desk, "seps", luis, "active")
        former.enter()
        assert grants(former) == [], "one place, one holder: unlocking gives nothing back"

    def test_one_is_replaced_by_somebody_who_holds_the_role_already(self, desk, mintel, ana, luis):
        ruc = Cooperative().ruc
        for person in (ana, luis):
            administrator(desk, mintel, person, ruc)
            body = {"token": desk.mailed_token(person.email), "password": PASSWORD}
            desk.expect(200, "POST", "/v1/verifications/password", body)
        administrator(desk, mintel, ana, ruc, former=luis)
        assert held(desk, luis, "staff") == []
        assert held(desk, ana, "staff") == [Grant("institution_admin", ruc)]

    def test_a_name_that_holds_nothing_is_not_passed_over(self, desk, mintel, vera, coop, ana, luis):
        for reviewer, request in (
            (mintel, desk.apply("staff", delegation(ana, coop.ruc, luis)).send_in()),
            (vera, signed_in(desk, ana, coop, former=luis)),
        ):
            [error] = reviewer.refused("validation", 422, "POST", f"{request.reviewed}/decision", APPROVE)["errors"]
            assert (error["field"], error["code"]) == ("former_user.identifier", "former_user")


class TestOwnApplication:
    """Line 24: nobody approves their own request."""

    def test_nor_one_that_they_carry_out_for_somebody(self, desk, coop, ana):
        member = desk.reviewer("reviewer", "seps")
        carries = {"identifier": {"kind": "cedula", "number": member.number}, "full_name": "Eva Paz"}
        request = signed_in(desk, ana, coop, third_party=carries)
        member.refused("own-application", 403, "POST", f"{request.reviewed}/decision", APPROVE)

    def test_nor_the_account_of_their_own_ruc(self, desk):
        administrator = desk.administrator("ibarra")
        path = f"{STAFF}?portal=ibarra&identifier={administrator.number}001"
        administrator.refused("own-account", 403, "GET", path)


class TestPurposes:
    """A token opens what it was made for, and nothing else."""

    def test_the_token_of_an_application_is_no_other(self, desk, coop, ana):
        request = desk.apply("seps", wish(ana, coop))
        for path in ("/v1/me", "/v1/sessions", "/v1/inbox", "/v1/review/applications?portal=seps"):
            desk.refused("unauthenticated", 401, "GET", path, token=request.token)
        body = {"token": request.token, "password": PASSWORD}
        for path in ("/v1/verifications", "/v1/verifications/password", "/v1/resets/open", "/v1/resets/confirm"):
            given = {"token": request.token} if path.endswith("open") else body
            desk.refused("token-gone", 410, "POST", path, given)

    def test_no_other_is_the_token_of_an_application(self, desk, vera, coop, ana):
        request = signed_in(desk, ana, coop)
        request.approve(vera)
        link, session = desk.mailed_token(ana.email), vera.token
        forged = request.token[:-1] + ("B" if request.token.endswith("A") else "A")
        for token in (link, session, forged, "", "x.y"):
            for method, path in (("GET", request.path), ("POST", f"{request.path}/submit")):
                desk.refused("not-found", 404, method, path, token=token)

    def test_one_application_is_not_opened_by_another_of_the_same_person(self, desk, coop, ana):
        one, other = desk.apply("seps", wish(ana, coop)), desk.apply("seps", wish(ana, coop))
        for path in (one.path, f"{one.path}/documents/solicitud"):
            desk.refused("not-found", 404, "GET", path, token=other.token)


class TestMassAssignment:
    @pytest.mark.parametrize(
        "more",
        [
            {"state": "confirm"},
            {"grants": [{"role": "reviewer", "scope": "platform"}]},
            {"reviewed": False},
            {"documents": {"solicitud": {}}},
            {"password": PASSWORD},
            {"accept": ["obligaciones"]},
        ],
        ids=lambda more: next(iter(more)),
    )
    def test_a_form_takes_its_own_fields_alone(self, desk, coop, ana, more):
        assert desk.faults("seps", {**wish(ana, coop), **more}) == dict.fromkeys(more, "unknown_field")

    def test_nor_is_a_role_of_the_staff_to_be_had_at_a_portal(self, desk, coop, ana):
        faults = desk.faults("seps", wish(ana, coop, ("reviewer", "access")))
        assert faults == {"request.roles.0.role": "choice"}

    def test_who_checks_the_data_changes_neither_number_nor_role(self, desk, vera, coop, ana):
        signed_in(desk, ana, coop).approve(vera)
        body = {"token": desk.mailed_token(ana.email), "password": PASSWORD}
        forged: list[dict[str, Any]] = [
            {"identifier": make_cedula(17, 77)},
            {"email": "otra@example.ec"},
            {"grants": []},
            {"roles": []},
        ]
        for data in forged:
            problem = desk.refused("validation", 422, "POST", "/v1/verifications/password", {**body, "data": data})
            assert [error["code"] for error in problem["errors"]] == ["unknown_field"]


class TestRoles:
    """Roles are of a portal; power over others is of the staff alone."""

    def test_a_role_in_an_organisation_gives_none_over_applications(self, desk, vera, coop, ana):
        user = holding(desk, vera, ana, coop)
        request = signed_in(desk, Someone("Luis Ortiz"), Cooperative())
        user.refused("not-found", 404, "GET", request.reviewed)
        user.refused("forbidden", 403, "GET", f"{STAFF}?portal=seps&identifier={ana.number}")

    def test_an_institutions_administrator_reviews_nothing(self, desk, mintel, ana):
        ruc = Cooperative().ruc
        member = administrator(desk, mintel, ana, ruc)
        body = {"token": desk.mailed_token(ana.email), "password": PASSWORD}
        desk.expect(200, "POST", "/v1/verifications/password", body)
        assert member.enter()["pending"] == ["second_factor_enrolment"]
        member.refused("steps-pending", 403, "GET", "/v1/review/applications?portal=staff")
        member.enrol()
        member.refused("not-found", 404, "GET", "/v1/review/applications?portal=staff")
        member.refused("forbidden", 403, "GET", f"{STAFF}?portal=staff&identifier={mintel.number}")

    @pytest.mark.parametrize("cursor", ["x" * 3000, "%00", "%F0%9F%98%80", "0" * 26])
    def test_a_cursor_that_is_none_of_ours_breaks_nothing(self, vera, cursor):
        answer = vera.bureau.call("GET", f"/v1/review/applications?portal=seps&cursor={cursor}", token=vera.token)
        assert answer.status_code in (200, 422)

    @pytest.mark.parametrize("place", ["x" * 3000 + ".y", "x." + "y" * 3000, "x.%00", "%C3%B1.y"])
    def test_nor_a_place_that_is_none(self, vera, place):
        vera.refused("not-found", 404, "GET", f"/v1/review/applications/{place}")
