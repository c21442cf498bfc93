"""What somebody does with an account: correct it, change password and address, see sessions, close it."""

import pytest

from tests.flows.town import DAY, HOUR, expect, new_password, problem, states


@pytest.fixture
def citizen(town):
    return town.settler()


class TestProfile:
    def test_a_name_is_corrected_without_the_password(self, citizen):
        said = expect(citizen.call("PATCH", "/v1/me", {"given_names": "Rosa"}), 200)
        assert said["profile"] == {"given_names": "Rosa", "surnames": "Quishpe Andrade"}
        assert citizen.get("/v1/me") == said

    def test_a_correction_obeys_the_form(self, citizen):
        problem(citizen.call("PATCH", "/v1/me", {"given_names": "R0sa <b>"}), 422, "validation", "given_names")
        problem(citizen.call("PATCH", "/v1/me", {"nickname": "Rosi"}), 422, "validation", "nickname")
        assert citizen.get("/v1/me")["profile"]["given_names"] == "Rosa Elvira"

    def test_number_portal_and_assurance_cannot_be_changed(self, citizen):
        for name, value in {"identifier": "1", "portal": "ipsot", "assurance": "proven", "epoch": 9}.items():
            problem(citizen.call("PATCH", "/v1/me", {name: value}), 422, "validation", name)

    def test_the_language_of_the_mails_can_be_changed(self, town, citizen):
        expect(citizen.call("PATCH", "/v1/me", {"locale": "en"}), 200)
        town.notify(citizen, reference="EN-1")
        assert any("You have a notification" in subject for subject in citizen.subjects())


class TestNewAddress:
    def change(self, citizen, address, **body):
        return citizen.call("PATCH", "/v1/me", {"email": address, **body})

    def test_it_demands_the_password(self, citizen):
        problem(self.change(citizen, "nueva@example.ec"), 422, "validation", "current_password")
        wrong = self.change(citizen, "nueva@example.ec", current_password=new_password())
        problem(wrong, 401, "invalid-credentials")
        assert citizen.get("/v1/me")["email_pending"] is False

    def test_it_takes_effect_when_its_link_is_followed_and_the_old_one_is_told(self, town, citizen):
        old, new = citizen.email, f"nueva.{citizen.email}"
        said = expect(self.change(citizen, new, current_password=citizen.password), 200)
        assert (said["email"], said["email_pending"]) == (old, True)
        assert citizen.get("/v1/me")["email_pending"] is True
        citizen.email = new
        token = citizen.token("verify")
        assert town.mails(old) == []
        assert expect(citizen.verify(token), 200)["status"] == "active"
        told = town.mails(old)[0]
        assert told["subject"].startswith("Se cambió la dirección de correo")
        assert new not in told["text"]
        assert "n***@example.ec" in told["text"]
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        citizen.enter()
        assert citizen.get("/v1/me")["email"] == new
        problem(citizen.verify(token), 410, "token-gone")

    def test_alerts_go_to_the_new_one_from_then_on(self, town, citizen):
        old, new = citizen.email, f"otra.{citizen.email}"
        self.change(citizen, new, current_password=citizen.password)
        town.notify(citizen, reference="ADDR-1")
        citizen.email = new
        expect(citizen.verify(), 200)
        town.notify(citizen, reference="ADDR-2")
        assert any("ADDR-1" in mail["subject"] for mail in town.mails(old))
        assert not any("ADDR-2" in mail["subject"] for mail in town.mails(old))
        assert any("ADDR-2" in mail["subject"] for mail in town.mails(new))

    def test_a_link_that_was_not_followed_dies_and_nothing_has_changed(self, town, citizen):
        old = citizen.email
        self.change(citizen, f"tarde.{old}", current_password=citizen.password)
        citizen.email = f"tarde.{old}"
        token = citizen.token("verify")
        town.local.advance(DAY + 60)
        problem(citizen.verify(token), 410, "token-gone")
        citizen.enter()
        assert citizen.get("/v1/me")["email"] == old


class TestPassword:
    def test_a_change_ends_the_other_sessions_and_is_told_by_mail(self, citizen):
        other = citizen.session
        citizen.enter()
        fresh = new_password()
        change = {"current": citizen.password, "new": fresh}
        assert expect(citizen.call("POST", "/v1/me/password", change), 200) == {"pending": []}
        citizen.get("/v1/me")
        citizen.session, mine = other, citizen.session
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        citizen.session = mine
        assert [line["current"] for line in citizen.get("/v1/sessions")["items"]] == [True]
        assert citizen.subjects()[0].startswith("Se cambió su contraseña")
        problem(citizen.sign_in(), 401, "invalid-credentials")
        expect(citizen.sign_in(fresh), 201)


