"""A receipt has one spelling: not the other half of its signature, and what can't be written is no fault of ours."""

import json

import pytest

from tests.receipt_key import Signer
from ventanilla.domain.jose import JwsMalformed, canonical, from_base64url, read_jws, signing_input, to_base64url
from ventanilla.domain.receipts import TYPE, write_json
from ventanilla.usecases.receipt_check import ReceiptRefused, check

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
SIGNER = Signer()


def receipt(signer=SIGNER) -> bytes:
    from hashlib import sha256

    said = {"version": 1}
    manifest = dict.fromkeys(("iss", "iat", "notification", "institution", "reference", "content", "head"), "x")
    manifest["receipt"] = sha256(canonical(said).encode()).hexdigest()
    signed = signing_input({"alg": "ES256", "kid": signer.kid, "typ": TYPE}, manifest)
    return write_json(said, f"{signed}.{to_base64url(signer.sign(signed.encode()))}").encode()


def with_the_other_half(file: bytes) -> bytes:
    held = json.loads(file)
    signed, _, signature = held["jws"].rpartition(".")
    r, s = from_base64url(signature)[:32], int.from_bytes(from_base64url(signature)[32:])
    return write_json(held["receipt"], f"{signed}.{to_base64url(r + (ORDER - s).to_bytes(32))}").encode()


def test_a_receipt_whose_signature_was_written_otherwise_is_refused():
    for _ in range(8):  # every signature, and not only every second one
        file = receipt()
        assert check(file, SIGNER.public_keys())
        with pytest.raises(ReceiptRefused):
            check(with_the_other_half(file), SIGNER.public_keys())


def test_kms_hands_out_the_one_that_is_accepted(services):
    for _ in range(8):
        assert check(receipt(services.signer), services.signer.public_keys())


@pytest.mark.parametrize("payload", [rb'{"a":"\ud800"}', rb'{"\udfff":1}'])
def test_a_signature_over_half_a_character_is_malformed(payload):
    text = f"{to_base64url(b'{}')}.{to_base64url(payload)}.{to_base64url(bytes(64))}"
    with pytest.raises(JwsMalformed):
        read_jws(text)
    with pytest.raises(ReceiptRefused):
        check(f"%PDF-1.7\nstartxref\n9\n%%EOF\n%ventanilla-receipt: {text}\nstartxref\n9\n%%EOF\n".encode(), [])
