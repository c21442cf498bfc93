"""The audit: each entry carries the digest of the one before, so that none can be taken out or changed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.audit import OPERATOR, Actor, AuditEntry, is_known, is_whole, next_entry

AT = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
EVA = Actor("ref-of-eva", "Eva Paz")


@pytest.fixture
def trail():
    entries: tuple[AuditEntry, ...] = ()
    for act in ("looked_up", "locked", "unlocked"):
        entries = (*entries, next_entry(entries, "ana", act, at=AT, by=EVA, reason=f"why {act}", detail="email"))
    return entries


def test_entries_are_numbered_from_one(trail):
    assert [entry.number for entry in trail] == [1, 2, 3]


def test_they_say_who_did_what_when_and_why(trail):
    entry = trail[1]
    assert (entry.account, entry.act, entry.at, entry.by, entry.by_name) == ("ana", "locked", AT, EVA.ref, EVA.name)
    assert (entry.reason, entry.detail) == ("why locked", "email")


def test_a_trail_as_it_was_written_is_whole(trail):
    assert is_whole(trail, "ana")
    assert is_whole((), "ana")


@pytest.mark.parametrize(
    "change",
    [
        {"act": "closed"},
        {"by": "somebody"},
        {"by_name": "Somebody"},
        {"reason": "another"},
        {"detail": ""},
        {"at": AT + timedelta(seconds=1)},
        {"account": "eva"},
    ],
)
def test_a_changed_entry_breaks_it(trail, change):
    assert not is_whole((trail[0], replace(trail[1], **change), trail[2]), "ana")


@pytest.mark.parametrize("without", [0, 1])
def test_a_missing_entry_breaks_it(trail, without):
    assert not is_whole(trail[:without] + trail[without + 1 :], "ana")


def test_the_trail_of_another_account_is_not_this_ones(trail):
    assert not is_whole(trail, "eva")


def test_a_second_look_within_the_hour_is_the_same(trail):
    looked = next_entry(trail, "ana", "looked_up", at=AT, by=EVA)
    assert is_known((*trail, looked), "looked_up", at=AT + timedelta(minutes=59), by=EVA)
    assert not is_known((*trail, looked), "looked_up", at=AT + timedelta(minutes=60), by=EVA)
    assert not is_known((*trail, looked), "looked_up", at=AT, by=OPERATOR)
    assert not is_known((*trail, looked), "locked", at=AT, by=EVA)
    assert not is_known((), "looked_up", at=AT, by=EVA)
