"""Notifications: the letter, and its timeline that is only ever appended to."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.notifications import (
    STATES,
    UNREAD,
    Letter,
    Recipient,
    Thread,
    digest_of,
    notification_id,
)

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
LETTER = Letter(
    id=notification_id("municipio-ejemplo", "RES-1"),
    institution="municipio-ejemplo",
    institution_name="Municipio de Ejemplo",
    institution_contact={"email": "m@example.ec"},
    reference="RES-1",
    recipient=Recipient("demo", "cedula", "1712345675"),
    subject="Resolución",
    body="Texto",
    locale="es",
    category=None,
    deadline=None,
    digest=digest_of({"subject": "Resolución", "body": "Texto"}),
    accepted_at=NOW,
    accepted_by="municipio-ejemplo.k1",
    entry="01KJM5Q7G0ABCDEFGHJKMNPQRS",
    born="available",
)
events = st.lists(st.sampled_from(STATES[1:]), max_size=6)


def thread_of(*names, letter=LETTER):
    thread = Thread(letter, ())
    for minutes, name in enumerate(names, start=1):
        moment = thread.next(name, at=NOW + timedelta(minutes=minutes), by="somebody")
        thread = Thread(letter, (*thread.moments, moment))
    return thread


class TestIdentity:
    def test_the_id_follows_from_institution_and_reference(self):
        assert LETTER.id == notification_id("municipio-ejemplo", "RES-1")
        assert len({notification_id(i, r) for i in ("abc", "abd") for r in ("RES-1", "RES-2", "res-1")}) == 6

    def test_the_digest_does_not_depend_on_the_order_of_the_content(self):
        assert digest_of({"a": 1, "b": {"c": 2, "d": 3}}) == digest_of({"b": {"d": 3, "c": 2}, "a": 1})

    def test_the_digest_is_sha_256_of_canonical_json_in_utf_8(self):
        # printf '%s' '{"a":"ñ","b":null}' | sha256sum
        assert digest_of({"b": None, "a": "ñ"}) == "91fc9926901c99980f856d659a55ad3205f8307bf61eff7e788e3f08638019bd"

    @given(st.dictionaries(st.text(), st.text()), st.text(), st.text())
    def test_other_content_has_another_digest(self, content, name, value):
        changed = {**content, name: value}
        assert (digest_of(changed) == digest_of(content)) == (changed == content)


class TestState:
    @pytest.mark.parametrize(
        ("names", "state"),
        [
            ((), "available"),
            (("alerted",), "alerted"),
            (("alerted", "opened"), "opened"),
            (("opened", "alerted"), "opened"),  # opened while the alert went out
            (("opened", "deadline_passed"), "deadline_passed"),
            (("cancelled", "alerted"), "cancelled"),
            (("deadline_passed", "cancelled"), "cancelled"),
        ],
    )
    def test_the_state_is_the_furthest_that_was_reached(self, names, state):
        assert thread_of(*names).state == state

    def test_a_letter_that_waits_becomes_available_when_the_mailbox_opens(self):
        waiting = dataclasses.replace(LETTER, born="waiting_for_account")
        assert thread_of(letter=waiting).state == "waiting_for_account"
        assert thread_of("available", letter=waiting).state == "available"

    def test_a_notification_is_accepted_before_it_is_anything_else(self):
        assert thread_of("opened").events == (
            ("accepted", NOW),
            ("available", NOW),
            ("opened", NOW + timedelta(minutes=1)),
        )

    def test_the_first_time_is_the_one_that_counts(self):
        thread = thread_of("opened", "opened")
        assert thread.when("opened") == NOW + timedelta(minutes=1)
        assert thread.when("cancelled") is None

    def test_what_lies_unread_is_available_or_alerted(self):
        assert UNREAD == ("available", "alerted")

    def test_an_event_is_found_by_its_key(self):
        thread = Thread(LETTER, (Thread(LETTER, ()).next("alerted", at=NOW, by="mail", key="sent-1"),))
        assert thread.has("sent-1")
        assert not thread.has("alerted")


class TestChain:
    def test_an_entry_carries_the_digest_of_the_one_before(self):
        first, second = thread_of("alerted", "opened").moments
        assert first.previous == LETTER.first_moment.digest
        assert second.previous == first.digest
        assert (first.number, second.number) == (1, 2)

    def test_the_first_entry_carries_the_letters_own_digest(self):
        assert LETTER.first_moment.previous == LETTER.digest

    @given(events)
    def test_a_timeline_that_was_only_appended_to_is_whole(self, names):
        assert thread_of(*names).is_whole()

    @given(events.filter(bool), st.data())
    def test_a_timeline_of_which_an_entry_was_taken_out_is_broken(self, names, data):
        moments = thread_of(*names, "opened").moments
        gone = data.draw(st.integers(0, len(moments) - 2))  # the last can't be missed by those before it
        assert not Thread(LETTER, moments[:gone] + moments[gone + 1 :]).is_whole()

    @given(events, st.data())
    def test_a_timeline_of_which_any_entry_was_changed_is_broken(self, names, data):
        moments = [*thread_of(*names, "opened", "cancelled").moments]
        at = data.draw(st.integers(0, len(moments) - 2))
        changes = {
            "notification": notification_id("other", "RES-1"),
            "number": moments[at].number + 1,
            "event": "accepted",
            "key": "other",
            "at": moments[at].at + timedelta(microseconds=1),
            "by": "somebody else",
            "previous": "0" * 64,
        }
        name = data.draw(st.sampled_from(sorted(changes)))
        moments[at] = dataclasses.replace(moments[at], **{name: changes[name]})
        assert not Thread(LETTER, tuple(moments)).is_whole()

    @pytest.mark.parametrize(
        ("name", "value"), [("digest", "0" * 64), ("accepted_by", "other.k1"), ("accepted_at", NOW + timedelta(days=1))]
    )
    def test_a_timeline_whose_letter_was_changed_is_broken(self, name, value):
        changed = dataclasses.replace(LETTER, **{name: value})
        assert not Thread(changed, thread_of("opened").moments).is_whole()
