"""The main job: register, verify by mail, enter; be notified, be alerted, open, read; reset a forgotten password."""

import pytest

from tests.flows.town import draft, expect, problem, states


@pytest.fixture(scope="module")
def citizen(town):
    return town.citizen()


class TestRegistration:
    @pytest.mark.parametrize("portal", ["demo", "ipsot"])
    def test_a_person_registers_verifies_by_mail_and_enters(self, town, portal):
        person = town.person(portal)
        assert expect(person.register(), 202) == {"status": "pending", "next": "check_email"}
        problem(person.sign_in(), 401, "invalid-credentials")
        assert expect(person.verify(), 200)["next"] == "password"
        said = expect(person.verify(password=person.password), 200)
        assert (said["status"], said["next"], said["portal"]) == ("active", "sign_in", portal)
        assert expect(person.sign_in(), 201)["pending"] == []

    def test_the_mail_names_the_portal_and_hides_most_of_the_number(self, town):
        person = town.person("ipsot")
        person.register()
        [mail] = person.mails()
        assert "Plataforma IPSOT" in mail["subject"]
        assert person.number[-3:] in mail["text"]
        assert person.number not in mail["text"] + mail["html"]
        assert f"{town.local.base_url}/verify#token=" in mail["text"]
        assert f"{town.local.base_url}/verify#token=" in mail["html"]

    def test_an_official_finds_the_gad_by_name_and_registers_with_its_code(self, town):
        found = town.http.get("/v1/portals/ipsot/organizations", params={"q": "IBÁRRA", "level": "municipal"}).json()
        [gad] = found["items"]
        official = town.person("ipsot")
        expect(official.register(organization=gad["code"]), 202)
        official.confirm()
        official.enter()
        profile = official.get("/v1/me")["profile"]
        assert profile["organization"] == gad["code"]
        assert (profile["work_phone"], profile["mobile_phone"]) == ("+59322345678", "+593991234567")

    def test_an_official_finds_the_gad_by_its_dpa_number(self, town):
        [quito, *parishes] = town.http.get("/v1/portals/ipsot/organizations", params={"q": "1701"}).json()["items"]
        assert (quito["name"], quito["level"], quito["province"]) == ("Quito", "metropolitano", "Pichincha")
        assert parishes
        assert all(parish["code"].startswith("1701") for parish in parishes)

    def test_what_was_registered_is_what_the_profile_shows(self, citizen):
        me = citizen.get("/v1/me")
        assert me["identifier"] == {"kind": "cedula", "number": citizen.number}
        assert (me["email"], me["portal"], me["assurance"]) == (citizen.email, "demo", "self_asserted")
        assert me["profile"] == {"given_names": "Rosa Elvira", "surnames": "Quishpe Andrade"}


class TestNotification:
    def test_a_signed_notification_reaches_the_open_mailbox_and_is_opened(self, town, citizen):
        posted = expect(town.sender.post(draft(citizen, reference="MAIN-1", subject="Multa por mora")), 202)
        assert (posted["state"], posted["recipient"]) == ("available", {"registered": True})
        [alert] = [mail for mail in citizen.mails() if "MAIN-1" in mail["subject"]]
        assert f"{town.local.base_url}/demo/" in alert["text"]

        page = citizen.get("/v1/inbox")
        assert page["unread_count"] == 1
        [line] = page["items"]
        assert (line["reference"], line["subject"], line["opened_at"]) == ("MAIN-1", "Multa por mora", None)
        assert line["institution"]["name"] == "Institución de demostración"
        assert "body" not in line

        problem(citizen.call("GET", f"/v1/inbox/{line['id']}"), 409, "not-opened")
        opened = expect(citizen.open(line["id"]), 200)
        assert opened["body"] == "Su solicitud fue **aceptada**."
        assert states(opened) == ["accepted", "available", "alerted", "opened"]
        assert citizen.get(f"/v1/inbox/{line['id']}") == opened
        assert citizen.get("/v1/inbox")["unread_count"] == 0

        shown = expect(town.sender.get(posted["id"]), 200)
        assert (shown["state"], states(shown)) == ("opened", ["accepted", "available", "alerted", "opened"])
        assert shown["digest"] == opened["digest"]

    def test_the_alert_names_institution_reference_and_hour_and_never_the_content(self, town, citizen):
        town.notify(citizen, reference="MAIN-2", subject="Secreto del asunto", body="Secreto del cuerpo")
        [alert] = [mail for mail in citizen.mails() if "MAIN-2" in mail["text"]]
        for part in (alert["text"], alert["html"]):
            assert "Institución de demostración" in part
            assert "MAIN-2" in part
            assert "Secreto" not in part
        assert "Secreto" not in alert["subject"]
        assert "token=" not in alert["text"] + alert["html"]

    def test_to_open_again_shows_the_same_and_records_nothing_more(self, town, citizen):
        notification = town.notify(citizen)["id"]
        first = expect(citizen.open(notification), 200)
        town.local.advance(60)
        assert expect(citizen.open(notification), 200) == first
        assert states(expect(town.sender.get(notification), 200)).count("opened") == 1


class TestReset:
    def test_a_forgotten_password_is_reset_by_the_mailed_link(self, town):
        person = town.citizen()
        old = person.password
        assert expect(person.ask_for_reset(), 202) == {"status": "pending", "next": "check_email"}
        token = person.token("reset")
        assert expect(person.anonymous("/v1/resets/open", {"token": token}), 200) == {"portal": "demo", "data": {}}
        person.password = "Cuatro nubes verdes y un tejado"
        expect(person.reset(token, person.password), 204)
        assert person.subjects()[0].startswith("Se cambió su contraseña")
        problem(person.sign_in(old), 401, "invalid-credentials")
        problem(person.call("GET", "/v1/me"), 401, "unauthenticated")
        person.enter()
        assert person.get("/v1/me")["email"] == person.email
