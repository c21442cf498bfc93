"""Keys under which others could sign are refused: points of small order, moduli of small factors, private parts."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from ventanilla.domain.errors import KeyRefused
from ventanilla.usecases.public_keys import read_public_key

_P = 2**255 - 19
_EIGHT = bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _rsa(modulus: int, **more: str) -> dict[str, str]:
    return {"kty": "RSA", "n": _text(modulus.to_bytes(256, "big")), "e": "AQAB", **more}


@pytest.fixture(scope="module")
def modulus() -> int:
    return rsa.generate_private_key(65537, 2048).public_key().public_numbers().n


@pytest.mark.parametrize(
    "point",
    [
        bytes(32),
        (1).to_bytes(32, "little"),
        (_P - 1).to_bytes(32, "little"),
        _P.to_bytes(32, "little"),  # zero, written otherwise
        bytes(31) + b"\x80",
        _EIGHT,
        (_P - int.from_bytes(_EIGHT, "little")).to_bytes(32, "little"),
    ],
)
def test_a_point_of_small_order_is_refused(point):
    with pytest.raises(KeyRefused) as refused:
        read_public_key({"kty": "OKP", "crv": "Ed25519", "x": _text(point)})
    assert refused.value.errors[0].code == "key_kind"


def test_a_modulus_of_small_factors_is_refused(modulus):
    read_public_key(_rsa(modulus))
    for weak in (modulus - 1, 2**2048 - 1):
        with pytest.raises(KeyRefused) as refused:
            read_public_key(_rsa(weak))
        assert refused.value.errors[0].code == "key_kind"


@pytest.mark.parametrize("member", ["d", "p", "q", "dp", "dq", "qi"])
def test_a_jwk_with_any_private_part_is_refused(modulus, member):
    with pytest.raises(KeyRefused) as refused:
        read_public_key(_rsa(modulus, **{member: "AQ"}))
    assert refused.value.errors[0].code == "key_private"
