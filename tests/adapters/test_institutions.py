"""Institutions and the public keys of their systems."""

import dataclasses
from datetime import timedelta

import pytest

from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.institutions import Institution, InstitutionKey
from ventanilla.domain.notifications import Recipient

INSTITUTION = Institution("municipio-ejemplo", "Municipio de Ejemplo", {"email": "m@example.ec"}, ("demo", "office"))
KEY = InstitutionKey(INSTITUTION.id, "k1", "-----BEGIN PUBLIC KEY-----\n…\n", "ed25519", NOW)


@pytest.fixture
def institutions(services):
    return services.institutions


@pytest.fixture
def kept(institutions):
    assert institutions.add(INSTITUTION)
    assert institutions.add_key(KEY)


def test_an_institution_and_its_key_are_kept_as_they_were_made(institutions, kept):
    assert institutions.get(INSTITUTION.id) == INSTITUTION
    assert institutions.with_key(INSTITUTION.id, "k1") == (INSTITUTION, KEY)


@pytest.mark.parametrize("bare", [Institution("bare", "Sin nada"), Institution("bare", "Nada", status="suspended")])
def test_one_that_may_post_nowhere_is_kept_too(institutions, bare):
    institutions.add(bare)
    assert institutions.get("bare") == bare


def test_an_id_and_a_name_of_a_key_are_taken_once(institutions, kept):
    assert not institutions.add(dataclasses.replace(INSTITUTION, name="Otra"))
    assert not institutions.add_key(dataclasses.replace(KEY, public_key="other"))
    assert institutions.with_key(INSTITUTION.id, "k1") == (INSTITUTION, KEY)


def test_a_key_loses_its_force_once(institutions, kept):
    later = NOW + timedelta(days=1)
    assert institutions.revoke_key(INSTITUTION.id, "k1", later)
    assert not institutions.revoke_key(INSTITUTION.id, "k1", later + timedelta(days=1))
    assert institutions.with_key(INSTITUTION.id, "k1")[1].revoked_at == later


def test_a_key_that_is_not_there_is_not_made_by_revoking_it(institutions, kept, stage):
    assert not institutions.revoke_key(INSTITUTION.id, "k2", NOW)
    assert len(stage.items("InstitutionsTable")) == 2


@pytest.mark.parametrize(("institution", "name"), [("nobody", "k1"), ("municipio-ejemplo", "k2")])
def test_what_is_not_there_is_none(institutions, kept, institution, name):
    assert institutions.with_key(institution, name)[1] is None


def test_a_revocation_stops_every_request_that_begins_later(institutions, kept, services):
    institutions.with_key(INSTITUTION.id, "k1")
    institutions.revoke_key(INSTITUTION.id, "k1", NOW)
    assert institutions.with_key(INSTITUTION.id, "k1")[1].revoked_at == NOW  # it is read anew each time


def test_what_else_a_request_needs_is_read_in_the_same_trip(institutions, kept, services):
    keys = services.notifications.keys_for_post("n" * 26, Recipient("demo", "cedula", "1712345675"))
    with counted_calls() as calls:
        institutions.with_key(INSTITUTION.id, "k1", *keys)
        assert services.notifications.letter("n" * 26) is None
        assert not services.notifications.mailbox("demo", "1712345675").open
    assert calls == {"BatchGetItem": 1}
