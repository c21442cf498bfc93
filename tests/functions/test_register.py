"""Register: take in the form of a portal."""

import pytest

from tests.functions.conftest import EMAIL, NUMBER, PASSWORD

DEMO = {"rawPath": "/v1/portals/demo/registrations", "pathParameters": {"portal": "demo"}}
FORM = {
    "identifier": {"kind": "cedula", "number": NUMBER},
    "given_names": "Ana Lucía",
    "surnames": "Prueba Ejemplo",
    "email": EMAIL,
    "password": PASSWORD,
}


def test_it_is_accepted_and_says_what_comes_next(site, stage):
    answer = site.call("register")
    assert (answer.status, answer.json) == (202, {"status": "pending", "next": "check_email"})
    assert len(stage.items("ApplicationsTable")) == 1
    assert site.owed() == ["registration"]


def test_a_taken_number_is_answered_alike(site):
    free = site.call("register", **DEMO, body=FORM)
    site.account()
    taken = site.call("register", **DEMO, body=FORM)
    assert (free.status, free.headers, free.text) == (taken.status, taken.headers, taken.text)


def test_of_the_password_only_an_argon2id_hash_is_kept(site, stage):
    site.call("register")
    [application] = stage.items("ApplicationsTable")
    assert application["password_hash"]["S"].startswith("$argon2id$v=19$")
    assert PASSWORD not in repr(application)


def test_the_language_of_the_request_is_that_of_the_mails(site, stage):
    site.call("register", headers={"accept-language": "en"})
    assert stage.items("ApplicationsTable")[0]["locale"]["S"] == "en"


def test_all_that_is_wrong_is_said_at_once_in_the_language_asked_for(site, stage):
    answer = site.call("register.invalid")
    assert (answer.status, answer.problem) == (422, "validation")
    assert answer.faults >= {
        ("identifier.number", "cedula_length"),
        ("email", "email"),
        ("password", "password_short"),
    }
    assert "La cédula tiene 10 dígitos; usted escribió 9." in {one["message"] for one in answer.json["errors"]}
    english = site.call("register.invalid", headers={"accept-language": "en"})
    assert english.faults == answer.faults
    assert "A national id has 10 digits; you typed 9." in {one["message"] for one in english.json["errors"]}
    assert stage.items("ApplicationsTable") == []


def test_what_was_typed_is_not_said_again(site):
    wrong = {**FORM, "given_names": "Ana7", "email": "ana prueba", "password": "1234"}
    answer = site.call("register", **DEMO, body=wrong)
    assert answer.status == 422
    assert not [typed for typed in ("Ana7", "ana prueba", "1234") if typed in answer.text]


def test_a_field_that_nobody_knows_is_named(site):
    assert site.call("register.unknown-field").faults == {("role", "unknown_field")}


@pytest.mark.parametrize("name", ["identifier", "email", "password", "given_names"])
@pytest.mark.parametrize("value", [None, 7, [], {}, True, "", " ", "x" * 5000])
def test_no_value_of_a_field_makes_anything_but_a_refusal(site, name, value):
    answer = site.call("register", **DEMO, body={**FORM, name: value})
    assert answer.status == 422
    assert {field.partition(".")[0] for field, _ in answer.faults} == {name}


def test_a_portal_that_is_not_there_is_not_found(site):
    assert site.call("register.unknown-portal").problem == "not-found"


def test_a_channel_with_documents_says_so(site):
    office = {"rawPath": "/v1/portals/office/registrations", "pathParameters": {"portal": "office"}}
    form = {name: value for name, value in FORM.items() if name != "password"}
    answer = site.call("register", **office, body={**form, "channel": "certificate"})
    assert (answer.status, answer.json["next"]) == (202, "documents")
    assert site.owed() == []
