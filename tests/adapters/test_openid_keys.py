"""The keys of ID tokens: what KMS signs is verified by what is published, before and after they change."""

from datetime import timedelta

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ventanilla.adapters.openid_keys import OpenidKeys

CLAIMS = {"sub": "ñandú", "exp": 1}


def verified(token, keys):
    return jwt.decode(token, KeySet.import_key_set({"keys": keys}), algorithms=["RS256", "ES256"])


@pytest.fixture
def keys(stage, services):
    """A process's own; what is changed here stays changed for the stage."""

    def make():
        aliases = {
            "RS256": services.settings.openid_rsa_alias,
            "ES256": services.settings.openid_ec_alias,
        }
        tokens = services.settings.tokens_table
        return OpenidKeys(lambda: stage.clients.kms, aliases, services.dynamo, tokens=tokens, clock=services.clock)

    return make


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_what_it_signs_is_verified_by_what_is_published(keys, algorithm):
    token = verified(keys().sign(algorithm, CLAIMS, "logout+jwt"), keys().public_keys())
    assert (token.claims, token.header["alg"], token.header["typ"]) == (CLAIMS, algorithm, "logout+jwt")


def test_no_private_part_is_published(keys):
    published = keys().public_keys()
    assert sorted(key["alg"] for key in published) == ["ES256", "RS256"]
    assert all(
        {"kid", "kty", "use", "alg"} <= set(key) <= {"kid", "kty", "use", "alg", "e", "n", "crv", "x", "y"}
        for key in published
    )


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_after_a_change_a_process_that_knew_the_former_key_signs_with_the_new_one(keys, algorithm):
    old = keys()
    before = old.sign(algorithm, CLAIMS)
    made = keys().rotate(algorithm)
    after = verified(old.sign(algorithm, CLAIMS), keys().public_keys())
    assert after.header["kid"] == made
    assert verified(before, keys().public_keys()).header["kid"] != made


def test_a_former_key_is_published_for_a_week(keys, services):
    before = keys().sign("ES256", CLAIMS)
    keys().rotate("ES256")
    services.clock.advance(days=6, hours=23)
    assert verified(before, keys().public_keys())
    services.clock.advance(hours=1)
    with pytest.raises(JoseError):
        verified(before, keys().public_keys())


def test_what_is_not_ours_is_not_read(keys):
    token = keys().sign("RS256", CLAIMS)
    head, body, signature = token.split(".")
    assert keys().read(token) == CLAIMS
    for other in ("", "x", f"{head}.{body}.", f"{head}.{body[:-2]}.{signature}", f"eyJhbGciOiJub25lIn0.{body}."):
        assert keys().read(other) is None


def test_what_kms_would_refuse_is_refused_before(keys):
    with pytest.raises(ValueError, match="too long"):
        keys().sign("ES256", {"a": "x" * 4096})


def test_a_key_that_changes_while_it_signs_is_not_published_as_another(keys, monkeypatch):
    made = keys()
    monkeypatch.setattr("ventanilla.adapters.openid_keys._is_by", lambda *_: False)
    with pytest.raises(RuntimeError):
        made.sign("ES256", CLAIMS)


def test_former_keys_have_an_end(stage, keys, services):
    keys().rotate("RS256")
    [item] = [item for item in stage.items("TokensTable") if item["pk"]["S"] == "openid-keys"]
    assert int(item["ttl"]["N"]) == int((services.clock.now() + timedelta(days=7)).timestamp()) + 1
