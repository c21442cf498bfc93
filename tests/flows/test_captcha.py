"""The captcha, from the challenge to the step that uses it up: functions fed with events."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.registry_site import RegistrySite, registry_site
from tests.solving import little_work


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RegistrySite]:
    with little_work(), registry_site(tmp_path_factory.mktemp("site")) as site:
        yield site


def code(answer: dict[str, Any]) -> str:
    assert answer["statusCode"] == 422, answer
    [error] = answer["json"]["errors"]
    assert error["field"] == "captcha"
    assert error["message"]
    return str(error["code"])


class TestChallenge:
    def test_it_is_what_the_widget_takes(self, site):
        challenge = site.feed("public.captcha")["json"]
        assert set(challenge) == {"parameters", "signature"}
        assert challenge["parameters"]["data"]["action"] == "reset"
        assert challenge["parameters"]["data"]["portal"] == "ibarra"
        assert {"algorithm", "cost", "nonce", "salt", "keyPrefix", "expiresAt"} <= set(challenge["parameters"])

    def test_it_is_kept_by_no_cache(self, site):
        assert site.feed("public.captcha")["headers"]["cache-control"] == "no-store"

    def test_no_two_are_alike(self, site):
        nonces = {site.feed("public.captcha")["json"]["parameters"]["nonce"] for _ in range(5)}
        assert len(nonces) == 5

    @pytest.mark.parametrize(
        ("event", "status"), [("public.captcha-invalid", 422), ("public.captcha-unknown-portal", 404)]
    )
    def test_there_is_none_for_what_does_not_exist(self, site, event, status):
        assert site.feed(event)["statusCode"] == status


class TestReset:
    def test_it_is_demanded(self, site):
        assert code(site.feed("reset.captcha-invalid")) == "captcha_missing"

    def test_it_works_once(self, site):
        solved = site.solved("reset")
        assert site.feed("reset.captcha-invalid", captcha=solved)["statusCode"] == 202
        assert code(site.feed("reset.captcha-invalid", captcha=solved)) == "captcha_used"

    def test_one_for_another_step_or_portal_is_wrong(self, site):
        assert code(site.feed("reset.captcha-invalid", captcha=site.solved("register"))) == "captcha_wrong"
        assert code(site.feed("reset.captcha-invalid", captcha=site.solved("reset", "buzonec"))) == "captcha_wrong"
        assert code(site.feed("reset.captcha-invalid", captcha="made up")) == "captcha_wrong"

    def test_too_long_a_text_is_not_read(self, site):
        assert code(site.feed("reset.captcha-invalid", captcha="A" * 4001)) == "too_long"

    def test_after_ten_minutes_it_has_expired(self, site):
        solved = site.solved("reset")
        site.local.advance(600)
        assert code(site.feed("reset.captcha-invalid", captcha=solved)) == "captcha_expired"


class TestRegister:
    def register(self, site: RegistrySite, **said: Any) -> Any:
        form = {"identifier": {"kind": "cedula", "number": "1012000020"}, "email": "segundo@example.ec", **said}
        return site.post("RegisterFunction", "/v1/portals/{portal}/registrations", "buzonec", form)

    def test_it_is_demanded_where_the_definition_says_so(self, site):
        assert code(self.register(site)) == "captcha_missing"
        assert code(self.register(site, captcha=["x"])) == "captcha_wrong"

    def test_it_works_once_and_nothing_is_stored_the_second_time(self, site):
        solved = site.solved("register", "buzonec")
        assert self.register(site, captcha=solved)["statusCode"] == 202
        before = site.count("ApplicationsTable")
        assert code(self.register(site, captcha=solved)) == "captcha_used"
        assert site.count("ApplicationsTable") == before

    def test_what_is_wrong_with_the_form_does_not_use_it_up(self, site):
        solved = site.solved("register", "buzonec")
        refused = self.register(site, captcha=solved, email="no address")
        assert [error["field"] for error in refused["json"]["errors"]] == ["email"]
        assert self.register(site, captcha=solved)["statusCode"] == 202

    def test_it_costs_no_further_trip(self, site):
        solved = site.solved("register", "buzonec")
        with site.calls() as calls:
            assert self.register(site, captcha=solved)["statusCode"] == 202
        assert [name for name in calls if name != "GetSecretValue"] == ["TransactWriteItems"]

    def test_where_none_is_wanted_none_is_looked_at(self, site):
        answer = site.feed("register.identity", captcha="whatever")
        assert answer["statusCode"] == 202
