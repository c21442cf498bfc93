"""Institutions and the public keys of their systems: which are accepted, which refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.usecases.conftest import INSTITUTION
from ventanilla.domain.errors import InstitutionExists, KeyRefused, NotFound
from ventanilla.domain.institutions import Institution, InstitutionKey, is_institution_id, read_key_id
from ventanilla.usecases.institutions import add_institution, add_key, revoke_key


def public(key) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


ED25519 = ed25519.Ed25519PrivateKey.generate()
RSA = rsa.generate_private_key(65537, 2048)


@pytest.fixture
def add(world):
    def add(pem, name="k1", institution=INSTITUTION.id, **more):
        return add_key(institution, name, pem, institutions=world.institutions, clock=world.clock, **more)

    return add


@pytest.fixture
def institution(world):
    add_institution(INSTITUTION, institutions=world.institutions)
    return INSTITUTION


class TestInstitutions:
    def test_an_institution_is_put_down(self, world, institution):
        assert world.institutions.get(INSTITUTION.id) == INSTITUTION

    def test_an_id_is_taken_once(self, world, institution):
        with pytest.raises(InstitutionExists) as raised:
            add_institution(Institution(INSTITUTION.id, "Otra"), institutions=world.institutions)
        assert raised.value.facts == {"id": INSTITUTION.id}
        assert world.institutions.get(INSTITUTION.id) == INSTITUTION

    @pytest.mark.parametrize("name", ["abc", "a-1", "0" * 40, "municipio-de-quito-2"])
    def test_an_id_is_3_to_40_of_small_letters_digits_and_hyphens(self, world, name):
        assert is_institution_id(name)

    @pytest.mark.parametrize(
        "name", ["", "ab", "0" * 41, "Abc", "a_b", "a.b", "-ab", "ab-", "test-x", "añb", "abc\n", " abc", "a#b"]
    )
    def test_another_is_refused(self, world, name):
        with pytest.raises(KeyRefused, match="3 to 40"):
            add_institution(Institution(name, "Otra"), institutions=world.institutions)
        assert world.institutions.kept == {}


class TestKeys:
    @pytest.mark.parametrize(
        ("key", "algorithm"),
        [
            (ED25519, "ed25519"),
            (ec.generate_private_key(ec.SECP256R1()), "ecdsa-p256-sha256"),
            (RSA, "rsa-pss-sha512"),
        ],
    )
    def test_the_algorithm_follows_from_the_key(self, world, institution, add, key, algorithm):
        added = add(public(key))
        assert added == InstitutionKey(INSTITUTION.id, "k1", public(key), algorithm, world.clock.now())
        assert world.institutions.keys == {"municipio-ejemplo.k1": added}

    @pytest.mark.parametrize(
        "key",
        [
            rsa.generate_private_key(65537, 1024),
            ec.generate_private_key(ec.SECP384R1()),
            ec.generate_private_key(ec.SECP256K1()),
            ed448.Ed448PrivateKey.generate(),
            x25519.X25519PrivateKey.generate(),
        ],
        ids=lambda key: type(key).__name__,
    )
    def test_a_key_of_another_kind_or_too_weak_is_refused(self, world, institution, add, key):
        with pytest.raises(KeyRefused, match="Ed25519, P-256, or RSA of at least 2048 bits"):
            add(public(key))
        assert world.institutions.keys == {}

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "no key",
            "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            "\ud800",
        ],
        ids=["empty", "words", "broken", "surrogate"],
    )
    def test_what_is_no_public_key_is_refused(self, institution, add, text):
        with pytest.raises(KeyRefused, match="not a public key in PEM"):
            add(text)

    @pytest.mark.parametrize("name", ["", "K1", "k_1", "k.1", "k" * 41, "ñ", "k1\n"])
    def test_a_name_of_another_form_is_refused(self, institution, add, name):
        with pytest.raises(KeyRefused, match="a key's name"):
            add(public(ED25519), name)

    def test_several_keys_may_be_in_force_but_a_name_is_taken_once(self, world, institution, add):
        add(public(ED25519), "k1")
        add(public(RSA), "k2")
        with pytest.raises(InstitutionExists) as raised:
            add(public(RSA), "k1")
        assert raised.value.facts == {"key": "municipio-ejemplo.k1"}
        assert world.institutions.keys["municipio-ejemplo.k1"].algorithm == "ed25519"

    def test_nobody_has_keys_without_being_an_institution(self, add):
        with pytest.raises(NotFound):
            add(public(ED25519))


class TestTestKeys:
    def test_it_belongs_to_the_shadow_and_its_name_is_free_there(self, world, institution, add):
        add(public(ED25519), "k1")
        added = add(public(ED25519), None, test=True)
        assert (added.id, added.institution) == ("test-municipio-ejemplo.k1", "test-municipio-ejemplo")
        assert set(world.institutions.keys) == {"municipio-ejemplo.k1", "test-municipio-ejemplo.k1"}

    def test_each_is_revoked_for_itself(self, world, institution, add):
        for test in (False, True):
            add(public(ED25519), "k1", test=test)
        revoke_key(INSTITUTION.id, "k1", institutions=world.institutions, clock=world.clock, test=True)
        revoked = [key.id for key in world.institutions.keys.values() if key.revoked_at]
        assert revoked == ["test-municipio-ejemplo.k1"]

    def test_a_shadow_alone_is_no_institution(self, world):
        with pytest.raises(NotFound):
            add_key("test-municipio-ejemplo", "k1", public(ED25519), institutions=world.institutions, clock=world.clock)


class TestRevoking:
    def test_a_key_loses_its_force_and_its_name_is_not_given_again(self, world, institution, add):
        add(public(ED25519))
        world.clock.advance(days=1)
        revoke_key(INSTITUTION.id, "k1", institutions=world.institutions, clock=world.clock)
        assert world.institutions.keys["municipio-ejemplo.k1"].revoked_at == world.clock.now()
        with pytest.raises(InstitutionExists):
            add(public(RSA))

    def test_what_has_no_force_cannot_lose_it(self, world, institution, add):
        add(public(ED25519))
        revoke_key(INSTITUTION.id, "k1", institutions=world.institutions, clock=world.clock)
        for name in ("k1", "k2"):
            with pytest.raises(NotFound):
                revoke_key(INSTITUTION.id, name, institutions=world.institutions, clock=world.clock)


class TestKeyIds:
    def test_a_keyid_names_institution_and_key(self):
        assert read_key_id("municipio-ejemplo.k1") == ("municipio-ejemplo", "k1")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            ".",
            "municipio-ejemplo",
            "municipio-ejemplo.",
            ".k1",
            "a.k1",
            "test-test-municipio.k1",
            "test-ab.k1",
            "abc.K1",
            "abc.k1.k2",
            "abc.k#1",
        ],
    )
    def test_what_has_another_form_names_nothing(self, text):
        assert read_key_id(text) is None
