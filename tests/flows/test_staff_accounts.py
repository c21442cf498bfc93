"""Other people's accounts over HTTP: looked up, corrected, locked, unlocked, closed, and all of it written down."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.bureau import NEW_PASSWORD, PASSWORD, Bureau, Member, bureau
from ventanilla.domain.grants import Grant


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("site")) as office:
        yield office


@pytest.fixture(scope="module")
def eva(office: Bureau) -> Member:
    """Who administers the portal demo."""
    return office.administrator("demo")


@pytest.fixture
def rosa(office: Bureau) -> Member:
    """A citizen who has entered."""
    citizen = office.citizen("demo")
    citizen.enter()
    return citizen


def look(eva: Member, citizen: Member) -> Any:
    [account] = eva.call(200, "GET", f"/v1/staff/accounts?portal=demo&identifier={citizen.number}")["items"]
    return account


def at(account: Any, verb: str = "") -> str:
    return f"/v1/staff/accounts/{account['id']}{verb}"


class TestLooking:
    def test_an_account_is_shown_with_what_was_done_to_it(self, eva, rosa):
        account = look(eva, rosa)
        assert account["identifier"] == {"kind": "cedula", "number": rosa.number}
        assert account["profile"] == {"given_names": "Rosa", "surnames": "Quishpe"}
        assert (account["portal"], account["status"], account["email"]) == ("demo", "active", rosa.email)
        assert [(line["act"], line["by"]) for line in account["audit"]] == [("looked_up", "Eva Paz")]

    def test_its_id_names_nobody(self, eva, rosa):
        assert rosa.number not in look(eva, rosa)["id"]

    def test_nobody_has_that_number(self, eva):
        said = eva.call(200, "GET", "/v1/staff/accounts?portal=demo&identifier=1712345675")
        assert said == {"items": []}

    def test_both_parameters_are_demanded(self, eva):
        problem = eva.refused("validation", 422, "GET", "/v1/staff/accounts")
        assert {error["field"] for error in problem["errors"]} == {"portal", "identifier"}

    @pytest.mark.parametrize("portal", ["ipsot", "staff"])
    def test_another_portal_is_anothers(self, eva, rosa, portal):
        eva.refused("forbidden", 403, "GET", f"/v1/staff/accounts?portal={portal}&identifier={rosa.number}")

    def test_one_that_is_not_in_force_is_not_found(self, eva, rosa):
        eva.refused("not-found", 404, "GET", f"/v1/staff/accounts?portal=nowhere&identifier={rosa.number}")


class TestWhoMayNot:
    VERBS = ("/lock", "/unlock", "/close")

    def test_strangers(self, office, eva, rosa):
        account = look(eva, rosa)
        office.refused("unauthenticated", 401, "GET", f"/v1/staff/accounts?portal=demo&identifier={rosa.number}")
        for verb in self.VERBS:
            office.refused("unauthenticated", 401, "POST", at(account, verb), {"reason": "nada"})

    def test_citizens(self, eva, rosa):
        account = look(eva, rosa)
        rosa.refused("forbidden", 403, "GET", f"/v1/staff/accounts?portal=demo&identifier={rosa.number}")
        rosa.refused("forbidden", 403, "PATCH", at(account), {"reason": "nada", "surnames": "Otra"})
        for verb in self.VERBS:
            rosa.refused("forbidden", 403, "POST", at(account, verb), {"reason": "nada"})

    def test_staff_with_another_role_or_portal(self, office, eva, rosa):
        account = look(eva, rosa)
        reviewer = office.invite(Grant("reviewer", "demo"))
        reviewer.enter()
        reviewer.enrol()
        reviewer.refused("forbidden", 403, "POST", at(account, "/lock"), {"reason": "nada"})
        other = office.administrator("ipsot")
        other.refused("not-found", 404, "POST", at(account, "/lock"), {"reason": "nada"})

    def test_the_password_alone_of_who_may(self, office, rosa):
        admin = office.administrator("demo")
        admin.enter()
        admin.refused("steps-pending", 403, "GET", f"/v1/staff/accounts?portal=demo&identifier={rosa.number}")

    def test_nobody_their_own(self, office):
        admin = office.administrator("demo", "staff")
        for portal in ("demo", "staff"):
            admin.refused("own-account", 403, "GET", f"/v1/staff/accounts?portal={portal}&identifier={admin.number}")

    @pytest.mark.parametrize("reference", ["x", "a" * 26, "x" * 3000])
    def test_what_is_not_there(self, eva, reference):
        eva.refused("not-found", 404, "POST", f"/v1/staff/accounts/{reference}/lock", {"reason": "nada"})


class TestCorrecting:
    def test_an_address_is_confirmed_by_its_own_link_and_the_old_one_is_told(self, office, eva, rosa):
        new = f"nueva.{rosa.email}"
        said = eva.call(200, "PATCH", at(look(eva, rosa)), {"reason": "La dictó en la ventanilla", "email": new})
        assert (said["email"], said["email_pending"]) == (rosa.email, True)
        told = office.mails(rosa.email)[0]
        assert told["subject"].startswith("Se corrigieron datos")
        assert "La dictó en la ventanilla" in told["text"]
        assert new not in told["text"]
        office.expect(200, "POST", "/v1/verifications", {"token": office.mailed_token(new)})
        assert office.subjects(rosa.email)[0].startswith("Se cambió la dirección de correo")
        assert look(eva, rosa)["email"] == new
        rosa.refused("unauthenticated", 401, "GET", "/v1/me")

    def test_names_are_corrected_at_once(self, office, eva, rosa):
        eva.call(200, "PATCH", at(look(eva, rosa)), {"reason": "Estaba mal escrito", "surnames": "Quishpe Andrade"})
        assert rosa.call(200, "GET", "/v1/me")["profile"]["surnames"] == "Quishpe Andrade"
        assert office.subjects(rosa.email)[0].startswith("Se corrigieron datos")

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"surnames": "Quishpe"}, "reason"),
            ({"reason": "", "surnames": "Quishpe"}, "reason"),
            ({"reason": "nada", "assurance": "proven"}, "assurance"),
            ({"reason": "nada", "email": "none"}, "email"),
            ({"reason": "nada", "surnames": 7}, "surnames"),
        ],
    )
    def test_what_is_wrong_is_said(self, eva, rosa, body, field):
        problem = eva.refused("validation", 422, "PATCH", at(look(eva, rosa)), body)
        assert [error["field"] for error in problem["errors"]] == [field]


class TestLocking:
    def test_a_locked_account_is_closed_to_its_owner_without_saying_so(self, office, eva, rosa):
        account = look(eva, rosa)
        assert eva.call(200, "POST", at(account, "/lock"), {"reason": "Reporte de robo"})["status"] == "locked"
        rosa.refused("unauthenticated", 401, "GET", "/v1/me")
        locked, wrong = rosa.sign_in(), rosa.sign_in(NEW_PASSWORD)
        assert (locked.status_code, locked.json()["type"]) == (wrong.status_code, wrong.json()["type"])
        told = office.mails(rosa.email)[0]
        assert told["subject"].startswith("Se bloqueó su cuenta")
        assert "Reporte de robo" in told["text"]
        office.expect(202, "POST", "/v1/resets", {"portal": "demo", "identifier": rosa.number})
        assert office.subjects(rosa.email)[0] == told["subject"]

    def test_unlocked_it_opens_by_the_same_password(self, office, eva, rosa):
        account = look(eva, rosa)
        eva.call(200, "POST", at(account, "/lock"), {"reason": "Reporte de robo"})
        assert eva.call(200, "POST", at(account, "/unlock"), {"reason": "Comprobó"})["status"] == "active"
        assert office.subjects(rosa.email)[0].startswith("Se desbloqueó su cuenta")
        rosa.refused("unauthenticated", 401, "GET", "/v1/me")
        rosa.enter()
        rosa.call(200, "GET", "/v1/me")

    def test_a_link_that_was_mailed_before_is_dead(self, office, eva, rosa):
        office.expect(202, "POST", "/v1/resets", {"portal": "demo", "identifier": rosa.number})
        token = office.mailed_token(rosa.email)
        account = look(eva, rosa)
        eva.call(200, "POST", at(account, "/lock"), {"reason": "Reporte de robo"})
        eva.call(200, "POST", at(account, "/unlock"), {"reason": "Comprobó"})
        office.refused("token-gone", 410, "POST", "/v1/resets/confirm", {"token": token, "password": NEW_PASSWORD})


class TestClosing:
    def test_a_closed_account_is_gone_and_its_number_free(self, office, eva, rosa):
        account = look(eva, rosa)
        eva.call(204, "POST", at(account, "/close"), {"reason": "Lo pidió en la ventanilla"})
        assert "Lo pidió en la ventanilla" in office.mails(rosa.email)[0]["text"]
        rosa.refused("unauthenticated", 401, "GET", "/v1/me")
        assert rosa.sign_in().status_code == 401
        assert eva.call(200, "GET", f"/v1/staff/accounts?portal=demo&identifier={rosa.number}") == {"items": []}
        eva.refused("not-found", 404, "POST", at(account, "/unlock"), {"reason": "nada"})

    def test_a_member_of_the_staff_loses_session_and_power(self, office):
        chief, member = office.administrator("staff"), office.administrator("demo")
        [account] = chief.call(200, "GET", f"/v1/staff/accounts?portal=staff&identifier={member.number}")["items"]
        assert account["grants"] == [{"role": "portal_admin", "scope": "demo"}]
        assert account["second_factor"] is True
        chief.call(204, "POST", at(account, "/close"), {"reason": "Dejó la institución"})
        member.refused("unauthenticated", 401, "GET", "/v1/me")


def test_the_person_sees_all_of_it_in_the_export(eva, rosa):
    account = look(eva, rosa)
    eva.call(200, "PATCH", at(account), {"reason": "Estaba mal escrito", "given_names": "Rosa Elvira"})
    eva.call(200, "POST", at(account, "/lock"), {"reason": "Reporte de robo"})
    eva.call(200, "POST", at(account, "/unlock"), {"reason": "Comprobó quién es"})
    rosa.enter()
    audit = rosa.call(200, "GET", "/v1/me/export")["audit"]
    assert [(line["act"], line["by"], line["reason"], line["detail"]) for line in audit] == [
        ("looked_up", "Eva Paz", "", ""),
        ("corrected", "Eva Paz", "Estaba mal escrito", "given_names"),
        ("locked", "Eva Paz", "Reporte de robo", ""),
        ("unlocked", "Eva Paz", "Comprobó quién es", ""),
    ]
    assert len({line["digest"] for line in audit}) == 4
    assert PASSWORD not in repr(audit)
