"""What a solved challenge is good for, and the secrets that it stands on."""

from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.captcha import CAPTCHA_LIVES, CaptchaBinding, CaptchaSecrets, captcha_nonce
from ventanilla.domain.errors import Refused, TokenGone
from ventanilla.domain.keys import NONCES_KEPT, Nonce
from ventanilla.domain.tokens import RETIRED_KEYS_LIVE, Keyring, SigningKey

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
BINDING = CaptchaBinding("register", "ibarra", NOW + CAPTCHA_LIVES)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> tuple[str, str]:
    [error] = refused.value.errors
    return error.field, error.code


class TestBinding:
    def test_it_holds_for_its_action_at_its_portal(self):
        BINDING.demand("register", "ibarra", NOW)

    def test_without_a_portal_it_holds_at_any(self):
        CaptchaBinding("register", None, NOW + CAPTCHA_LIVES).demand("register", "buzonec", NOW)

    @pytest.mark.parametrize(("action", "portal"), [("reset", "ibarra"), ("register", "buzonec")])
    def test_it_is_wrong_elsewhere(self, action, portal):
        with pytest.raises(Refused) as refused:
            BINDING.demand(action, portal, NOW)
        assert code_of(refused) == ("captcha", "captcha_wrong")

    def test_it_lives_ten_minutes(self):
        BINDING.demand("register", "ibarra", NOW + timedelta(minutes=10, microseconds=-1))
        with pytest.raises(Refused) as refused:
            BINDING.demand("register", "ibarra", NOW + timedelta(minutes=10))
        assert code_of(refused) == ("captcha", "captcha_expired")

    def test_its_use_is_remembered_for_longer_than_it_lives(self):
        assert NONCES_KEPT > CAPTCHA_LIVES

    def test_its_use_is_no_institutions_nonce(self):
        assert captcha_nonce("abc").name != Nonce("captcha.k1", "abc").name
        assert captcha_nonce("abc") == captcha_nonce("abc") != captcha_nonce("abd")


class TestSecrets:
    def ring(self, retired_at: datetime | None = None) -> Keyring:
        return Keyring("k2", {"k1": SigningKey(b"one", retired_at), "k2": SigningKey(b"two")})

    def test_they_differ_from_each_other_from_the_key_and_from_key_to_key(self):
        one, two = (CaptchaSecrets.under(self.ring(), kid, NOW) for kid in ("k1", "k2"))
        assert len({one.signature, one.solution, two.signature, two.solution, b"one", b"two"}) == 6

    def test_they_are_the_same_in_every_process(self):
        assert CaptchaSecrets.under(self.ring(), "k1", NOW) == CaptchaSecrets.under(self.ring(), "k1", NOW)

    def test_a_retired_key_holds_for_as_long_as_for_tokens(self):
        ring = self.ring(retired_at=NOW - RETIRED_KEYS_LIVE)
        assert CaptchaSecrets.under(ring, "k1", NOW) == CaptchaSecrets.under(self.ring(), "k1", NOW)
        with pytest.raises(TokenGone):
            CaptchaSecrets.under(ring, "k1", NOW + timedelta(seconds=1))

    def test_an_unknown_key_has_none(self):
        with pytest.raises(TokenGone):
            CaptchaSecrets.under(self.ring(), "k3", NOW)
