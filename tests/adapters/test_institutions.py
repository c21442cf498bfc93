"""Institutions and the public keys of their systems."""

import dataclasses
from datetime import timedelta

import pytest

from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.audit import Actor, next_entry
from ventanilla.domain.errors import Busy
from ventanilla.domain.institutions import Institution, InstitutionKey, trail_of
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


class TestAudit:
    def entry(self, services, act="key_added"):
        trail = trail_of(INSTITUTION.id)
        return next_entry(services.audits.trail(trail), trail, act, at=NOW, by=Actor("ref", "Ana"))

    def test_a_change_is_written_with_who_did_it(self, services, institutions, kept):
        after = dataclasses.replace(INSTITUTION, status="suspended", contact={}, effect="opening")
        assert institutions.change(INSTITUTION, after, self.entry(services, "suspended"))
        assert institutions.get(INSTITUTION.id) == after
        assert [entry.act for entry in services.audits.trail(trail_of(INSTITUTION.id))] == ["suspended"]

    def test_what_somebody_else_has_changed_meanwhile_is_left_alone(self, services, institutions, kept):
        other = dataclasses.replace(INSTITUTION, contact={"phone": "+59322345678"})
        assert institutions.change(INSTITUTION, other, None)
        assert not institutions.change(INSTITUTION, dataclasses.replace(INSTITUTION, contact={}), self.entry(services))
        assert institutions.change(INSTITUTION, dataclasses.replace(INSTITUTION, effect=3), None)  # another field
        assert institutions.get(INSTITUTION.id) == dataclasses.replace(other, effect=3)
        assert services.audits.trail(trail_of(INSTITUTION.id)) == ()

    def test_of_two_acts_at_once_one_comes_again(self, services, institutions, kept):
        entry = self.entry(services)
        assert institutions.add_key(dataclasses.replace(KEY, name="k2"), entry)
        with pytest.raises(Busy):
            institutions.revoke_key(INSTITUTION.id, "k1", NOW, entry)
        assert institutions.with_key(INSTITUTION.id, "k1")[1].revoked_at is None


def test_all_keys_are_listed_with_their_times(institutions, kept):
    other = dataclasses.replace(KEY, name="a", not_before=NOW, not_after=NOW + timedelta(days=1))
    institutions.add_key(other)
    assert institutions.keys_of(INSTITUTION.id) == [other, KEY]
    assert institutions.keys_of("nobody") == []


def test_a_use_is_written_down_by_the_first_that_saw_the_same(institutions, kept):
    institutions.note_use(KEY, NOW)
    institutions.note_use(KEY, NOW + timedelta(hours=1))
    assert institutions.with_key(INSTITUTION.id, "k1")[1].last_used_at == NOW
    institutions.note_use(dataclasses.replace(KEY, name="k2"), NOW)
    assert [key.name for key in institutions.keys_of(INSTITUTION.id)] == ["k1"]


class TestTestKeys:
    @pytest.fixture
    def test_key(self, institutions, kept):
        key = dataclasses.replace(KEY, institution="test-municipio-ejemplo", public_key="other")
        assert institutions.add_key(key)
        return key

    def test_it_acts_for_the_shadow_of_its_institution_as_that_is_now(self, institutions, test_key):
        shadow = dataclasses.replace(INSTITUTION, id="test-municipio-ejemplo")
        assert institutions.with_key("test-municipio-ejemplo", "k1") == (shadow, test_key)
        assert institutions.with_key(INSTITUTION.id, "k1") == (INSTITUTION, KEY)
        suspended = dataclasses.replace(INSTITUTION, status="suspended")
        assert institutions.change(INSTITUTION, suspended, None)
        assert institutions.with_key("test-municipio-ejemplo", "k1")[0].status == "suspended"

    def test_it_is_listed_behind_the_others_used_and_revoked_for_itself(self, institutions, test_key):
        institutions.note_use(test_key, NOW)
        assert [key.id for key in institutions.keys_of(INSTITUTION.id)] == [
            "municipio-ejemplo.k1",
            "test-municipio-ejemplo.k1",
        ]
        assert institutions.revoke_key("test-municipio-ejemplo", "k1", NOW)
        assert [key.revoked_at for key in institutions.keys_of(INSTITUTION.id)] == [None, NOW]
