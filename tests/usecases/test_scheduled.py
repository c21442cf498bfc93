"""Letters for later: accepted now, in the mailbox when their hour has come."""

from datetime import timedelta

import pytest

from tests.usecases.conftest import INSTITUTION, NUMBER, enter, make_account, post, refusals, sender
from ventanilla.domain.errors import Busy, NotFound, Refused
from ventanilla.domain.notifications import notification_id
from ventanilla.usecases import inbox, sent
from ventanilla.usecases.release import release

ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def later(world):
    return world.clock.now() + timedelta(days=3)


@pytest.fixture
def come_due(world):
    """Let the hour come, and what is owed then be done."""

    def come_due():
        world.clock.advance(days=3)
        [item] = world.outbox.of("scheduled")
        return release(
            item.id,
            outbox=world.outbox,
            notifications=world.notifications,
            holidays=world.holidays,
            clock=world.clock,
        )

    return come_due


def look(world, citizen):
    return inbox.look(
        citizen,
        cursor=None,
        unread=False,
        institution=None,
        portals=world.portals,
        notifications=world.notifications,
    )


def shown(world):
    return sent.show(ID, sender(), notifications=world.notifications, holidays=world.holidays)


def cancel(world):
    return sent.cancel(ID, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)


class TestPosting:
    def test_until_its_hour_it_is_accepted_and_owed_then(self, world, later):
        make_account(world)
        posted, _ = post(world, available_from=later)
        assert (posted.state, posted.recipient.registered) == ("accepted", True)
        assert (world.outbox.only.kind, world.outbox.only.due_at) == ("scheduled", later)
        assert (shown(world).state, shown(world).available_from) == ("accepted", later)
        assert [moment.state for moment in shown(world).timeline] == ["accepted"]

    def test_posted_again_it_gives_the_first_answer(self, world, later):
        first, _ = post(world, available_from=later)
        make_account(world)
        assert post(world, available_from=later) == (first, True)
        assert first.recipient.registered is False

    def test_nothing_of_it_is_in_the_mailbox(self, world, later):
        citizen = enter(world, make_account(world))
        post(world, available_from=later)
        page = look(world, citizen)
        assert (page.items, page.unread_count) == ([], 0)
        with pytest.raises(NotFound):
            inbox.open_notification(
                ID,
                citizen,
                portals=world.portals,
                notifications=world.notifications,
                holidays=world.holidays,
                clock=world.clock,
            )

    @pytest.mark.parametrize("span", [timedelta(0), timedelta(days=-400)])
    def test_an_hour_that_has_come_already_is_now(self, world, span):
        make_account(world)
        assert post(world, available_from=world.clock.now() + span)[0].state == "available"
        assert world.outbox.only.kind == "alert"

    def test_more_than_a_year_ahead_is_refused(self, world):
        with pytest.raises(Refused) as refused:
            post(world, available_from=world.clock.now() + timedelta(days=367))
        assert refusals(refused.value) == [("available_from", "available_late")]

    def test_so_is_a_deadline_before_it(self, world, later):
        with pytest.raises(Refused) as refused:
            post(world, available_from=later, deadline={"date": "2027-03-03"})
        assert refusals(refused.value) == [("deadline.date", "deadline_past")]


class TestComingDue:
    def test_into_an_open_mailbox_it_is_available_and_an_alert_is_owed(self, world, later, come_due):
        citizen = enter(world, make_account(world))
        accepted_at = world.clock.now()
        post(world, available_from=later, deadline={"days": 5})
        assert come_due() == 1
        assert [moment.state for moment in shown(world).timeline] == ["accepted", "available"]
        assert sorted(world.outbox.kinds) == ["alert", "deadline"]
        page = look(world, citizen)
        assert (page.items[0].received_at, page.items[0].deadline.date, page.unread_count) == (later, "2027-03-09", 1)
        [entry], _ = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
        assert sent._line(entry).accepted_at == accepted_at

    def test_without_a_mailbox_it_waits_from_then_on(self, world, later, come_due):
        post(world, available_from=later)
        come_due()
        assert (shown(world).state, world.outbox.items) == ("waiting_for_account", {})
        assert [entry.notification for entry in world.notifications.waiting("demo", NUMBER)] == [ID]

    @pytest.mark.parametrize("before", [True, False])
    def test_a_mailbox_that_opens_or_closes_at_the_very_moment_is_taken_as_it_is(self, world, later, come_due, before):
        box = world.notifications._box("demo", NUMBER)
        box.open = before
        post(world, available_from=later)
        world.notifications.before_writing = [lambda: setattr(box, "open", not before)]
        come_due()
        assert shown(world).state == ("waiting_for_account" if before else "available")

    def test_what_was_taken_back_stays_so_and_nobody_is_told(self, world, later, come_due):
        make_account(world)
        post(world, available_from=later)
        assert cancel(world).state == "cancelled"
        assert come_due() == 0
        assert (shown(world).state, world.outbox.items, world.notifications.mailbox("demo", NUMBER).unread) == (
            "cancelled",
            {},
            0,
        )

    def test_what_is_never_at_rest_stays_owed(self, world, later, come_due, monkeypatch):
        post(world, available_from=later)
        monkeypatch.setattr(world.notifications, "advance", lambda *args, **more: False)
        with pytest.raises(Busy):
            come_due()
        assert world.outbox.kinds == ["scheduled"]
