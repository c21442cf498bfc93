"""JOSE: the published vectors, and one spelling alone."""

import json

import pytest

from ventanilla.domain.jose import (
    JwsMalformed,
    canonical,
    from_base64url,
    p256_jwk,
    read_jws,
    signing_input,
    to_base64url,
)

# RFC 7515, appendix A.3
X = int.from_bytes(from_base64url("f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"))
Y = int.from_bytes(from_base64url("x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"))


def test_a_key_is_written_as_the_rfc_does_and_named_by_its_thumbprint():
    key = p256_jwk(X, Y)
    assert key["x"] == "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
    assert key["y"] == "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
    # computed apart: printf '{"crv":"P-256","kty":"EC","x":"…","y":"…"}' | openssl dgst -sha256 -binary | basenc --base64url
    assert key["kid"] == "oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U"


def test_short_coordinates_keep_their_length():
    assert len(p256_jwk(1, 2)["x"]) == len(p256_jwk(X, Y)["x"])


@pytest.mark.parametrize("text", ["YQ==", "YR", "Y", "Y Q", "Y\nQ", "YQ\n", "+w", "ñ"])
def test_base64url_has_one_spelling(text):
    with pytest.raises(JwsMalformed):
        from_base64url(text)
    assert from_base64url("YQ") == b"a"


def test_a_signature_is_read_as_it_was_written():
    signed = signing_input({"alg": "ES256"}, {"b": "ñ", "a": 1})
    jws = read_jws(f"{signed}.{to_base64url(b's' * 64)}")
    assert (jws.header, jws.payload, jws.signature) == ({"alg": "ES256"}, {"a": 1, "b": "ñ"}, b"s" * 64)
    assert jws.signing_input == signed.encode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b",
        "a.b.c.d",
        f"{to_base64url(b'[]')}.{to_base64url(b'{}')}.YQ",
        f"{to_base64url(b'{ }')}.{to_base64url(b'{}')}.YQ",
        f"{to_base64url(b'{}')}.{to_base64url(b'no')}.YQ",
        f"{to_base64url(b'{}')}.{to_base64url(b'{}')}.YR",
        f"{to_base64url(b'{}')}.{to_base64url(b'[' * 100_000)}.YQ",
    ],
)
def test_what_is_written_otherwise_is_none(text):
    with pytest.raises(JwsMalformed):
        read_jws(text)


def test_canonical_json_is_what_a_browser_writes_of_sorted_names():
    assert canonical({"b": 'a"\\\n\x01 ñ', "a": [1, None, True]}) == '{"a":[1,null,true],"b":"a\\"\\\\\\n\\u0001 ñ"}'
    assert json.loads(canonical({"a": "\u2028"})) == {"a": "\u2028"}
