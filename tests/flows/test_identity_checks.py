"""The identity check and the registration behind it, with the local registry: functions fed with events."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.registry_site import RegistrySite, registry_site
from tests.makers import make_cedula
from tests.solving import little_work

EMAIL = "maria.guaman@example.ec"
MARIA = {"kind": "cedula", "number": "1012000012"}
"""Of local/people.json; the registry's address is the one above."""
MASKED = {"given_names": "M**** F*******", "surnames": "G***** C*******", "email": "m***@example.ec"}


@pytest.fixture(scope="module")
def whole_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySite]:
    with little_work(), registry_site(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def site(whole_site: RegistrySite) -> Iterator[RegistrySite]:
    """With a registry that answers, however the last test has left it."""
    yield whole_site
    whole_site.local.registry.bring_up()
    whole_site.local.advance(31)  # the circuit breaker has rested


def check(site: RegistrySite, identifier: dict[str, str], **said: Any) -> dict[str, Any]:
    return site.feed(
        "register.identity-check-invalid", identifier=identifier, captcha=site.solved("identity_check"), **said
    )


def slug(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["statusCode"], answer["json"]["type"].rpartition(":")[2]


class TestIdentityCheck:
    def test_somebody_is_found_and_shown_masked(self, site):
        answer = check(site, MARIA)
        assert (answer["statusCode"], answer["json"]) == (200, {"status": "found", "preview": MASKED})

    def test_somebody_is_not_found(self, site):
        answer = check(site, {"kind": "cedula", "number": make_cedula(10, 1_200_999)})
        assert (answer["statusCode"], answer["json"]) == (200, {"status": "not_found", "preview": {}})

    @pytest.mark.parametrize(
        ("identifier", "shown"),
        [
            ({"kind": "ruc", "number": "1091200010001"}, {"legal_name", "email"}),
            ({"kind": "passport", "number": "ax 987654", "country": "CO"}, {"given_names", "surnames"}),
        ],
    )
    def test_companies_and_foreigners_are_found_too(self, site, identifier, shown):
        assert set(check(site, identifier)["json"]["preview"]) == shown

    def test_a_captcha_is_demanded_and_works_once(self, site):
        refused = site.feed("register.identity-check-invalid")
        assert [error["code"] for error in refused["json"]["errors"]] == ["captcha_missing"]
        solved = site.solved("identity_check")
        answers = [site.feed("register.identity-check-invalid", captcha=solved) for _ in range(2)]
        assert [answer["statusCode"] for answer in answers] == [200, 422]
        assert [error["code"] for error in answers[1]["json"]["errors"]] == ["captcha_used"]

    @pytest.mark.parametrize("number", ["1012000011", "", "x" * 41])
    def test_what_can_be_nobodys_number_asks_nobody(self, site, number):
        asked = site.local.registry.asked
        assert check(site, {"kind": "cedula", "number": number})["statusCode"] == 422
        assert site.local.registry.asked == asked

    def test_a_portal_without_it_has_none(self, site):
        assert slug(site.feed("register.identity-check-unknown-portal")) == (404, "not-found")

    def test_no_account_and_no_application_is_read_or_written(self, site):
        with site.calls() as calls:
            check(site, MARIA)
        assert [name for name in calls if name != "GetSecretValue"] == ["BatchGetItem", "UpdateItem", "PutItem"]

    def test_one_network_address_cannot_leaf_through_the_registry(self, site):
        def ask(source_ip: str) -> Any:
            body = {"identifier": MARIA, "captcha": site.solved("identity_check")}
            return site.post("RegisterFunction", "/v1/portals/{portal}/identity-checks", "ibarra", body, source_ip)

        answers = [ask("203.0.113.5") for _ in range(51)]
        assert [answer["statusCode"] for answer in answers] == [200] * 50 + [429]
        assert slug(answers[-1]) == (429, "too-many-attempts")
        assert 1 <= int(answers[-1]["headers"]["retry-after"]) <= 4
        assert ask("203.0.113.6")["statusCode"] == 200


class TestRegistration:
    def applications(self, site: RegistrySite, email: str) -> list[str]:
        return [item["profile"]["S"] for item in site.items("ApplicationsTable") if item["email"]["S"] == email]

    def test_it_is_completed_where_the_mail_reaches_whom_the_registry_knows(self, site):
        assert site.feed("register.identity")["statusCode"] == 202
        assert self.applications(site, EMAIL)[:1] == ['{"given_names":"MARÍA FERNANDA","surnames":"GUAMÁN CHICAIZA"}']

    def test_to_a_stranger_nothing_is_given_away(self, site):
        own = site.feed("register.identity")
        site.local.advance(1)
        strangers = site.feed("register.identity", email="stranger@example.ec")
        assert own["json"] == strangers["json"]
        assert self.applications(site, "stranger@example.ec") == ["{}"]
        site.local.settle()
        [mail] = site.local.outbox("stranger@example.ec")
        assert "MARÍA" not in mail["text"] + mail["html"] + mail["subject"]
        assert "GUAM" not in mail["text"] + mail["html"] + mail["subject"]

    @pytest.mark.parametrize(("number", "reason"), [("1012000202", "not_registered"), ("1012000079", "deceased")])
    def test_who_is_not_eligible_is_told_why(self, site, number, reason):
        before = site.count("ApplicationsTable")
        refused = site.feed("register.identity", identifier={"kind": "cedula", "number": number})
        assert slug(refused) == (422, "not-eligible")
        [error] = refused["json"]["errors"]
        assert (error["field"], error["code"]) == ("identifier", reason)
        assert error["message"].endswith(".")
        assert site.count("ApplicationsTable") == before

    def test_while_the_registry_is_down_nothing_is_stored(self, site):
        site.local.registry.take_down()
        before = site.count("ApplicationsTable"), site.count("OutboxTable")
        answer = site.feed("register.identity")
        assert slug(answer) == (503, "registry-down")
        assert answer["json"]["retryable"] is True
        assert answer["headers"]["retry-after"] == "30"
        assert (site.count("ApplicationsTable"), site.count("OutboxTable")) == before
        site.local.registry.bring_up()
        assert site.feed("register.identity")["statusCode"] == 202

    def test_a_registry_that_stays_down_is_left_in_peace(self, site):
        site.local.registry.take_down()
        for _ in range(5):
            assert slug(site.feed("register.identity")) == (503, "registry-down")
        asked = site.local.registry.asked
        assert slug(check(site, MARIA)) == (503, "registry-down")
        assert site.local.registry.asked == asked
        site.local.registry.bring_up()
        site.local.advance(30)
        assert check(site, MARIA)["statusCode"] == 200

    def test_a_registration_makes_one_trip_more_than_others(self, site):
        with site.calls() as calls:
            assert site.feed("register.identity")["statusCode"] == 202
        assert [name for name in calls if name != "GetSecretValue"] == ["BatchGetItem", "TransactWriteItems"]

    def test_other_portals_do_not_ask_the_registry(self, site):
        asked = site.local.registry.asked
        form = {
            "identifier": {"kind": "cedula", "number": make_cedula(10, 77)},
            "given_names": "Ana",
            "surnames": "Prueba",
            "email": "ana@example.ec",
            "password": "cuatro llamas bajo la lluvia",
        }
        with site.calls() as calls:
            answer = site.post("RegisterFunction", "/v1/portals/{portal}/registrations", "demo", form)
        assert (answer["statusCode"], calls) == (202, ["TransactWriteItems"])
        assert site.local.registry.asked == asked


def test_nothing_of_anybody_is_logged(site, caplog):
    site.local.registry.add(kind="cedula", number=make_cedula(10, 55), given_names="Zoila", email="zoila@example.ec")
    zoila = {"kind": "cedula", "number": make_cedula(10, 55)}
    check(site, zoila)
    site.feed("register.identity", identifier=zoila, email="zoila@example.ec")
    site.local.registry.take_down()
    check(site, zoila)
    logged = repr([vars(record) for record in caplog.records])
    assert "'outcome': 'registry-down'" in logged
    for secret in ("Zoila", "zoila@", make_cedula(10, 55), "Z****"):
        assert secret not in logged
