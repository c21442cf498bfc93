"""Letters with their timelines, and the mailboxes that list them."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import (
    NUMBER,
    PORTAL,
    entry_of,
    make_letter,
    open_account,
    owed,
    post,
    thread_of,
)
from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import UNREAD, Deadline, MailboxStatus, Recipient, notification_id

NONCE = Nonce("municipio-ejemplo.k1", "n" * 22)
WAITING = make_letter(born="waiting_for_account")


@pytest.fixture
def notifications(services):
    return services.notifications


@pytest.fixture
def mailbox(services):
    """An open mailbox."""
    open_account(services)


def happen(services, letter, event, *, before=UNREAD, by="somebody", **more):
    thread = thread_of(services, letter)
    moment = thread.next(event, at=NOW + timedelta(minutes=1), by=by)
    return services.notifications.advance(thread, moment, before=before, **more)


def page(services, **options):
    return services.notifications.page(PORTAL, NUMBER, **{"before": None, "unread": False, "limit": 10, **options})


class TestPosting:
    WHOLE = make_letter(category="resolución", deadline=Deadline("2027-03-31", 22), locale="en")

    @pytest.mark.parametrize("letter", [make_letter(), WHOLE], ids=["bare", "whole"])
    def test_letter_and_list_are_kept_as_they_were_made(self, services, mailbox, letter):
        entry = entry_of(letter, letter.deadline)
        assert services.notifications.post(letter, entry, nonce=None, owed=None) == frozenset()
        assert services.notifications.letter(letter.id) == letter
        assert page(services) == ([entry], MailboxStatus(open=True, unread=1))

    def test_it_is_one_trip(self, services, mailbox):
        letter = make_letter()
        with counted_calls() as calls:
            services.notifications.post(letter, entry_of(letter), nonce=NONCE, owed=owed("alert"))
        assert calls == {"TransactWriteItems": 1}

    def test_the_list_does_not_hold_the_text(self, services, stage, mailbox):
        post(services, make_letter(body="x" * 30_000))
        [entry] = [item for item in stage.items("NotificationsTable") if "unread_key" in item]
        assert len(repr(entry)) < 2000

    def test_a_reference_is_taken_once(self, services, mailbox):
        first = post(services, make_letter())
        other = dataclasses.replace(first, subject="Otro", entry="01KJM5Q7G0ABCDEFGHJKMNPQRS")
        assert services.notifications.post(other, entry_of(other), nonce=None, owed=owed("alert")) == {"letter"}
        assert services.notifications.letter(first.id) == first
        assert page(services)[1].unread == 1

    def test_a_nonce_is_used_once_and_only_if_the_letter_was_taken_in(self, services, mailbox):
        first = post(services, make_letter(), nonce=NONCE)
        second = make_letter("RES-2")
        assert services.notifications.post(second, entry_of(second), nonce=NONCE, owed=None) == {"nonce"}
        fresh = dataclasses.replace(NONCE, value="m" * 22)
        assert services.notifications.post(first, entry_of(first), nonce=fresh, owed=None) == {"letter", "entry"}
        assert services.slots.use_nonce(fresh, NOW)  # it rolled back with the rest: whoever refuses uses it up alone

    def test_a_mailbox_that_is_not_as_it_was_taken_to_be_stands_in_the_way(self, services):
        letter = make_letter()
        assert services.notifications.post(letter, entry_of(letter), nonce=None, owed=None) == {"mailbox"}
        open_account(services)
        assert services.notifications.post(WAITING, entry_of(WAITING), nonce=None, owed=None) == {"mailbox"}
        assert services.notifications.letter(letter.id) is None

    def test_what_waits_is_listed_and_not_unread(self, services):
        post(services, WAITING)
        [entry], status = page(services)
        assert (entry.state, status) == ("waiting_for_account", MailboxStatus(open=False, unread=0))
        assert page(services, unread=True) == ([], None)

    def test_what_is_owed_is_put_down_with_it_or_not_at_all(self, services, mailbox):
        item, late = owed("alert"), owed("alert")
        post(services, make_letter(), owed=item)
        services.notifications.post(make_letter(), entry_of(make_letter()), nonce=None, owed=late)
        assert services.outbox.get(item.id) == item
        assert services.outbox.get(late.id) is None


class TestReadingAhead:
    def test_letter_and_mailbox_are_what_a_post_reads(self, services, mailbox):
        letter = post(services, make_letter())
        services.dynamo.anticipate(*services.notifications.keys_for_post(letter.id, letter.recipient))
        with counted_calls() as calls:
            assert services.notifications.letter(letter.id) == letter
            assert services.notifications.mailbox(PORTAL, NUMBER) == MailboxStatus(open=True, unread=1)
        assert calls == {}

    def test_a_mailbox_that_nobody_has_is_shut(self, notifications):
        assert notifications.mailbox(PORTAL, "nobody") == MailboxStatus(open=False, unread=0)


class TestTimelines:
    def test_letter_and_timeline_come_in_one_trip(self, services, mailbox):
        letter = post(services, make_letter())
        happen(services, letter, "alerted", before=("available",))
        with counted_calls() as calls:
            thread = thread_of(services, letter)
        assert calls == {"Query": 1}
        assert (thread.letter, [moment.event for moment in thread.moments]) == (letter, ["alerted"])
        assert thread.is_whole()

    def test_what_is_not_there_is_none(self, notifications):
        assert notifications.thread("x" * 26) is None

    @pytest.mark.parametrize("notification", ["", "x", "x" * 25, "x" * 27, "x" * 3000])
    def test_what_is_no_id_is_none_and_not_looked_for(self, notifications, notification):
        # a path may be longer than a table's key: the service would refuse to look
        with counted_calls() as calls:
            assert notifications.thread(notification) is None
        assert calls == {}

    def test_a_timeline_is_read_in_its_order_however_long_it_is(self, services, mailbox):
        letter = post(services, make_letter())
        for number in range(12):
            thread = thread_of(services, letter)
            assert services.notifications.append(thread, thread.next("alerted", at=NOW, by="mail", key=f"{number}"))
        thread = thread_of(services, letter)
        assert [moment.number for moment in thread.moments] == list(range(1, 13))
        assert thread.is_whole()

    def test_a_number_is_written_once(self, services, mailbox):
        letter = post(services, make_letter())
        thread = thread_of(services, letter)
        first, second = (thread.next("alerted", at=NOW, by=by) for by in ("a", "b"))
        assert services.notifications.append(thread, first)
        assert not services.notifications.append(thread, second)
        assert thread_of(services, letter).moments == (first,)


class TestHappening:
    @pytest.fixture
    def letter(self, services, mailbox):
        return post(services, make_letter())

    def test_timeline_list_and_count_change_together(self, services, letter):
        with counted_calls() as calls:
            assert happen(services, letter, "opened")
        assert calls == {"Query": 1, "TransactWriteItems": 1}
        [entry], status = page(services)
        assert (entry.state, entry.opened_at, status.unread) == ("opened", NOW + timedelta(minutes=1), 0)
        assert thread_of(services, letter).state == "opened"

    @pytest.mark.parametrize(("event", "unread"), [("alerted", 1), ("opened", 0), ("cancelled", 0)])
    def test_what_is_unread_is_counted_and_found_by_its_index(self, services, letter, event, unread):
        assert happen(services, letter, event)
        assert services.notifications.mailbox(PORTAL, NUMBER).unread == unread
        assert len(page(services, unread=True)[0]) == unread

    def test_what_came_between_stands_in_the_way(self, services, letter):
        stale = thread_of(services, letter)
        assert happen(services, letter, "alerted", before=("available",))
        assert not services.notifications.advance(stale, stale.next("opened", at=NOW, by="x"), before=UNREAD)
        [entry], status = page(services)
        assert (entry.state, status.unread) == ("alerted", 1)

    def test_so_does_a_state_from_which_it_cannot_happen(self, services, letter):
        happen(services, letter, "cancelled")
        assert not happen(services, letter, "opened")
        [entry], status = page(services)
        assert (entry.state, entry.opened_at, status.unread) == ("cancelled", None, 0)
        assert [moment.event for moment in thread_of(services, letter).moments] == ["cancelled"]

    def test_a_letter_that_nobody_could_read_leaves_the_count_alone(self, services):
        post(services, WAITING)
        assert happen(services, WAITING, "cancelled", before=("waiting_for_account",))
        assert services.notifications.mailbox(PORTAL, NUMBER).unread == 0


class TestReleasing:
    def release(self, services, letter, by="release-1", **more):
        return happen(services, letter, "available", before=("waiting_for_account",), by=by, **more)

    def test_what_waits_is_found_and_becomes_unread(self, services):
        post(services, WAITING)
        open_account(services)
        assert [entry.notification for entry in services.notifications.waiting(PORTAL, NUMBER)] == [WAITING.id]
        assert self.release(services, WAITING, deadline=Deadline("2027-03-15", 10))
        assert services.notifications.waiting(PORTAL, NUMBER) == []
        [entry], status = page(services)
        assert (entry.state, entry.deadline, status.unread) == ("available", Deadline("2027-03-15", 10), 1)
        assert [one.notification for one in page(services, unread=True)[0]] == [WAITING.id]

    def test_what_was_released_is_not_released_again(self, services):
        post(services, WAITING)
        open_account(services)
        self.release(services, WAITING)
        assert not self.release(services, WAITING, by="release-2")
        assert services.notifications.mailbox(PORTAL, NUMBER).unread == 1
        assert services.notifications.released_by(PORTAL, NUMBER, "release-1") == 1
        assert services.notifications.released_by(PORTAL, NUMBER, "release-2") == 0

    def test_nothing_is_released_into_a_mailbox_that_is_shut(self, services):
        post(services, WAITING)
        assert not self.release(services, WAITING)
        assert thread_of(services, WAITING).state == "waiting_for_account"

    def test_what_came_later_is_no_part_of_a_release(self, services):
        for number in range(3):
            post(services, make_letter(f"RES-{number}", born="waiting_for_account"))
        open_account(services)
        post(services, make_letter("RES-9"))
        for entry in services.notifications.waiting(PORTAL, NUMBER):
            self.release(services, services.notifications.letter(entry.notification))
        assert services.notifications.released_by(PORTAL, NUMBER, "release-1") == 3


class TestPages:
    @pytest.fixture
    def keys(self, services, mailbox):
        """Seven letters, of which every second has been opened; the keys, newest first."""
        keys = [f"01KJM5Q7G0ABCDEFGHJKMNPQ{number:02}" for number in range(7)]
        for number, key in enumerate(keys):
            letter = post(services, make_letter(f"RES-{number}", entry=key))
            if number % 2:
                happen(services, letter, "opened")
        return keys[::-1]

    def test_the_newest_come_first_with_the_mailbox_in_one_trip(self, services, keys):
        with counted_calls() as calls:
            entries, status = page(services, limit=3)
        assert [entry.key for entry in entries] == keys[:3]
        assert status == MailboxStatus(open=True, unread=4)
        assert calls == {"Query": 1}

    def test_the_next_begin_after_a_key(self, services, keys):
        entries, status = page(services, limit=3, before=keys[2])
        assert ([entry.key for entry in entries], status) == (keys[3:6], None)
        assert [entry.key for entry in page(services, before=keys[5])[0]] == keys[6:]
        assert page(services, before=keys[6]) == ([], None)

    def test_what_is_unread_has_pages_of_its_own(self, services, keys):
        first, status = page(services, unread=True, limit=3)
        rest, _ = page(services, unread=True, limit=3, before=first[-1].key)
        assert [entry.key for entry in (*first, *rest)] == keys[::2]
        assert status is None

    def test_a_page_without_a_mailbox_is_full_all_the_same(self, services):
        for number in range(4):
            post(services, make_letter(f"RES-{number}", born="waiting_for_account"))
        entries, status = page(services, limit=3)
        assert (len(entries), status) == (3, MailboxStatus(open=False, unread=0))

    def test_other_mailboxes_are_not_shown(self, services, keys):
        assert services.notifications.page("office", NUMBER, before=None, unread=False, limit=9) == (
            [],
            MailboxStatus(open=False, unread=0),
        )

    def test_single_entries_come_in_one_trip_in_the_order_asked_for(self, services, keys):
        with counted_calls() as calls:
            found = services.notifications.entries([(PORTAL, NUMBER, key) for key in (keys[3], "none", keys[0])])
        assert [entry and entry.key for entry in found] == [keys[3], None, keys[0]]
        assert calls == {"BatchGetItem": 1}

    def test_no_entries_asked_for_is_no_trip(self, notifications):
        assert notifications.entries([]) == []

    def test_two_persons_letters_lie_in_two_mailboxes(self, services, mailbox):
        post(services, make_letter())
        other = make_letter("RES-2", recipient=Recipient(PORTAL, "cedula", "0912345678"), born="waiting_for_account")
        post(services, other)
        assert len(page(services)[0]) == 1


class TestForLater:
    """What is accepted now meets the mailbox when its hour has come."""

    @pytest.fixture
    def letter(self, services):
        later = NOW + timedelta(days=3)
        return post(services, make_letter(born="accepted", available_from=later, registered=True, effect="opening"))

    def advance(self, services, letter, event, **more):
        thread = thread_of(services, letter)
        moment = thread.next(event, at=NOW, by="schedule")
        return services.notifications.advance(thread, moment, before=("accepted",), **more)

    def test_it_is_kept_whole(self, services, letter):
        assert services.notifications.letter(letter.id) == letter
        assert services.notifications.mailbox(PORTAL, NUMBER) == MailboxStatus(False, 0)

    def test_it_becomes_available_in_an_open_mailbox_alone_with_what_is_owed(self, services, letter):
        item = owed("alert")
        assert not self.advance(services, letter, "available", owed=[item])
        assert services.outbox.get(item.id) is None
        open_account(services)
        assert not self.advance(services, letter, "waiting_for_account")
        assert self.advance(services, letter, "available", owed=[item])
        assert services.outbox.get(item.id) == item
        assert services.notifications.mailbox(PORTAL, NUMBER).unread == 1
        [entry], _ = services.notifications.page(PORTAL, NUMBER, before=None, unread=True, limit=9)
        assert entry.state == "available"

    def test_it_waits_where_there_is_none(self, services, letter):
        assert self.advance(services, letter, "waiting_for_account")
        [entry] = services.notifications.waiting(PORTAL, NUMBER)
        assert entry.notification == letter.id


def test_the_reason_of_a_cancellation_is_kept_in_the_chain(services):
    letter = post(services, make_letter(born="waiting_for_account"))
    thread = thread_of(services, letter)
    moment = thread.next("cancelled", at=NOW, by="x", reason="Otra persona")
    assert services.notifications.advance(thread, moment, before=("waiting_for_account",))
    after = thread_of(services, letter)
    assert (after.moments, after.cancel_reason, after.is_whole()) == ((moment,), "Otra persona", True)


class TestLettersThatAreOnlyTried:
    """They lie in mailboxes that nobody has, whether or not their recipient has one."""

    @pytest.fixture(params=["available", "waiting_for_account"])
    def tried(self, request, services):
        number = notification_id("test-municipio", "RES-1")
        return post(services, make_letter(id=number, institution="test-municipio", born=request.param))

    def test_the_recipients_mailbox_knows_nothing_of_them(self, services, mailbox, tried):
        assert page(services) == ([], MailboxStatus(open=True, unread=0))
        assert page(services, unread=True)[0] == []
        assert services.notifications.waiting(PORTAL, NUMBER) == []

    def test_they_are_found_where_their_shadow_lists_them(self, services, tried):
        [entry] = services.notifications.entries([(f"test-municipio/{PORTAL}", NUMBER, tried.entry)])
        assert (entry.state, entry.recipient) == (tried.born, tried.recipient)

    def test_they_fare_as_others_do_though_no_mailbox_is_open(self, services, tried):
        for event in ("available", "opened", "cancelled"):
            assert happen(services, tried, event, before=(tried.born, "available", "opened"))
        assert thread_of(services, tried).is_whole()
