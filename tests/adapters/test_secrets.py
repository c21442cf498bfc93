"""The keys that one-time tokens are derived with, from Secrets Manager."""

import json
from datetime import timedelta

import pytest

from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.adapters.secrets import TokenKeys
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.tokens import OneTimeToken

TOKEN = OneTimeToken("confirm", "s" * 26, "i" * 26)


@pytest.fixture
def rotate(stage):
    """Change the secret; what it was is put back."""
    before = stage.clients.secrets.get_secret_value(SecretId="TokenSecret")["SecretString"]

    def rotate(**secret):
        stage.clients.secrets.put_secret_value(SecretId="TokenSecret", SecretString=json.dumps(secret))

    yield rotate
    stage.clients.secrets.put_secret_value(SecretId="TokenSecret", SecretString=before)


@pytest.fixture
def keys(stage, services):
    return TokenKeys(stage.clients.secrets, "TokenSecret")


def test_the_secret_that_the_template_generates_makes_tokens(keys):
    ring = keys.keyring(NOW)
    assert ring.current == "k1"
    assert len(ring.keys["k1"].secret) == 64
    assert ring.read(ring.write(TOKEN), purposes=("confirm",), now=NOW) == TOKEN


def test_it_is_read_once(keys):
    with counted_calls() as calls:
        first = keys.keyring(NOW)
        for minutes in range(100):
            assert keys.keyring(NOW + timedelta(minutes=minutes), first.write(TOKEN)) is first
    assert calls == {"GetSecretValue": 1}


def test_a_key_that_is_unknown_makes_it_read_anew(keys, rotate):
    keys.keyring(NOW)
    rotate(current="k2", k1="a" * 64, k2="b" * 64)
    token = TokenKeys(keys._client, "TokenSecret").keyring(NOW).write(TOKEN)
    later = NOW + timedelta(minutes=1)
    assert keys.keyring(later, token).read(token, purposes=("confirm",), now=later) == TOKEN


def test_at_most_once_a_minute(keys):
    keys.keyring(NOW)
    with counted_calls() as calls:
        for seconds in range(60 * 10):
            keys.keyring(NOW + timedelta(seconds=seconds), f"confirm.forged{seconds}.slot.id.mac")
    assert calls == {"GetSecretValue": 9}


def test_a_clock_that_is_set_back_does_not_keep_it_from_being_read(keys):
    keys.keyring(NOW)
    with counted_calls() as calls:
        keys.keyring(NOW - timedelta(hours=1), "confirm.unknown.slot.id.mac")
    assert calls == {"GetSecretValue": 1}


@pytest.mark.parametrize("token", ["", "x", "a.b"])
def test_what_claims_no_key_makes_it_read_nothing(keys, token):
    keys.keyring(NOW)
    with counted_calls() as calls:
        keys.keyring(NOW + timedelta(hours=1), token)
    assert calls == {}


def test_a_retired_key_is_accepted_for_seven_days(keys, rotate):
    rotate(current="k1", k1="a" * 64)
    old = keys.keyring(NOW).write(TOKEN)
    rotate(current="k2", k1="a" * 64, k2="b" * 64, retired={"k1": NOW.isoformat()})
    fresh = TokenKeys(keys._client, "TokenSecret")
    week = NOW + timedelta(days=7)
    ring = fresh.keyring(NOW)
    assert ring.write(TOKEN).startswith("confirm.k2.")
    assert ring.read(old, purposes=("confirm",), now=week) == TOKEN
    with pytest.raises(TokenGone):
        ring.read(old, purposes=("confirm",), now=week + timedelta(seconds=1))
