"""What the portals of today leave out: links that set the password, data to check, terms, mailboxes for the proven."""

from pathlib import Path

import pytest

from local.site import ROOT
from tests.flows.town import draft, expect, new_password, problem

TERMS = {"accept": ["use", "privacy"]}


@pytest.fixture(scope="module")
def root(tmp_path_factory, portals_dir) -> Path:
    """The repository, with the made-up portal `office` of tests/conftest.py beside its own."""
    folder: Path = tmp_path_factory.mktemp("root")
    for name in ("template.yaml", "functions", "layers", "docs"):
        (folder / name).symlink_to(ROOT / name)
    (folder / "portals").symlink_to(portals_dir)
    return folder


@pytest.fixture
def applicant(town):
    """Somebody whose password is set behind the link."""
    person = town.person("office")
    form = {name: value for name, value in person.form.items() if name != "password"}
    expect(person.anonymous("/v1/portals/office/registrations", form), 202)
    return person


def set_password(person, **body):
    return person.anonymous("/v1/verifications/password", {"token": person.token("verify"), **body})


def enter(town, **changes):
    """Somebody who chose the password in the form, and has just entered for the first time."""
    person = town.person("office")
    expect(person.register(channel="form", **changes), 202)
    person.confirm()
    return person, expect(person.sign_in(), 201)


class TestLinkThatSetsThePassword:
    def test_the_data_are_shown_to_be_checked_and_nothing_is_used_up(self, applicant):
        shown = expect(applicant.verify(), 200)
        assert (shown["status"], shown["next"]) == ("pending", "set_password")
        assert shown["data"] == {"given_names": "Rosa Elvira", "surnames": "Quishpe Andrade"}
        assert expect(applicant.verify(), 200) == shown

    def test_setting_it_corrects_the_data_and_opens_the_account(self, applicant):
        corrected = {"given_names": "Rosa", "mobile_phone": "0991234567"}
        said = expect(set_password(applicant, password=applicant.password, data=corrected), 200)
        assert (said["status"], said["next"]) == ("active", "sign_in")
        applicant.enter()
        expected = {"given_names": "Rosa", "surnames": "Quishpe Andrade", "mobile_phone": "+593991234567"}
        assert applicant.get("/v1/me")["profile"] == expected

    def test_a_refused_password_leaves_the_link_alive(self, applicant):
        problem(set_password(applicant, password="corta"), 422, "validation", "password")
        problem(set_password(applicant, password=new_password(), data={"rank": 1}), 422, "validation", "rank")
        expect(set_password(applicant, password=applicant.password), 200)
        problem(set_password(applicant, password=applicant.password), 410, "token-gone")

    def test_it_sets_none_where_it_was_chosen_in_the_form(self, town):
        person = town.person("office")
        expect(person.register(channel="form"), 202)
        problem(set_password(person, password=new_password()), 410, "token-gone")
        person.confirm()

    def test_a_password_sent_too_early_sets_nothing(self, applicant):
        assert expect(applicant.verify(password=applicant.password), 200)["next"] == "set_password"
        problem(applicant.sign_in(), 401, "invalid-credentials")

    def test_a_company_registers_with_its_ruc_and_enters_with_it(self, town):
        person = town.person("office")
        person.number = f"{person.number}001"
        form = {name: value for name, value in person.form.items() if name != "password"}
        form["identifier"] = {"kind": "ruc", "number": person.number}
        form["company"] = {"ruc": person.number, "is_public": False}
        expect(person.anonymous("/v1/portals/office/registrations", form), 202)
        expect(set_password(person, password=person.password), 200)
        person.enter()
        assert person.get("/v1/me")["identifier"] == {"kind": "ruc", "number": person.number}

    def test_a_foreigner_registers_with_a_passport_and_enters_with_country_and_number(self, town):
        person = town.person("office")
        form = {name: value for name, value in person.form.items() if name != "password"}
        form["identifier"] = {"kind": "passport", "number": "ab 123456", "country": "PE"}
        form["born_on"] = "1990-02-28"
        expect(person.anonymous("/v1/portals/office/registrations", form), 202)
        expect(set_password(person, password=person.password), 200)
        for typed in ("PE-AB123456", "pe ab123456", "PEAB123456"):
            expect(person.sign_in(identifier=typed), 201)


class TestStepsOfTheFirstEntry:
    def test_they_come_in_their_order_and_before_everything_else(self, town):
        person, entered = enter(town)
        person.session = entered["token"]
        assert entered["pending"] == ["check_data", "accept_terms"]
        for method, path in (
            ("GET", "/v1/inbox"),
            ("GET", "/v1/inbox/x"),
            ("POST", "/v1/inbox/x/opening"),
            ("GET", "/v1/me/export"),
            ("POST", "/v1/me/close"),
            ("POST", "/v1/me/password"),
            ("POST", "/v1/me/terms"),
        ):
            body = problem(person.call(method, path, {} if method == "POST" else None), 403, "steps-pending")
            assert body["pending"] == ["check_data", "accept_terms"]
        assert expect(person.call("PATCH", "/v1/me", {}), 200)["pending"] == ["accept_terms"]
        problem(person.call("PATCH", "/v1/me", {}), 403, "steps-pending")
        assert expect(person.call("POST", "/v1/me/terms", TERMS), 200) == {"pending": []}
        expect(person.call("GET", "/v1/me/export"), 200)
        assert expect(person.sign_in(), 201)["pending"] == []

    def test_profile_and_sessions_can_be_seen_and_ended_meanwhile(self, town):
        person, entered = enter(town)
        person.session = entered["token"]
        assert person.get("/v1/me")["pending"] == ["check_data", "accept_terms"]
        assert len(person.get("/v1/sessions")["items"]) == 1
        expect(person.call("DELETE", "/v1/sessions/current"), 204)

    def test_a_step_that_is_refused_stays(self, town):
        person, entered = enter(town)
        person.session = entered["token"]
        problem(person.call("PATCH", "/v1/me", {"given_names": "1"}), 422, "validation", "given_names")
        assert person.get("/v1/me")["pending"] == ["check_data", "accept_terms"]