class TestSessions:
    def test_the_list_shows_each_device_and_which_is_this_one(self, town, citizen):
        browser = {"portal": "demo", "identifier": citizen.number, "password": citizen.password}
        expect(town.http.post("/v1/sessions", json=browser, headers={"User-Agent": "Firefox en casa"}), 201)
        newest, first = citizen.get("/v1/sessions")["items"]
        assert (newest["device"], newest["current"]) == ("Firefox en casa", False)
        assert first["current"] is True
        assert newest["created_at"] > first["created_at"]

    def test_one_is_ended_from_another(self, citizen):
        lost = citizen.session
        citizen.enter()
        [gone] = [line["id"] for line in citizen.get("/v1/sessions")["items"] if not line["current"]]
        expect(citizen.call("DELETE", f"/v1/sessions/{gone}"), 204)
        assert len(citizen.get("/v1/sessions")["items"]) == 1
        citizen.session = lost
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")

    def test_the_current_one_is_ended(self, citizen):
        answer = citizen.call("DELETE", "/v1/sessions/current")
        expect(answer, 204)
        assert "Max-Age=0" in answer.headers["set-cookie"]
        problem(citizen.call("GET", "/v1/inbox"), 401, "unauthenticated")

    def test_one_that_does_not_exist_is_not_found(self, citizen):
        problem(citizen.call("DELETE", "/v1/sessions/nothing"), 404, "not-found")

    def test_those_that_have_ended_are_not_listed(self, town, citizen):
        town.local.advance(HOUR)
        citizen.enter()
        assert [line["current"] for line in citizen.get("/v1/sessions")["items"]] == [True]


class TestClosing:
    def test_it_demands_the_password(self, citizen):
        problem(citizen.call("POST", "/v1/me/close", {}), 422, "validation", "current_password")
        problem(citizen.call("POST", "/v1/me/close", {"current_password": new_password()}), 401, "invalid-credentials")
        citizen.get("/v1/me")

    def test_sessions_end_nobody_enters_any_more_and_the_owner_is_told(self, citizen):
        expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        assert citizen.subjects()[0].startswith("Se cerró su cuenta")
        problem(citizen.call("GET", "/v1/me"), 401, "unauthenticated")
        problem(citizen.sign_in(), 401, "invalid-credentials")

    def test_the_personal_data_go(self, town, citizen):
        expect(citizen.call("PATCH", "/v1/me", {"surnames": "Yánez Irrepetible"}), 200)
        assert "Irrepetible" in str(town.stored())
        expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        town.local.settle()
        left = str(town.stored())
        assert "Irrepetible" not in left
        assert citizen.email not in left

    def test_the_number_is_free_again(self, town, citizen):
        expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        again = town.citizen(number=citizen.number)
        assert again.get("/v1/me")["email"] == again.email
        problem(citizen.sign_in(), 401, "invalid-credentials")

    def test_what_comes_afterwards_waits_until_the_number_has_an_account_again(self, town, citizen):
        expect(citizen.call("POST", "/v1/me/close", {"current_password": citizen.password}), 204)
        before = len(citizen.mails())
        posted = town.notify(citizen, reference="CLOSED-1")
        assert (posted["state"], posted["recipient"]["registered"]) == ("waiting_for_account", False)
        assert len(citizen.mails()) == before
        again = town.citizen(number=citizen.number)
        assert states(expect(town.sender.get(posted["id"]), 200)) == ["accepted", "waiting_for_account", "available"]
        assert [line["reference"] for line in again.get("/v1/inbox")["items"]] == ["CLOSED-1"]


class TestExport:
    def test_it_holds_profile_sessions_and_notifications(self, town, citizen):
        town.notify(citizen, reference="EXP-1")
        whole = citizen.get("/v1/me/export")
        assert whole["identifier"]["number"] == citizen.number
        assert whole["profile"]["surnames"] == "Quishpe Andrade"
        assert [line["reference"] for line in whole["notifications"]] == ["EXP-1"]
        assert len(whole["sessions"]) == 1
        assert citizen.session not in str(whole)
