"""Signed HTTP: each demand, bent or left out, is refused by its name (security.md, 21 to 23)."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import HTTPMessageSignaturesException

from tests.flows.town import draft, expect, new_number
from tests.security.signing import WHOLE, Signing, digest
from ventanilla.web.signatures import _verifier


@pytest.fixture
def sign(town):
    """Sign as the demo institution."""
    demo = town.local.demo["institution"]

    def make(**bent):
        bent.setdefault("content", draft(new_number()))
        return Signing(town.local.base_url, bent.pop("key_id", demo["key_id"]), demo["private_key"], **bent)

    return make


def refused(town, response, reason):
    """It is refused for this reason, says what is wanted, and nothing has been stored."""
    body = response.json()
    assert (response.status_code, body["type"]) == (401, f"urn:ventanilla:problem:signature-{reason}")
    assert 'tag="ventanilla"' in response.headers["accept-signature"]
    assert body["request_id"]


class TestWhatIsSignedWell:
    def test_is_accepted(self, town, sign):
        assert expect(sign().send(town.http), 202)["state"] == "waiting_for_account"

    def test_may_be_signed_under_any_label(self, town, sign):
        signing = sign()
        response = town.http.post(signing.target, content=signing.body, headers=signing.headers("anything-1"))
        expect(response, 202)

    def test_may_have_a_digest_of_sha_512(self, town, sign):
        signing = sign()
        signing.covered["content-digest"] = digest(signing.body, "sha-512")
        expect(signing.send(town.http), 202)

    def test_needs_no_content_headers_where_there_is_no_body(self, town, sign):
        listing = sign(content={}, method="GET", components=WHOLE[:4])
        expect(listing.send(town.http), 200)

    def test_may_cover_more_than_it_must(self, town, sign):
        signing = sign(components=(*WHOLE, "x-own"), covered={"x-own": "1"})
        expect(signing.send(town.http, **{"x-own": "1"}), 202)


class TestWhatIsLeftOut:
    def test_a_request_without_signature(self, town, sign):
        signing = sign()
        refused(town, signing.send(town.http, signature=None), "missing")
        refused(town, signing.send(town.http, **{"signature-input": None}), "missing")

    def test_a_signature_that_covers_nothing(self, town, sign):
        refused(town, sign(components=()).send(town.http), "component")

    @pytest.mark.parametrize("name", WHOLE)
    def test_each_component_in_turn(self, town, sign, name):
        components = tuple(one for one in WHOLE if one != name)
        response = sign(components=components).send(town.http)
        refused(town, response, "component")
        assert name in response.json()["detail"]

    @pytest.mark.parametrize(
        ("name", "reason"),
        [("created", "created"), ("expires", "expires"), ("nonce", "nonce"), ("keyid", "key"), ("tag", "tag")],
    )
    def test_each_parameter_in_turn(self, town, sign, name, reason):
        refused(town, sign(parameters={name: None}).send(town.http), reason)


class TestWhatIsBent:
    def test_another_body(self, town, sign):
        signing = sign()
        headers = signing.headers()
        changed = signing.body.replace(b"aceptada", b"negada..")
        refused(town, town.http.post(signing.target, content=changed, headers=headers), "digest")

    def test_another_body_with_its_own_digest(self, town, sign):
        signing = sign()
        changed = signing.body.replace(b"aceptada", b"negada..")
        headers = {**signing.headers(), "content-digest": digest(changed)}
        refused(town, town.http.post(signing.target, content=changed, headers=headers), "invalid")

    def test_the_digest_of_another_body_signed(self, town, sign):
        refused(town, sign(covered={"content-digest": digest(b"{}")}).send(town.http), "digest")

    def test_another_method(self, town, sign):
        signing = sign(content={}, method="GET", components=WHOLE[:4])
        signing.covered["@method"] = "DELETE"
        refused(town, signing.send(town.http), "invalid")

    def test_another_path(self, town, sign):
        listing = sign(content={}, method="GET", components=WHOLE[:4], covered={"@path": "/v1/other"})
        refused(town, listing.send(town.http), "invalid")

    def test_another_query(self, town, sign):
        listing = sign(content={}, method="GET", components=WHOLE[:4], covered={"@query": "?cursor=1"})
        refused(town, listing.send(town.http), "invalid")

    def test_another_authority(self, town, sign):
        refused(town, sign(covered={"@authority": "evil.example"}).send(town.http), "invalid")

    def test_a_forged_host_changes_nothing(self, town, sign):
        expect(sign().send(town.http, host="evil.example"), 202)
        refused(town, sign(covered={"@authority": "evil.example"}).send(town.http, host="evil.example"), "invalid")

    @pytest.mark.parametrize(
        ("created", "reason"), [(-301, "stale"), (31, "ahead"), (-72_000, "stale"), (3_600, "ahead")]
    )
    def test_another_hour(self, town, sign, created, reason):
        at = int(time.time()) + created
        # a second of leeway for the second that may pass on the way
        at += -1 if created < 0 else 1
        refused(town, sign(parameters={"created": at, "expires": at + 300}).send(town.http), reason)

    @pytest.mark.parametrize("life", [301, 0, -1, 86_400])
    def test_a_life_that_is_too_long_or_none(self, town, sign, life):
        now = int(time.time())
        refused(town, sign(parameters={"created": now, "expires": now + life}).send(town.http), "expires")

    def test_a_life_that_is_over(self, town, sign):
        now = int(time.time())
        refused(town, sign(parameters={"created": now - 200, "expires": now - 100}).send(town.http), "expired")

    @pytest.mark.parametrize("nonce", ["", "short", "a" * 21, "a" * 201])
    def test_a_nonce_of_too_few_bits_or_too_long(self, town, sign, nonce):
        refused(town, sign(parameters={"nonce": nonce}).send(town.http), "nonce")

    @pytest.mark.parametrize("algorithm", ["rsa-pss-sha512", "hmac-sha256", "none", ""])
    def test_an_algorithm_that_is_not_the_keys(self, town, sign, algorithm):
        refused(town, sign(parameters={"alg": algorithm}).send(town.http), "algorithm")

    def test_the_keys_own_algorithm_may_be_said(self, town, sign):
        expect(sign(parameters={"alg": "ed25519"}).send(town.http), 202)

    @pytest.mark.parametrize(
        "key_id", ["demo-institution.k2", "nobody.k1", "demo-institution", "", "../x.k1", "a" * 200]
    )
    def test_a_key_that_nobody_knows(self, town, sign, key_id):
        refused(town, sign(key_id=key_id).send(town.http), "key")

    def test_another_institutions_key_id(self, town, sign):
        town.institution("otra-institucion")
        refused(town, sign(key_id="otra-institucion.k1").send(town.http), "invalid")

    def test_two_signatures_with_our_tag(self, town, sign):
        one, two = sign(), sign()
        first, second = one.headers("a"), one.headers("b")
        two_of_them = {name: f"{first[name]}, {second[name]}" for name in ("signature", "signature-input")}
        refused(town, one.send(town.http, **two_of_them), "several")
        assert two.body != one.body

    def test_a_second_signature_of_somebody_elses_tag_is_let_be(self, town, sign):
        signing = sign()
        headers = signing.headers("a")
        other = signing.headers("b")
        other["signature-input"] = other["signature-input"].replace("ventanilla", "proxy")
        both = {name: f"{headers[name]}, {other[name]}" for name in ("signature", "signature-input")}
        expect(signing.send(town.http, **both), 202)

    @pytest.mark.parametrize(
        "malformed",
        [
            "sig1",
            "sig1=",
            "sig1=()",
            "=;;",
            'sig1=("@method"',
            "é",
            "sig1=1, sig1=2",
            "sig1=(@method);tag=1",
            "a" * 9000,
        ],
    )
    def test_malformed_headers(self, town, sign, malformed):
        response = sign().send(town.http, **{"signature-input": malformed.encode()})
        assert response.status_code in (400, 401)
        assert response.json()["type"].startswith("urn:ventanilla:problem:")

    def test_sixty_four_kilobytes_of_signature_input_are_no_error_of_ours(self, town, sign):
        long = "sig1=(" + " ".join(f'"x{one}"' for one in range(9000)) + ")"
        response = sign().send(town.http, **{"signature-input": long[: 64 * 1024].strip()})
        assert 400 <= response.status_code < 500


class TestReplays:
    def test_a_nonce_is_heard_once(self, town, sign):
        signing = sign()
        headers = signing.headers()
        expect(town.http.post(signing.target, content=signing.body, headers=headers), 202)
        refused(town, town.http.post(signing.target, content=signing.body, headers=headers), "nonce-seen")

    def test_a_nonce_is_heard_once_also_where_nothing_is_posted(self, town, sign):
        listing = sign(content={}, method="GET", components=WHOLE[:4])
        headers = listing.headers()
        expect(town.http.get(listing.target, headers=headers), 200)
        refused(town, town.http.get(listing.target, headers=headers), "nonce-seen")

    def test_a_retry_with_a_new_nonce_is_answered_as_the_first(self, town, sign):
        content = draft(new_number())
        first, again = sign(content=content).send(town.http), sign(content=content).send(town.http)
        assert first.json() == again.json()
        assert "idempotency-replayed" not in first.headers
        assert again.headers["idempotency-replayed"] == "true"

    def test_a_replayed_nonce_is_refused_for_a_replayed_post_too(self, town, sign):
        signing = sign()
        expect(signing.send(town.http), 202)
        retry = sign(content=signing.content)
        headers = retry.headers()
        expect(town.http.post(retry.target, content=retry.body, headers=headers), 202)
        refused(town, town.http.post(retry.target, content=retry.body, headers=headers), "nonce-seen")

    def test_two_keys_may_use_the_same_nonce(self, town, sign):
        other = town.institution("tercera-institucion")
        nonce = "n" * 22
        expect(sign(parameters={"nonce": nonce}).send(town.http), 202)
        pem = other_pem(town, "tercera-institucion")
        expect(
            Signing(
                town.local.base_url, "tercera-institucion.own", pem, draft(new_number()), parameters={"nonce": nonce}
            ).send(town.http),
            202,
        )
        assert other is not None


_MESSAGE = {
    "host": "example.com",
    "date": "Tue, 20 Apr 2021 02:07:55 GMT",
    "content-type": "application/json",
    "content-length": "18",
}
_ED25519 = "MCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs="
_P256 = (
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEqIVYZVLCrPZHGHjP17CTW0/+D9Lfw0EkjqF7xB4FivAxzic30tMM4GF+hR6Dxh71Z50VGGdldkkD"
    "XZCnTNnoXQ=="
)
_B26 = "wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw=="
_B24 = "wNmSUAhwb5LxtOtOpNa6W5xj067m5hFrj0XQ4fvpaCLx0NKocgPquLgyahnzDnDAUy5eCdlYUEkLIj+32oiasw=="


class TestVectors:
    """Line 22: what RFC 9421, appendix B.2, publishes verifies as our requests do."""

    @staticmethod
    def request(signature):
        inner = '("date" "@method" "@path" "@authority" "content-type" "content-length")'
        signed = {
            "signature-input": f'sig-b26={inner};created=1618884473;keyid="test-key-ed25519"',
            "signature": f"sig-b26=:{signature}:",
        }
        url = "https://example.com/foo?param=Value&Pet=dog"
        return SimpleNamespace(method="POST", url=url, headers={**_MESSAGE, **signed})

    @staticmethod
    def response(signature):
        inner = '("@status" "content-type" "content-digest" "content-length")'
        said = "mEWXIS7MaLRuGgxOBdODa3xqM1XdEvxoYhvlCFJ41QJgJc4GTsPp29l5oGX69wWdXymyU0rjJuahq4l5aGgfLQ=="
        headers = {
            "date": "Tue, 20 Apr 2021 02:07:56 GMT",
            "content-type": "application/json",
            "content-digest": f"sha-512=:{said}:",
            "content-length": "23",
            "signature-input": f'sig-b24={inner};created=1618884473;keyid="test-key-ecc-p256"',
            "signature": f"sig-b24=:{signature}:",
        }
        return SimpleNamespace(status_code=200, url=None, request=None, headers=headers)

    @pytest.mark.parametrize(
        ("algorithm", "key", "make", "signature"),
        [("ed25519", _ED25519, request, _B26), ("ecdsa-p256-sha256", _P256, response, _B24)],
        ids=["B.2.6", "B.2.4"],
    )
    def test_a_published_signature_verifies_and_no_other(self, algorithm, key, make, signature):
        verifier = _verifier(algorithm, f"-----BEGIN PUBLIC KEY-----\n{key}\n-----END PUBLIC KEY-----\n")
        make = getattr(make, "__func__", make)
        (verified,) = verifier.verify(make(signature), max_age=None)
        assert verified.parameters["created"] == 1618884473
        with pytest.raises(HTTPMessageSignaturesException):
            verifier.verify(make("A" + signature[1:]), max_age=None)


class TestKeys:
    def test_a_revoked_key_is_refused_at_the_very_next_request(self, town):
        pem = other_pem(town, "demo-institution", "to-revoke")
        signing = lambda: Signing(town.local.base_url, "demo-institution.to-revoke", pem, draft(new_number()))  # noqa: E731
        expect(signing().send(town.http), 202)
        from ventanilla.usecases.institutions import revoke_key
        from ventanilla.wiring import services

        with town.local.lock:
            revoke_key("demo-institution", "to-revoke", institutions=services().institutions, clock=services().clock)
        refused(town, signing().send(town.http), "key")

    @pytest.mark.parametrize("kind", ["p256", "rsa"])
    def test_other_kinds_of_keys_are_accepted(self, town, kind):
        key = ec.generate_private_key(ec.SECP256R1()) if kind == "p256" else rsa.generate_private_key(65_537, 2048)
        name = add_key(town, "demo-institution", kind, key)
        from cli.client import InstitutionClient

        with InstitutionClient(town.local.base_url, name, key) as client:
            expect(client.post(draft(new_number())), 202)


class TestAccess:
    """Line 23."""

    def test_another_institutions_notification_is_not_found(self, town):
        posted = town.notify(new_number())
        with town.institution("cuarta-institucion") as other:
            assert other.get(posted["id"]).status_code == 404
            assert other.cancel(posted["id"]).status_code == 404
            assert other.list().json()["items"] == []

    def test_the_same_reference_of_two_institutions_is_two_notifications(self, town):
        content = draft(new_number())
        mine = expect(town.sender.post(content), 202)
        with town.institution("quinta-institucion") as other:
            theirs = expect(other.post(content), 202)
        assert mine["id"] != theirs["id"]

    def test_another_persons_notification_is_not_found(self, town):
        owner, stranger = town.citizen(), town.citizen()
        posted = town.notify(owner)
        assert stranger.open(posted["id"]).status_code == 404
        assert stranger.call("GET", f"/v1/inbox/{posted['id']}").status_code == 404
        assert owner.get("/v1/inbox")["unread_count"] == 1

    def test_another_persons_session_can_not_be_ended(self, town):
        owner, stranger = town.citizen(), town.citizen()
        (session,) = owner.get("/v1/sessions")["items"]
        assert stranger.call("DELETE", f"/v1/sessions/{session['id']}").status_code == 404
        assert owner.get("/v1/me")["identifier"]["number"] == owner.number


def add_key(town, institution, name, key):
    """Put a public key down, and return its id."""
    from ventanilla.usecases.institutions import add_key as add
    from ventanilla.wiring import services

    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    with town.local.lock:
        return add(institution, name, public, institutions=services().institutions, clock=services().clock).id


def other_pem(town, institution, name="own"):
    """Give an institution another Ed25519 key, and return its private part."""
    key = ed25519.Ed25519PrivateKey.generate()
    add_key(town, institution, name, key)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