class TestTerms:
    def test_one_by_one_and_only_those_that_the_portal_has(self, town):
        person, entered = enter(town)
        person.session = entered["token"]
        person.call("PATCH", "/v1/me", {})
        problem(person.call("POST", "/v1/me/terms", {"accept": ["use", "other"]}), 422, "validation", "accept")
        problem(person.call("POST", "/v1/me/terms", {"accept": "use"}), 422, "validation", "accept")
        assert expect(person.call("POST", "/v1/me/terms", {"accept": ["use"]}), 200) == {"pending": ["accept_terms"]}
        assert expect(person.call("POST", "/v1/me/terms", {"accept": ["privacy"]}), 200) == {"pending": []}

    def test_version_and_hour_are_kept(self, town):
        person, entered = enter(town)
        person.session = entered["token"]
        person.call("PATCH", "/v1/me", {})
        expect(person.call("POST", "/v1/me/terms", TERMS), 200)
        consents = {consent["id"]: consent for consent in person.get("/v1/me")["consents"]}
        assert {name: consent["version"] for name, consent in consents.items()} == {"use": "2", "privacy": "1"}
        assert all(consent["accepted_at"].startswith("20") for consent in consents.values())

    def test_what_was_accepted_in_the_form_is_not_asked_for_again(self, town):
        _, entered = enter(town, **TERMS)
        assert entered["pending"] == ["check_data"]

    def test_the_form_takes_no_other(self, town):
        answer = town.person("office").register(channel="form", accept=["use", "other"])
        assert [error["field"] for error in expect(answer, 422)["errors"]] == ["accept.1"]

    def test_a_new_version_is_asked_for_at_the_next_request(self, town, portals_dir):
        person, entered = enter(town, **TERMS)
        person.session = entered["token"]
        person.call("PATCH", "/v1/me", {})
        expect(person.call("GET", "/v1/me/export"), 200)
        definition = portals_dir / "office.toml"
        before = definition.read_text(encoding="utf-8")
        try:
            definition.write_text(before.replace('version = "2"', 'version = "3"'), encoding="utf-8")
            _read_portals_anew()
            problem(person.call("GET", "/v1/me/export"), 403, "steps-pending")
            assert expect(person.call("POST", "/v1/me/terms", {"accept": ["use"]}), 200) == {"pending": []}
            expect(person.call("GET", "/v1/me/export"), 200)
        finally:
            definition.write_text(before, encoding="utf-8")
            _read_portals_anew()


class TestMailboxForTheProven:
    def test_who_only_claims_a_number_opens_no_mailbox_and_learns_nothing(self, town):
        with town.institution("fiscalia", portals=("office",)) as sender:
            person, entered = enter(town, **TERMS)
            person.session = entered["token"]
            person.call("PATCH", "/v1/me", {})
            before = len(person.mails())
            posted = expect(sender.post(draft(person, portal="office", subject="Secreto")), 202)
            assert posted == {**posted, "state": "waiting_for_account", "recipient": {"registered": False}}
            assert len(person.mails()) == before
            problem(person.call("GET", "/v1/inbox"), 403, "assurance-too-low")
            problem(person.open(posted["id"]), 403, "assurance-too-low")
            problem(person.call("GET", f"/v1/inbox/{posted['id']}"), 403, "assurance-too-low")
            assert "Secreto" not in str(person.get("/v1/me/export"))


class TestReset:
    def test_the_data_are_shown_and_may_be_corrected(self, town):
        person, _ = enter(town, **TERMS)
        expect(person.ask_for_reset(), 202)
        token = person.token("reset")
        shown = expect(person.anonymous("/v1/resets/open", {"token": token}), 200)
        assert shown["data"] == {"given_names": "Rosa Elvira", "surnames": "Quishpe Andrade"}
        fresh = new_password()
        wrong = {"token": token, "password": fresh, "data": {"mobile_phone": "1"}}
        problem(person.anonymous("/v1/resets/confirm", wrong), 422, "validation", "mobile_phone")
        right = {"token": token, "password": fresh, "data": {"given_names": "Elvira"}}
        expect(person.anonymous("/v1/resets/confirm", right), 204)
        person.session = expect(person.sign_in(fresh), 201)["token"]
        assert person.get("/v1/me")["profile"]["given_names"] == "Elvira"


class TestChannels:
    @pytest.mark.parametrize("channel", ["nothing", 1])
    def test_there_is_no_other(self, town, channel):
        problem(town.person("office").register(channel=channel), 422, "validation", "channel")

    def test_one_of_the_agents_is_not_open_to_everybody(self, town):
        problem(town.person("office").register(channel="desk"), 401, "unauthenticated")

    def test_one_with_documents_waits_for_them_and_mails_nothing(self, town):
        person = town.person("office")
        form = {name: value for name, value in person.form.items() if name != "password"}
        answer = person.anonymous("/v1/portals/office/registrations", {**form, "channel": "certificate"})
        said = expect(answer, 202)
        assert (said["status"], said["next"], set(said["application"])) == (
            "pending",
            "documents",
            {"id", "access_token"},
        )
        assert person.mails() == []


def _read_portals_anew() -> None:
    from ventanilla.wiring import services

    services().portals._read.clear()
