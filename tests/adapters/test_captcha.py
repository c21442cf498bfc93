"""ALTCHA: challenges that are ours alone, and solutions that cannot be made up."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

import pytest

from tests.solving import little_work, solve
from ventanilla.adapters.captcha import Altcha
from ventanilla.domain.captcha import CAPTCHA_LIVES, CaptchaBinding
from ventanilla.domain.errors import Refused
from ventanilla.domain.tokens import RETIRED_KEYS_LIVE, Keyring, SigningKey

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
BINDING = CaptchaBinding("reset", "ibarra", NOW + CAPTCHA_LIVES)


class Keys:
    """Keys that can be changed, and what they were asked for."""

    def __init__(self) -> None:
        self.ring = Keyring("k1", {"k1": SigningKey(b"a secret of the tests")})
        self.asked: list[str | None] = []

    def keyring(self, now: datetime, token: str | None = None) -> Keyring:
        self.asked.append(token)
        return self.ring


@pytest.fixture
def keys() -> Keys:
    return Keys()


@pytest.fixture
def altcha(keys: Keys) -> Iterator[Altcha]:
    with little_work():
        yield Altcha(lambda: keys)


def opened(payload: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(base64.b64decode(payload))
    return body


def closed(body: Any) -> str:
    return base64.b64encode(json.dumps(body).encode()).decode()


def refusal(altcha: Altcha, payload: str, now: datetime = NOW) -> str:
    with pytest.raises(Refused) as refused:
        altcha.read(payload, now)
    [error] = refused.value.errors
    assert error.field == "captcha"
    return error.code


class TestSolved:
    def test_it_says_what_it_is_good_for(self, altcha):
        binding, _ = altcha.read(solve(altcha.challenge(BINDING, NOW)), NOW)
        assert binding == BINDING

    def test_it_may_be_good_at_any_portal(self, altcha):
        anywhere = replace(BINDING, portal=None)
        binding, _ = altcha.read(solve(altcha.challenge(anywhere, NOW)), NOW)
        assert binding == anywhere

    def test_what_is_its_own_is_the_same_each_time_and_differs_from_others(self, altcha):
        first, second = (solve(altcha.challenge(BINDING, NOW)) for _ in range(2))
        (_, one), (_, again), (_, other) = (altcha.read(payload, NOW) for payload in (first, first, second))
        assert one == again != other

    def test_the_work_is_as_much_as_it_should_be(self, keys):
        parameters = Altcha(lambda: keys).challenge(BINDING, NOW)["parameters"]
        assert (parameters["algorithm"], parameters["cost"]) == ("PBKDF2/SHA-256", 5000)
        solved = opened(solve(Altcha(lambda: keys).challenge(BINDING, NOW)))
        assert 100 <= solved["solution"]["counter"] <= 300

    def test_browsers_are_told_the_real_hour_of_its_end_whatever_ours_is(self, altcha):
        with patch("time.time", return_value=1_000_000.9):
            challenge = altcha.challenge(BINDING, NOW)
        assert challenge["parameters"]["expiresAt"] == 1_000_600

    def test_our_own_hour_is_not_the_librarys(self, altcha):
        payload = solve(altcha.challenge(BINDING, NOW))
        for later in (timedelta(days=-900), timedelta(days=900)):
            assert altcha.read(payload, NOW + later)[0].expires_at == BINDING.expires_at

    def test_it_ends_by_the_real_hour_too(self, altcha):
        with patch("time.time", return_value=1_000_000.0):
            payload = solve(altcha.challenge(BINDING, NOW))
        assert refusal(altcha, payload) == "captcha_expired"


class TestKeys:
    def test_no_key_is_asked_for_before_it_is_needed(self):
        def none() -> Any:
            raise AssertionError

        Altcha(none)

    def test_what_was_given_out_before_a_rotation_is_still_accepted(self, altcha, keys):
        payload = solve(altcha.challenge(BINDING, NOW))
        keys.ring = Keyring("k2", {"k1": replace(keys.ring.keys["k1"], retired_at=NOW), "k2": SigningKey(b"new")})
        assert altcha.read(payload, NOW + timedelta(minutes=5))
        assert opened(solve(altcha.challenge(BINDING, NOW)))["challenge"]["parameters"]["data"]["kid"] == "k2"
        assert refusal(altcha, payload, NOW + RETIRED_KEYS_LIVE + timedelta(seconds=1)) == "captcha_wrong"

    def test_an_unknown_key_makes_the_keys_be_read_anew_as_for_tokens(self, altcha, keys):
        from ventanilla.domain.tokens import kid_of

        payload = solve(altcha.challenge(BINDING, NOW))
        keys.ring = Keyring("k9", {"k9": SigningKey(b"other")})
        assert refusal(altcha, payload) == "captcha_wrong"
        assert kid_of(keys.asked[-1]) == "k1"

    def test_another_installations_challenge_is_none_of_ours(self, altcha, keys):
        payload = solve(altcha.challenge(BINDING, NOW))
        keys.ring = Keyring("k1", {"k1": SigningKey(b"another secret")})
        assert refusal(altcha, payload) == "captcha_wrong"


class TestForged:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("data", {"action": "register", "portal": "ibarra", "until": "2030-01-01T00:00:00+00:00", "kid": "k1"}),
            ("expiresAt", 2_000_000_000),
            ("cost", 1),
            ("keyPrefix", ""),
            ("keySignature", "00" * 32),
            ("keySignature", None),
            ("nonce", "00" * 16),
            ("algorithm", "SHA-256"),
            ("data", None),
            ("data", []),
            ("data", {"kid": 1}),
            ("data", {"kid": "k1"}),
            ("data", {"kid": "k1.k1"}),
            ("expiresAt", "never"),
            ("expiresAt", None),
        ],
    )
    def test_a_parameter_that_was_changed_is_seen(self, altcha, name, value):
        body = opened(solve(altcha.challenge(BINDING, NOW)))
        body["challenge"]["parameters"][name] = value
        assert refusal(altcha, closed(body)) == "captcha_wrong"

    @pytest.mark.parametrize("solution", [{"counter": 1, "derivedKey": "00" * 32}, {"counter": 0, "derivedKey": ""}])
    def test_work_that_was_not_done_is_seen(self, altcha, solution):
        body = opened(solve(altcha.challenge(BINDING, NOW)))
        assert refusal(altcha, closed({**body, "solution": solution})) == "captcha_wrong"

    def test_half_of_the_key_which_everybody_is_told_is_no_solution(self, altcha):
        body = opened(solve(altcha.challenge(BINDING, NOW)))
        body["solution"]["derivedKey"] = body["challenge"]["parameters"]["keyPrefix"]
        assert refusal(altcha, closed(body)) == "captcha_wrong"

    def test_a_challenge_without_signature_is_none(self, altcha):
        body = opened(solve(altcha.challenge(BINDING, NOW)))
        del body["challenge"]["signature"]
        assert refusal(altcha, closed(body)) == "captcha_wrong"

    def test_a_solution_of_another_challenge_is_none(self, altcha):
        one, two = (opened(solve(altcha.challenge(BINDING, NOW))) for _ in range(2))
        assert refusal(altcha, closed({**one, "solution": two["solution"]})) == "captcha_wrong"

    @pytest.mark.parametrize(
        "text",
        [
            "%%%",
            "a",
            "ñ",
            "\ud800",
            closed([]),
            closed("text"),
            closed({}),
            closed({"challenge": {}, "solution": {}}),
            closed({"challenge": {"parameters": []}, "solution": []}),
            closed({"challenge": {"parameters": "algorithm"}, "solution": {"counter": 1, "derivedKey": "00"}}),
            base64.b64encode(b"\xff\xfe").decode(),
            base64.b64encode(b"[" * 3000).decode(),
            base64.b64encode(b'{"challenge":' * 200).decode(),
        ],
    )
    def test_garbage_is_refused(self, altcha, text):
        assert refusal(altcha, text) == "captcha_wrong"

    def test_a_part_of_another_kind_is_refused_wherever_it_stands(self, altcha):
        whole = opened(solve(altcha.challenge(BINDING, NOW)))
        kinds: list[Any] = [None, [], {}, 0, -1, 1e400, True, "", "\ud800", {"__proto__": 1}, [[]] * 3]
        for strange in kinds:
            for part in ("challenge", "solution"):
                assert refusal(altcha, closed({**whole, part: strange})) == "captcha_wrong"
                for name in whole[part]:
                    changed = {**whole, part: {**whole[part], name: strange}}
                    if changed != whole and (part, name) not in (("solution", "counter"), ("solution", "time")):
                        assert refusal(altcha, closed(changed)) == "captcha_wrong"
            for name in whole["challenge"]["parameters"]:
                parameters = {**whole["challenge"]["parameters"], name: strange}
                changed = {**whole, "challenge": {**whole["challenge"], "parameters": parameters}}
                over = name == "expiresAt" and strange in (-1, 1)
                assert refusal(altcha, closed(changed)) == ("captcha_expired" if over else "captcha_wrong")
