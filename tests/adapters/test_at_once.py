"""What holds when many do the same thing at the same moment, on an engine with real transactions."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import (
    NUMBER,
    PORTAL,
    at_once,
    entry_of,
    make_account,
    make_application,
    make_letter,
    make_session,
    open_account,
    owed,
    post,
    thread_of,
)
from tests.fakes import NOW
from ventanilla.adapters.quotas import Quotas
from ventanilla.domain.accounts import Slot
from ventanilla.domain.errors import Busy
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import UNREAD
from ventanilla.domain.throttling import Failures, Quota

pytestmark = pytest.mark.engine

SLOT = Slot("reset", "s" * 26, "i" * 26, PORTAL, NUMBER, 1, NOW + timedelta(hours=24))


def went_well(results):
    """Those who were not refused; whoever was, was refused for a reason that is foreseen."""
    assert {type(result).__name__ for result in results if isinstance(result, Exception)} <= {"TokenGone", "Busy"}
    return [result for result in results if result and not isinstance(result, Exception)]


class TestAccounts:
    def test_twenty_who_follow_one_link_open_one_account(self, engine_services):
        application = make_application()
        engine_services.applications.submit(application, None)

        def follow(index):
            account = make_account(ref=f"ref-{index}")
            engine_services.accounts.open(account, application, opens_mailbox=True, owed=())
            return account

        [winner] = went_well(at_once(20, follow))
        assert engine_services.accounts.get(PORTAL, NUMBER) == winner

    def test_two_applications_of_one_number_open_one_account(self, engine_services):
        applications = [make_application(id=f"01KJM5Q7G0ABCDEFGHJKMNP{index:03}") for index in range(8)]
        for application in applications:
            engine_services.applications.submit(application, None)

        def follow(index):
            account = make_account(ref=f"ref-{index}")
            engine_services.accounts.open(account, applications[index], opens_mailbox=True, owed=())
            return account

        [winner] = went_well(at_once(8, follow))
        assert engine_services.accounts.get(PORTAL, NUMBER) == winner

    def test_twenty_who_use_one_token_bring_one_change(self, engine_services):
        account = open_account(engine_services)
        engine_services.slots.hold(SLOT, instead_of=None)

        def use(index):
            after = dataclasses.replace(account, epoch=2, password_hash=f"hash-{index}")
            engine_services.accounts.change(account, after, used=SLOT)
            return after

        [winner] = went_well(at_once(20, use))
        assert engine_services.accounts.get(PORTAL, NUMBER) == winner

    def test_fifty_guesses_of_a_links_password_take_five_tries(self, engine_services):
        application = make_application()
        engine_services.applications.submit(application, None)
        take_try = engine_services.applications.take_try
        taken = at_once(50, lambda _: take_try(application.slot, application.id, 1, NOW))
        assert sorted(one.tries for one in went_well(taken)) == [1, 2, 3, 4, 5]


class TestSessions:
    def failures(self, services):
        return services.sessions.facts(PORTAL, NUMBER, ["one"], NOW)[1][0]

    def test_fifty_failures_are_counted_one_by_one(self, engine_services):
        def guess(_):
            before = self.failures(engine_services)
            return engine_services.sessions.fail([(before, before.failed(NOW, 5))], NOW) and before.count + 1

        heard = went_well(at_once(50, guess))
        assert sorted(heard) == list(range(1, len(heard) + 1))
        assert self.failures(engine_services).count == len(heard)

    def test_a_success_and_a_failure_of_the_same_moment_do_not_lose_a_wait(self, engine_services):
        account = open_account(engine_services)
        sessions = engine_services.sessions
        fourth = Failures("one", 4)
        assert sessions.fail([(Failures("one", 0), fourth)], NOW)

        def act(index):
            if index:
                return sessions.start(make_session(account, f"{index:064}"), fourth, NOW, rehashed=None)
            return sessions.fail([(fourth, fourth.failed(NOW, 5))], NOW)

        failed, *begun = at_once(6, act)
        if failed is True:  # who came later was made to wait
            assert len(sessions.all_of(account.ref)) == sum(one is True for one in begun)
            assert self.failures(engine_services).count == 5
        else:  # a success came first and made the count another one
            assert any(one is True for one in begun)
            assert self.failures(engine_services).count == 0


class TestTokens:
    def test_of_twenty_one_fills_a_slot(self, engine_services):
        held = [dataclasses.replace(SLOT, id=f"{index:026}") for index in range(20)]
        results = at_once(20, lambda index: engine_services.slots.hold(held[index], instead_of=None))
        assert results.count(True) == 1
        assert engine_services.slots.slot("reset", SLOT.slot) == held[results.index(True)]

    def test_of_twenty_mails_three_have_room(self, engine_services):
        def may(index):
            return engine_services.slots.may_mail("confirm", "ana@example.ec", f"item-{index}", NOW)

        assert at_once(20, may).count(True) == 3

    def test_of_twenty_one_uses_a_nonce(self, engine_services):
        nonce = Nonce("municipio-ejemplo.k1", "n" * 22)
        assert at_once(20, lambda _: engine_services.slots.use_nonce(nonce, NOW)).count(True) == 1


class TestNotifications:
    @pytest.fixture
    def mailbox(self, engine_services):
        open_account(engine_services)

    def test_of_twenty_posts_of_one_reference_one_is_put_down(self, engine_services, mailbox):
        letter = make_letter()

        def claim(index):
            alert = owed("alert", about={"index": str(index)})
            return engine_services.notifications.post(letter, entry_of(letter), nonce=None, owed=alert) or "posted"

        results = at_once(20, claim)
        assert results.count("posted") == 1
        assert all(result == "posted" or isinstance(result, Busy) or "letter" in result for result in results)
        assert engine_services.notifications.mailbox(PORTAL, NUMBER).unread == 1

    def test_of_twenty_posts_with_one_nonce_one_is_heard(self, engine_services, mailbox):
        nonce = Nonce("municipio-ejemplo.k1", "n" * 22)

        def claim(index):
            letter = make_letter(f"RES-{index}")
            return engine_services.notifications.post(letter, entry_of(letter), nonce=nonce, owed=None) or "posted"

        assert at_once(20, claim).count("posted") == 1
        assert engine_services.notifications.mailbox(PORTAL, NUMBER).unread == 1

    def test_eight_who_append_every_event_twice_write_each_once_into_a_whole_chain(self, engine_services, mailbox):
        letter = post(engine_services, make_letter())
        keys = [f"mail-{number}" for number in range(8)]

        def append(index):
            for key in (*keys[index:], *keys[:index], *keys[index:], *keys[:index]):
                while not (thread := thread_of(engine_services, letter)).has(key):
                    engine_services.notifications.append(thread, thread.next("alerted", at=NOW, by=f"{index}", key=key))
            return True

        assert at_once(8, append) == [True] * 8
        thread = thread_of(engine_services, letter)
        assert sorted(moment.key for moment in thread.moments) == keys
        assert [moment.number for moment in thread.moments] == list(range(1, 9))
        assert thread.is_whole()

    def test_of_those_who_open_cancel_and_alert_each_is_written_once_and_the_count_is_right(
        self, engine_services, mailbox
    ):
        letter = post(engine_services, make_letter())
        thread = thread_of(engine_services, letter)
        events = ["opened", "cancelled", "alerted"] * 4

        def happen(index):
            moment = thread.next(events[index], at=NOW, by="x")
            before = ("available",) if events[index] == "alerted" else UNREAD
            return engine_services.notifications.advance(thread, moment, before=before)

        results = at_once(12, happen)
        [winner] = [event for event, result in zip(events, results, strict=True) if result is True]
        assert [moment.event for moment in thread_of(engine_services, letter).moments] == [winner]
        assert engine_services.notifications.mailbox(PORTAL, NUMBER).unread == (winner == "alerted")

    def test_the_unread_count_is_exact_while_letters_come_are_opened_and_are_taken_back(self, engine_services, mailbox):
        notifications = engine_services.notifications
        letters = [post(engine_services, make_letter(f"OLD-{index}")) for index in range(8)]

        def happen(index):
            if index >= len(letters):
                letter = make_letter(f"NEW-{index}")
                while refused := notifications.post(letter, entry_of(letter), nonce=None, owed=None):
                    assert refused == {"mailbox"}
                return True
            thread = thread_of(engine_services, letters[index])
            moment = thread.next("cancelled" if index % 2 else "opened", at=NOW, by="x")
            return notifications.advance(thread, moment, before=UNREAD)

        results = at_once(12, happen)
        unread = 8 - sum(result is True for result in results[:8]) + sum(result is True for result in results[8:])
        assert notifications.mailbox(PORTAL, NUMBER).unread == unread
        entries, _ = notifications.page(PORTAL, NUMBER, before=None, unread=True, limit=30)
        assert len(entries) == unread


class TestFeed:
    def test_four_writers_leave_no_gap_and_lose_nothing(self, engine_services):
        def append(writer):
            for batch in range(5):
                engine_services.feed.append("one", [{"id": f"{writer}-{batch}-{event}"} for event in range(3)])
            return True

        assert at_once(4, append) == [True] * 4
        told = list(engine_services.feed.backwards("one", None))
        assert [number for number, _ in told] == list(range(60, 0, -1))
        assert len({event["id"] for _, event in told}) == 60
        for writer in range(4):  # each one's own stay in their order
            own = [event["id"] for _, event in reversed(told) if event["id"].startswith(f"{writer}-")]
            assert own == sorted(own)

    def test_ten_institutions_at_once_lose_no_count(self, engine_services):
        def append(writer):
            for batch in range(4):
                event = {"id": f"{writer}-{batch}", "state": "accepted", "at": NOW.isoformat()}
                engine_services.feed.append(f"institution-{writer}", [event])
            return True

        assert at_once(10, append) == [True] * 10
        assert engine_services.counts.of_platform(f"{NOW:%Y-%m}")[0].counted == {"sent": 40}


def test_of_eight_who_claim_what_is_due_one_queues_it(engine_services):
    item = owed()
    engine_services.outbox.put(item)
    later = NOW + timedelta(minutes=5)
    assert at_once(8, lambda _: engine_services.outbox.claim(item, later)).count(True) == 1


def test_processes_that_take_a_quota_at_the_same_moment_do_not_pass_it(engine_services):
    quota = Quota("things", 10, 5, timedelta(hours=1))
    table = engine_services.settings.tokens_table
    processes = [Quotas(engine_services.dynamo, tokens=table) for _ in range(6)]
    heard = at_once(6, lambda index: [processes[index].use(quota, "one", NOW) for _ in range(5)].count(0))
    assert sum(heard) == quota.limit
