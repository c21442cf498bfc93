"""Passwords as argon2id hashes (ASVS 11.4.2)."""

import unicodedata

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from ventanilla.adapters import hasher as module
from ventanilla.adapters.hasher import Argon2Hasher

QUICK = Argon2Hasher(memory_kib=8)
PASSWORD = "cuatro llamas bajo la lluvia"


def test_the_parameters_are_those_that_today_demands():
    parameters = extract_parameters(Argon2Hasher().hash(PASSWORD))
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19456,
        2,
        1,
    )
    assert (parameters.salt_len, parameters.hash_len) == (16, 32)


def test_a_password_fits_its_own_hash_and_no_other_does():
    hashed = QUICK.hash(PASSWORD)
    assert QUICK.fits(hashed, PASSWORD)
    assert not QUICK.fits(hashed, PASSWORD.upper())
    assert not QUICK.fits(hashed, f"{PASSWORD} ")


def test_the_same_password_never_has_the_same_hash():
    assert QUICK.hash(PASSWORD) != QUICK.hash(PASSWORD)


def test_nothing_is_cut_off():
    assert not QUICK.fits(QUICK.hash("a" * 128), "a" * 127)
    assert not QUICK.fits(QUICK.hash("a" * 64 + "b"), "a" * 64 + "c")


def test_it_fits_whichever_keyboard_typed_it():
    assert QUICK.fits(QUICK.hash(unicodedata.normalize("NFD", "ñandú")), unicodedata.normalize("NFC", "ñandú"))


@pytest.mark.parametrize("memory_kib", [8, module.MEMORY_KIB])
def test_without_a_hash_nothing_fits_and_the_work_is_the_same(memory_kib, monkeypatch):
    hasher = Argon2Hasher(memory_kib)
    verified = []
    verify = hasher._hasher.verify
    monkeypatch.setattr(
        hasher, "_hasher", type("Spy", (), {"verify": lambda _, *args: verified.append(args) or verify(*args)})()
    )
    assert not hasher.fits(None, PASSWORD)
    [(nobody, typed)] = verified
    parameters = extract_parameters(nobody)
    assert typed == PASSWORD
    assert (parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (memory_kib, 2, 1)


def test_a_hash_of_weaker_parameters_is_outdated():
    assert Argon2Hasher().is_outdated(QUICK.hash(PASSWORD))
    assert not QUICK.is_outdated(QUICK.hash(PASSWORD))
