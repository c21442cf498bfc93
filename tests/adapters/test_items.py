"""How the domain's values stand in a table, and come back as they were."""

from dataclasses import fields
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.adapters import items
from ventanilla.adapters.attributes import (
    ExpiryAttribute,
    InstantAttribute,
    JsonAttribute,
    ListAttribute,
    RecordAttribute,
    SecondsAttribute,
    WordsAttribute,
)
from ventanilla.domain import accounts, institutions, notifications, outbox, sessions

instants = st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # the zone is drawn
plain = st.none() | st.booleans() | st.integers() | st.text(max_size=8)
values = st.recursive(
    plain,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEPT = [
    (accounts.Account, items.AccountItem),
    (accounts.Application, items.ApplicationItem),
    (accounts.Slot, items.SlotItem),
    (sessions.Session, items.SessionItem),
    (sessions.SessionState, items.SessionStateItem),
    (institutions.Institution, items.InstitutionItem),
    (institutions.InstitutionKey, items.KeyItem),
    (outbox.OutboxItem, items.OutboxRow),
    (notifications.Letter, items.LetterItem),
    (notifications.Moment, items.MomentItem),
    (notifications.Entry, items.EntryItem),
]


def there_and_back(attribute, value):
    return attribute.deserialize(attribute.serialize(value))


@pytest.mark.parametrize(("kind", "item"), KEPT, ids=lambda one: one.__name__)
def test_every_field_of_an_entity_is_kept(kind, item):
    assert {field.name for field in fields(kind)} <= set(item.get_attributes())


@given(instants)
def test_an_instant_is_exact(at):
    assert there_and_back(InstantAttribute(), at) == at


@given(instants, instants)
def test_instants_are_ordered_as_numbers(one, other):
    kept = [int(InstantAttribute().serialize(at)) for at in (one, other)]
    assert (kept[0] < kept[1]) == (one < other)


@given(instants)
def test_nothing_is_tidied_up_before_its_end(at):
    assert timedelta(0) < there_and_back(ExpiryAttribute(), at) - at <= timedelta(seconds=1)


@given(st.integers(0, 10**6))
def test_a_duration_is_kept_in_seconds(seconds):
    assert there_and_back(SecondsAttribute(), timedelta(seconds=seconds)) == timedelta(seconds=seconds)


@given(st.dictionaries(st.text(max_size=5), values, max_size=4))
def test_an_object_is_kept(value):
    assert there_and_back(JsonAttribute(), value) == value


@given(st.lists(values, max_size=4).map(tuple))
def test_a_list_is_kept(value):
    assert there_and_back(ListAttribute(), value) == value


@given(st.lists(st.text("abc_-", min_size=1)).map(tuple))
def test_names_are_kept_in_their_order(value):
    assert there_and_back(WordsAttribute(), value) == value


@pytest.mark.parametrize(
    "value", [notifications.Deadline(), notifications.Deadline("2027-03-31"), notifications.Deadline(None, 5)]
)
def test_a_record_is_kept(value):
    assert there_and_back(RecordAttribute(notifications.Deadline), value) == value
