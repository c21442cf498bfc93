"""The platform's signature: KMS signs, others verify by what is published."""

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from ventanilla.adapters.signer import KmsSigner
from ventanilla.domain.jose import p256_jwk


def der_of(key):
    return b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


def test_what_it_signs_is_verified_by_the_key_that_kms_shows(stage, services):
    signature = services.signer.sign(b"a message")
    public = load_der_public_key(stage.clients.kms.get_public_key(KeyId="alias/SigningKey")["PublicKey"])
    assert len(signature) == 64
    halves = (int.from_bytes(signature[:32]), int.from_bytes(signature[32:]))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    public.verify(encode_dss_signature(*halves), b"a message", ec.ECDSA(SHA256()))


def test_what_is_published_is_that_key(stage, services):
    [key] = services.signer.public_keys()
    numbers = load_der_public_key(
        stage.clients.kms.get_public_key(KeyId="alias/SigningKey")["PublicKey"]
    ).public_numbers()
    assert key == p256_jwk(numbers.x, numbers.y)
    assert key["kid"] == services.signer.kid


def test_former_keys_stay_published_behind_it_and_none_twice(stage, services):
    former = ec.generate_private_key(ec.SECP256R1())
    own = b64encode(stage.clients.kms.get_public_key(KeyId="alias/SigningKey")["PublicKey"]).decode()
    signer = KmsSigner(lambda: stage.clients.kms, "alias/SigningKey", (der_of(former), own))
    kids = [key["kid"] for key in signer.public_keys()]
    assert kids[0] == services.signer.kid
    assert len(kids) == len(set(kids)) == 2


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_former_key_of_another_kind_is_a_mistake_that_shows(stage, key):
    signer = KmsSigner(lambda: stage.clients.kms, "alias/SigningKey", (der_of(key),))
    with pytest.raises(TypeError):
        signer.public_keys()


def test_what_kms_would_refuse_is_refused_before(services):
    with pytest.raises(ValueError, match="too long"):
        services.signer.sign(b"a" * 4097)
