"""Authenticator apps: what they show by RFC 6238, computed here by the book, is accepted."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from ventanilla.adapters.authenticators import Authenticators
from ventanilla.wiring import Services

AT = datetime(2027, 3, 1, 15, 0, 15, tzinfo=UTC)
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = int(AT.timestamp()) // 30


@pytest.fixture
def authenticators(services: Services) -> Authenticators:
    return services.authenticators


def shown(secret: str, step: int) -> str:
    """RFC 4226 §5.3 with the counter of RFC 6238: HMAC-SHA-1, dynamic truncation, six digits."""
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8), hashlib.sha1).digest()
    offset = digest[-1] & 15
    return f"{(int.from_bytes(digest[offset : offset + 4]) & 0x7FFFFFFF) % 1_000_000:06}"


def accepts(authenticators, password, *, last=None, at=AT, ref="ref", enrolment="one"):
    return authenticators.accepts(ref, enrolment, password, last=last, hours=(at, at))


def test_the_rfcs_own_vector_is_what_an_app_shows():
    secret = base64.b32encode(b"12345678901234567890").decode()
    assert [shown(secret, time // 30) for time in (59, 1111111109, 20000000000)] == ["287082", "081804", "353130"]


@pytest.mark.parametrize("skew", [-1, 0, 1])
def test_a_step_before_and_after_is_tolerated(authenticators, skew):
    password = shown(authenticators.secret("ref", "one"), STEP + skew)
    assert accepts(authenticators, password) == STEP + skew


@pytest.mark.parametrize("skew", [-2, 2])
def test_two_are_not(authenticators, skew):
    assert accepts(authenticators, shown(authenticators.secret("ref", "one"), STEP + skew)) is None


def test_a_password_that_was_accepted_is_not_accepted_again_nor_one_before_it(authenticators):
    secret = authenticators.secret("ref", "one")
    assert accepts(authenticators, shown(secret, STEP), last=STEP) is None
    assert accepts(authenticators, shown(secret, STEP - 1), last=STEP) is None
    assert accepts(authenticators, shown(secret, STEP + 1), last=STEP) == STEP + 1
    later = AT + timedelta(seconds=30)
    assert accepts(authenticators, shown(secret, STEP + 1), last=STEP, at=later) == STEP + 1


def test_what_another_account_or_enrolment_shows_is_wrong(authenticators):
    password = shown(authenticators.secret("ref", "one"), STEP)
    assert accepts(authenticators, password, ref="other") is None
    assert accepts(authenticators, password, enrolment="two") is None


def test_where_a_local_clock_was_moved_both_hours_are_right(authenticators):
    moved = AT + timedelta(days=1)
    secret = authenticators.secret("ref", "one")
    for hour in (AT, moved):
        step = int(hour.timestamp()) // 30
        assert authenticators.accepts("ref", "one", shown(secret, step), last=None, hours=(AT, moved)) == step


def test_an_app_takes_secret_issuer_and_name_from_the_address(authenticators):
    address = urlsplit(authenticators.address(SECRET, name="ana@example.ec", issuer="Personal e instituciones"))
    assert (address.scheme, address.netloc) == ("otpauth", "totp")
    assert unquote(address.path) == "/Personal e instituciones:ana@example.ec"
    assert parse_qs(address.query) == {"secret": [SECRET], "issuer": ["Personal e instituciones"]}
