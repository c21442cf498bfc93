"""Accounts and what their sessions share, changed together or not at all."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import (
    NUMBER,
    PORTAL,
    make_account,
    make_application,
    make_session,
    open_account,
    owed,
)
from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.accounts import Slot
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.grants import Grant
from ventanilla.domain.sessions import SessionState
from ventanilla.domain.throttling import Failures

ACCOUNT = make_account(
    country="PE",
    todo=("change_password", "check_data"),
    accepted={"use": "2"},
    accepted_at={"use": "2027-03-01T15:00:00+00:00"},
)
SLOT = Slot("address", "s" * 26, "i" * 26, PORTAL, NUMBER, 1, NOW + timedelta(hours=24), "nueva@example.ec")


def state_of(services, account=ACCOUNT):
    session = make_session(account, "e" * 64)
    services.sessions.start(session, services.sessions.facts(PORTAL, NUMBER, ["x"], NOW)[1][0], NOW, rehashed=None)
    found = services.sessions.read(account.ref, session.secret_hash)
    return found[0] if found else None


@pytest.fixture
def born(services):
    application = make_application()
    services.applications.submit(application, None)
    services.accounts.open(ACCOUNT, application, opens_mailbox=True, owed=[owed("release")])
    return ACCOUNT


class TestOpening:
    def test_an_account_is_kept_as_it_was_made(self, services, born):
        assert services.accounts.get(PORTAL, NUMBER) == born

    def test_an_application_becomes_its_account(self, services, born):
        application = make_application()
        assert services.applications.get(application.slot, application.id) is None

    @pytest.mark.parametrize(
        "vouched",
        [
            {"documents": {"request": {"signature": "scan", "sha256": "00", "at": NOW.isoformat()}}},
            {"history": ({"state": "confirm", "at": NOW.isoformat(), "by": "agent-ref"},)},
        ],
    )
    def test_one_that_others_have_vouched_for_is_kept_for_good_and_can_not_be_confirmed_again(
        self, services, stage, vouched
    ):
        application = make_application(password_hash="hash", **vouched)
        services.applications.submit(application, None)
        services.accounts.open(make_account(), application, opens_mailbox=False, owed=())
        kept = services.applications.get(application.slot, application.id)
        assert (kept.state, kept.password_hash, kept.documents) == ("done", None, application.documents)
        assert [one["state"] for one in kept.history][-1] == "done"
        [item] = stage.items("ApplicationsTable")
        assert "ttl" not in item
        with pytest.raises(TokenGone):
            services.accounts.open(make_account(number="x"), application, opens_mailbox=False, owed=())

    def test_its_sessions_share_what_they_need_of_it(self, services, born):
        assert state_of(services) == SessionState(
            ref=born.ref,
            portal=PORTAL,
            number=NUMBER,
            epoch=1,
            assurance="self_asserted",
            todo=born.todo,
            accepted=born.accepted,
        )

    def test_its_mailbox_opens_with_it_and_what_is_owed_is_put_down(self, services, stage, born):
        assert services.notifications.mailbox(PORTAL, NUMBER).open
        assert [item["kind"]["S"] for item in stage.items("OutboxTable")] == ["release"]

    def test_where_it_opens_none_there_is_none(self, services, stage):
        open_account(services, opens_mailbox=False)
        assert stage.items("NotificationsTable") == []
        assert stage.items("OutboxTable") == []

    @pytest.mark.parametrize("change", [{"link": 2}, {"id": "01KJM5Q7G0ABCDEFGHJKMNP002"}], ids=["superseded", "gone"])
    def test_an_application_that_is_not_as_it_was_opens_nothing(self, services, change):
        services.applications.submit(dataclasses.replace(make_application(), **change), None)
        with pytest.raises(TokenGone):
            services.accounts.open(ACCOUNT, make_application(), opens_mailbox=True, owed=[owed("release")])
        assert services.accounts.get(PORTAL, NUMBER) is None

    def test_a_number_has_one_account(self, services, stage, born):
        second = make_application(id="01KJM5Q7G0ABCDEFGHJKMNP002")
        services.applications.submit(second, None)
        other = make_account(ref="another", email="other@example.ec")
        with pytest.raises(TokenGone):
            services.accounts.open(other, second, opens_mailbox=True, owed=())
        assert services.accounts.get(PORTAL, NUMBER) == born
        assert services.applications.get(second.slot, second.id) == second
        assert len(stage.items("AccountsTable")) == 2  # the account and its state

    def test_the_same_number_may_have_one_at_each_portal(self, services, born):
        other = open_account(services, portal="office")
        assert services.accounts.get("office", NUMBER) == other
        assert services.accounts.get(PORTAL, NUMBER) == born


class TestTakingThePlaceOfAnother:
    """A proven application, where the number has an account."""

    def take(self, services, before, **changes):
        application = make_application(id="01KJM5Q7G0ABCDEFGHJKMNP002")
        services.applications.submit(application, None)
        after = dataclasses.replace(before, epoch=before.epoch + 1, email="nueva@example.ec", second_factor=None)
        services.accounts.open(after, application, **{"before": before, "opens_mailbox": True, "owed": (), **changes})
        return after

    def test_it_is_all_the_new_one(self, services):
        before = open_account(services, second_factor="enrolment", recovery_codes=("h0", "h1"))
        session = make_session(before)
        assert services.sessions.start(session, Failures("x", 0), NOW, rehashed=None)
        told = owed("release"), owed("account_recovered")
        after = self.take(services, before, owed=told)
        assert services.accounts.get(PORTAL, NUMBER) == after
        assert state_of(services, after).epoch == before.epoch + 1
        assert [services.outbox.get(item.id) for item in told] == list(told)
        state, session = services.sessions.read(session.ref, session.secret_hash)
        assert not session.lives(NOW, state.epoch)

    @pytest.mark.parametrize("change", [{"epoch": 5}, {"status": "closed", "epoch": 5}])
    def test_of_an_account_that_has_changed_meanwhile_it_takes_none(self, services, stage, change):
        before = open_account(services)
        services.accounts.change(before, dataclasses.replace(before, **change))
        there, owing = stage.items("AccountsTable"), stage.items("OutboxTable")
        with pytest.raises(TokenGone):
            self.take(services, before, owed=[owed("release")])
        assert stage.items("AccountsTable") == there
        assert len(stage.items("ApplicationsTable")) == 1
        assert stage.items("OutboxTable") == owing

    def test_where_there_was_none_it_takes_none(self, services):
        with pytest.raises(TokenGone):
            self.take(services, ACCOUNT)
        assert services.accounts.get(PORTAL, NUMBER) is None


class TestOpeningWithASession:
    """The first sign-in with a temporary password."""

    def enter(self, services, account, failures):
        application = make_application()
        services.applications.submit(application, None)
        session = make_session(account)
        services.accounts.open(account, application, opens_mailbox=False, owed=(), entered=(session, failures))
        return session

    def test_both_begin_in_one_write_and_failures_are_forgotten(self, services):
        failed = Failures("x", 0).failed(NOW, 9)
        assert services.sessions.fail([(Failures("x", 0), failed)], NOW)
        services.applications.submit(make_application(id="01KJM5Q7G0ABCDEFGHJKMNP002"), None)
        with counted_calls() as calls:
            session = self.enter(services, ACCOUNT, failed)
        assert calls == {"TransactWriteItems": 2}  # the application's own, and this one
        state, read = services.sessions.read(session.ref, session.secret_hash)
        assert (read, state.todo) == (session, ACCOUNT.todo)
        assert services.sessions.facts(PORTAL, NUMBER, ["x"], NOW)[1] == [Failures("x", 0)]

    def test_a_wait_that_began_meanwhile_lets_neither_begin(self, services, stage):
        none = Failures("x", 0)
        assert services.sessions.fail([(none, none.failed(NOW, 1))], NOW)
        with pytest.raises(TokenGone):
            self.enter(services, ACCOUNT, none)
        assert stage.items("AccountsTable") == []
        assert len(stage.items("ApplicationsTable")) == 1


class TestSeveral:
    def test_they_come_in_one_trip_in_the_order_asked_for(self, services, born):
        office = open_account(services, portal="office")
        with counted_calls() as calls:
            found = services.accounts.several(("office", NUMBER), (PORTAL, "nobody"), (PORTAL, NUMBER))
        assert found == [office, None, born]
        assert calls == {"BatchGetItem": 1}

    def test_one_that_was_closed_is_none(self, services, born):
        services.accounts.change(born, born.closed())
        assert services.accounts.several((PORTAL, NUMBER)) == [None]

    def test_a_reference_leads_to_portal_and_number(self, services, born):
        assert services.accounts.key_of(born.ref) == (PORTAL, NUMBER)
        assert services.accounts.key_of("nobody") is None
        services.accounts.change(born, born.closed())
        assert services.accounts.key_of(born.ref) is None


class TestChanging:
    def test_only_what_differs_is_written(self, services, born):
        # what somebody else changed meanwhile, under the same epoch, is left as it is
        services.accounts.change(born, dataclasses.replace(born, locale="en"))
        services.accounts.change(born, dataclasses.replace(born, email="otra@example.ec"))
        assert services.accounts.get(PORTAL, NUMBER) == dataclasses.replace(born, locale="en", email="otra@example.ec")

    def test_its_sessions_learn_of_it_in_the_same_write(self, services, born):
        after = dataclasses.replace(born, epoch=2, todo=(), accepted={"use": "3"})
        services.accounts.change(born, after)
        state = state_of(services)
        assert (state.epoch, state.todo, state.accepted) == (2, (), {"use": "3"})

    def test_of_two_changes_of_the_same_epoch_the_second_is_refused(self, services, born):
        services.accounts.change(born, dataclasses.replace(born, epoch=2))
        with pytest.raises(TokenGone):
            services.accounts.change(born, dataclasses.replace(born, epoch=2, email="otra@example.ec"))
        assert services.accounts.get(PORTAL, NUMBER).email == born.email

    def test_of_two_roles_given_at_once_the_second_is_refused(self, services, born):
        def given(role):
            return dataclasses.replace(born, grants=(Grant(role, "1790012345001"),))

        services.accounts.change(born, given("acopio"))
        with pytest.raises(TokenGone):
            services.accounts.change(born, given("liquidador"))
        assert services.accounts.get(PORTAL, NUMBER).grants == given("acopio").grants
        services.accounts.change(given("acopio"), born)

    def test_nothing_changed_is_still_refused_once_the_epoch_has_risen(self, services, born):
        services.accounts.change(born, born)
        services.accounts.change(born, dataclasses.replace(born, epoch=2))
        with pytest.raises(TokenGone):
            services.accounts.change(born, born)

    def test_a_raised_epoch_ends_all_sessions_but_the_one_that_is_kept(self, services, born):
        sessions = [make_session(born, letter * 64) for letter in "ab"]
        for session in sessions:
            [failures] = services.sessions.facts(PORTAL, NUMBER, ["x"], NOW)[1]
            assert services.sessions.start(session, failures, NOW, rehashed=None)
        services.accounts.change(born, dataclasses.replace(born, epoch=2), keep=sessions[0])
        epochs = {one.secret_hash[0]: one.epoch for one in services.sessions.all_of(born.ref)}
        assert epochs == {"a": 2, "b": 1}

    def test_a_session_that_has_ended_meanwhile_is_not_begun_again(self, services, born):
        with pytest.raises(TokenGone):
            services.accounts.change(born, dataclasses.replace(born, epoch=2), keep=make_session(born))
        assert services.sessions.all_of(born.ref) == []
        assert services.accounts.get(PORTAL, NUMBER) == born

    def test_a_token_is_used_up_by_the_change_that_it_brought(self, services, born):
        services.slots.hold(SLOT, instead_of=None)
        services.accounts.change(born, dataclasses.replace(born, epoch=2), used=SLOT)
        assert services.slots.slot(SLOT.purpose, SLOT.slot) is None

    @pytest.mark.parametrize("held", [None, dataclasses.replace(SLOT, id="j" * 26)], ids=["used", "superseded"])
    def test_a_token_that_does_not_live_brings_none(self, services, stage, born, held):
        if held:
            services.slots.hold(held, instead_of=None)
        with pytest.raises(TokenGone):
            services.accounts.change(born, dataclasses.replace(born, epoch=2), used=SLOT, owed=owed("password_changed"))
        assert services.accounts.get(PORTAL, NUMBER) == born
        assert [item["kind"]["S"] for item in stage.items("OutboxTable")] == ["release"]

    def test_what_the_owner_is_told_is_put_down_with_it(self, services, born):
        told = owed("password_changed")
        services.accounts.change(born, dataclasses.replace(born, epoch=2), owed=told)
        assert services.outbox.get(told.id) == told

    def test_it_is_one_trip(self, services, born):
        services.slots.hold(SLOT, instead_of=None)
        with counted_calls() as calls:
            services.accounts.change(
                born, dataclasses.replace(born, epoch=2, email="n@example.ec"), used=SLOT, owed=owed("address_changed")
            )
        assert calls == {"TransactWriteItems": 1}


class TestClosing:
    @pytest.fixture
    def closed(self, services, born):
        gone = {"profile": {}, "email": "", "password_hash": "", "accepted": {}, "todo": ()}
        closed = dataclasses.replace(born, status="closed", epoch=2, **gone)
        services.accounts.change(born, closed, close_mailbox=True)
        return closed

    def test_a_closed_account_is_none(self, services, closed):
        assert services.accounts.get(PORTAL, NUMBER) is None
        assert services.accounts.with_slot(PORTAL, NUMBER, "reset", "slot") == (None, None)

    def test_nothing_personal_is_left_of_it(self, stage, closed):
        kept = repr(stage.items("AccountsTable"))
        assert "Ana" not in kept
        assert "ana@" not in kept

    def test_its_sessions_are_gone(self, services, closed):
        assert state_of(services) is None

    def test_its_mailbox_is_shut(self, services, closed):
        assert not services.notifications.mailbox(PORTAL, NUMBER).open

    def test_its_number_is_free_again(self, services, closed):
        again = open_account(services, ref="another", email="otra@example.ec")
        assert services.accounts.get(PORTAL, NUMBER) == again
        assert services.notifications.mailbox(PORTAL, NUMBER).open


class TestReadingWithASlot:
    def test_both_come_in_one_trip(self, services, born):
        services.slots.hold(SLOT, instead_of=None)
        with counted_calls() as calls:
            assert services.accounts.with_slot(PORTAL, NUMBER, "address", SLOT.slot) == (born, SLOT)
        assert calls == {"BatchGetItem": 1}

    def test_either_may_be_missing(self, services, born):
        assert services.accounts.with_slot(PORTAL, NUMBER, "reset", SLOT.slot) == (born, None)
        assert services.accounts.with_slot(PORTAL, "nobody", "reset", SLOT.slot) == (None, None)


class TestMailsThatComeBack:
    def test_account_and_sessions_say_so_together(self, services, born):
        after = born.with_bounce("mail-1", NOW)
        assert services.accounts.note_mail(born, after)
        assert services.accounts.get(PORTAL, NUMBER) == after
        assert state_of(services).todo == ("change_password", "check_data")

    def test_a_count_that_somebody_else_has_raised_is_not_written_over(self, services, born):
        assert services.accounts.note_mail(born, born.with_bounce("mail-1", NOW))
        assert not services.accounts.note_mail(born, born.with_bounce("mail-2", NOW))
        assert services.accounts.get(PORTAL, NUMBER).bounces == 1

    @pytest.mark.parametrize(
        "meanwhile",
        [{"email": "nueva@example.ec"}, {"todo": ("check_data",)}, {"epoch": 2}],
        ids=["address", "steps", "password"],
    )
    def test_what_changed_meanwhile_stays(self, services, born, meanwhile):
        services.accounts.change(born, dataclasses.replace(born, **meanwhile))
        assert not services.accounts.note_mail(born, born.with_bounce("mail-1", NOW))

    def test_a_delivery_takes_it_all_back(self, services, born):
        bounced = born.with_bounce("mail-1", NOW)
        services.accounts.note_mail(born, bounced)
        assert services.accounts.note_mail(bounced, bounced.with_address(bounced.email))
        assert services.accounts.get(PORTAL, NUMBER).bounces == 0

    def test_an_account_of_before_bounces_were_counted_can_have_them(self, services, born):
        item = services.accounts._account(f"account#{PORTAL}#{NUMBER}")
        item.update([type(item).bounces.remove()])
        assert services.accounts.note_mail(born, born.with_bounce("mail-1", NOW))
