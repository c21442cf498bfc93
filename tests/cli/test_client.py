"""The client signs every request as the platform wants it (RFC 9421)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from http_message_signatures import HTTPSignatureAlgorithm, algorithms

from cli.client import InstitutionClient, KeyUnusable, PrivateKey
from cli.problems import Refused, answer
from tests.cli.conftest import KEY_ID, KeyPair
from tests.cli.platform_fake import Platform

NOTIFICATION = {"reference": "A-1", "subject": "Notificación «ñ»"}


def pem(key: PrivateKeyTypes) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def recorded(pair: KeyPair, call) -> httpx.Request:
    """The request that a call of the client makes, at noon."""
    requests: list[httpx.Request] = []

    def take(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, json={})

    noon = datetime(2027, 1, 15, 12, tzinfo=UTC)
    transport = httpx.MockTransport(take)
    with InstitutionClient(
        "https://p.example", KEY_ID, pair.private, clock=lambda: noon, transport=transport
    ) as client:
        call(client)
    return requests[0]


def test_a_posted_notification_is_accepted_and_arrives_as_it_was(platform: Platform, pair: KeyPair):
    with InstitutionClient(platform.url, KEY_ID, pair.private.decode()) as client:
        assert answer(client.post(NOTIFICATION))["id"] == "id-A-1"
    assert platform.received[0].body == '{"reference": "A-1", "subject": "Notificación «ñ»"}'.encode()


def test_bytes_are_signed_and_sent_as_they_are(platform: Platform, pair: KeyPair):
    with InstitutionClient(platform.url, KEY_ID, pair.private) as client:
        answer(client.post(b'{ "reference":"B-1" ,"n":1.0}'))
    assert platform.received[0].body == b'{ "reference":"B-1" ,"n":1.0}'


def test_what_has_no_body_is_signed_too(platform: Platform, pair: KeyPair):
    platform.pages["/v1/notifications?cursor=a%2Fb%3D"] = {"items": [], "next_cursor": None}
    platform.pages["/v1/notifications"] = {"items": [1], "next_cursor": "a/b="}
    with InstitutionClient(platform.url, KEY_ID, pair.private) as client:
        assert answer(client.list())["items"] == [1]
        assert answer(client.list("a/b="))["items"] == []
        assert answer(client.cancel("id-1"))["state"] == "cancelled"


def test_an_id_is_one_piece_of_the_path(pair: KeyPair):
    assert (
        recorded(pair, lambda client: client.get("ñ/../x?y")).url.raw_path == b"/v1/notifications/%C3%B1%2F..%2Fx%3Fy"
    )


def test_every_request_has_its_own_nonce(platform: Platform, pair: KeyPair):
    with InstitutionClient(platform.url, KEY_ID, pair.private) as client:
        assert [client.post(NOTIFICATION).status_code for _ in range(3)] == [202, 202, 202]
    assert len({request.nonce for request in platform.received}) == 3


def test_a_signature_says_when_it_was_made_and_lives_five_minutes(pair: KeyPair):
    described = recorded(pair, lambda client: client.post(NOTIFICATION)).headers["signature-input"]
    assert "created=1800014400" in described
    assert "expires=1800014700" in described
    assert 'tag="ventanilla"' in described


def test_a_signature_covers_what_the_contract_names(pair: KeyPair):
    with_body = recorded(pair, lambda client: client.post(NOTIFICATION)).headers["signature-input"]
    without = recorded(pair, lambda client: client.get("id-1")).headers["signature-input"]
    four = ["@method", "@authority", "@path", "@query"]
    assert re.findall(r'"(.*?)"', with_body.partition(")")[0]) == [*four, "content-type", "content-digest"]
    assert re.findall(r'"(.*?)"', without.partition(")")[0]) == four


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (ed25519.Ed25519PrivateKey.generate(), algorithms.ED25519),
        (ec.generate_private_key(ec.SECP256R1()), algorithms.ECDSA_P256_SHA256),
        (rsa.generate_private_key(65537, 2048), algorithms.RSA_PSS_SHA512),
    ],
    ids=["ed25519", "ecdsa", "rsa"],
)
@pytest.mark.parametrize("as_pem", [True, False], ids=["pem", "object"])
def test_each_algorithm_signs(
    platform: Platform, key: PrivateKey, algorithm: type[HTTPSignatureAlgorithm], as_pem: bool
):
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    platform.keys["other.k1"] = (algorithm, public)
    with InstitutionClient(platform.url, "other.k1", pem(key) if as_pem else key) as client:
        assert client.post(NOTIFICATION).status_code == 202


def test_a_key_is_parsed_once(platform: Platform, pair: KeyPair, monkeypatch: pytest.MonkeyPatch):
    with InstitutionClient(platform.url, KEY_ID, pair.private) as client:
        monkeypatch.delattr("cli.client.load_pem_private_key")
        monkeypatch.delattr("http_message_signatures._algorithms.load_pem_private_key")
        assert client.post(NOTIFICATION).status_code == 202


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        (b"nothing of the kind", "can't be read"),
        (pem(ec.generate_private_key(ec.SECP384R1())), "P-256"),
        (pem(x25519.X25519PrivateKey.generate()), "Ed25519, ECDSA P-256 or RSA"),
        (
            ed25519.Ed25519PrivateKey.generate().private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"secret")
            ),
            "password",
        ),
    ],
    ids=["garbage", "P-384", "X25519", "encrypted"],
)
def test_a_key_that_cannot_sign_is_refused_with_the_reason(key: bytes, reason: str):
    with pytest.raises(KeyUnusable, match=reason):
        InstitutionClient("https://p.example", KEY_ID, key)


def test_an_unknown_key_is_refused_by_the_platform_and_said_in_one_line(platform: Platform, pair: KeyPair):
    with (
        InstitutionClient(platform.url, "stranger.k1", pair.private) as client,
        pytest.raises(Refused, match=r"^401 signature; The signature does not hold.*; request id req-1$") as refused,
    ):
        answer(client.post(NOTIFICATION))
    assert refused.value.status == 401
