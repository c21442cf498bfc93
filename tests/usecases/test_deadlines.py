"""Deadlines: reminders and the record of their passing, each once."""

import pytest

from tests.usecases.conftest import INSTITUTION, enter, make_account, post, sender
from ventanilla.domain.errors import Busy
from ventanilla.domain.notifications import notification_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases import inbox, sent
from ventanilla.usecases.mail import deliver
from ventanilla.usecases.release import release

ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def citizen(world):
    return enter(world, make_account(world))


def attend(world, item):
    return release(
        item.id,
        outbox=world.outbox,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


def pass_time(world, days):
    """Let days go by, hour by hour as the schedule sees them; the reminders that went out, by day."""
    sent = []
    for _ in range(days * 24):
        world.clock.advance(hours=1)
        for item in list(world.outbox.due(world.clock.now())):
            if item.kind == "deadline":
                attend(world, item)
        for item in world.outbox.of("reminder"):
            assert deliver(item.id, world.desk)[1] == "sent"
            sent.append((world.clock.now().strftime("%m-%d"), world.mailer.sent[-1].variables["last_day"]))
    return sent


def open_it(world, citizen):
    return inbox.open_notification(
        ID,
        citizen,
        portals=world.portals,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


def events(world):
    return [moment.event for moment in world.notifications.thread(ID).moments]


LAST = "lunes, 15 de marzo de 2027"


def test_somebody_is_reminded_twice_and_the_passing_is_recorded(world, citizen):
    post(world, deadline={"working_days": 10})
    assert pass_time(world, 20) == [("03-08", LAST), ("03-11", LAST)]
    assert events(world) == ["deadline_passed"]
    thread = world.notifications.thread(ID)
    assert (thread.state, thread.is_whole(), thread.unread) == ("deadline_passed", True, True)
    assert world.outbox.of("deadline") == []


def test_the_mail_says_who_and_until_when_and_no_more(world, citizen):
    post(world, deadline={"working_days": 10})
    pass_time(world, 8)
    mail = world.mailer.sent[-1]
    assert (mail.name, mail.variables["sender"], mail.variables["reference"]) == ("reminder", INSTITUTION.name, "RES-1")
    assert "resuelto" not in repr(mail.variables)


def test_a_term_from_opening_is_watched_from_then_on(world, citizen):
    post(world, deadline={"working_days": 10, "from": "opening"})
    assert world.outbox.of("deadline") == []
    open_it(world, citizen)
    assert pass_time(world, 20) == [("03-08", LAST), ("03-11", LAST)]
    assert events(world) == ["opened", "deadline_passed"]


def test_what_was_released_is_watched_from_then_on(world):
    post(world, deadline={"working_days": 10})
    assert world.outbox.items == {}
    make_account(world)
    item = OutboxItem(
        "release", {"portal": "demo", "number": world.notifications.letter(ID).recipient.number}, world.clock.now()
    )
    world.outbox.put(item)
    attend(world, item)
    assert [one.about["step"] for one in world.outbox.of("deadline")] == ["half"]


def test_what_was_passed_over_can_still_be_opened_and_counts_no_longer_as_unread(world, citizen):
    post(world, deadline={"days": 1})
    pass_time(world, 3)
    portal, number = citizen.state.portal, citizen.state.number
    assert world.notifications.mailbox(portal, number).unread == 1
    open_it(world, citizen)
    assert world.notifications.mailbox(portal, number).unread == 0
    page = inbox.look(
        citizen,
        cursor=None,
        unread=False,
        institution=None,
        portals=world.portals,
        notifications=world.notifications,
    )
    assert [line.opened_at is not None for line in page.items] == [True]


def test_of_what_was_taken_back_nothing_more_is_told(world, citizen):
    post(world, deadline={"working_days": 10})
    sent.cancel(ID, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)
    assert pass_time(world, 20) == []
    assert events(world) == ["cancelled"]
    assert world.outbox.of("deadline") == []


def test_a_point_that_is_attended_twice_is_told_once(world, citizen):
    post(world, deadline={"working_days": 10})
    [item] = world.outbox.of("deadline")
    world.clock.advance(days=7)
    assert attend(world, item) == 1
    world.outbox.put(item)  # as if it had been read before it was replaced
    assert attend(world, item) == 0
    assert len(world.outbox.of("reminder")) == 1


def test_a_reminder_that_comes_so_late_that_the_next_is_due_is_left_out(world, citizen):
    post(world, deadline={"working_days": 10})
    [half] = world.outbox.of("deadline")
    world.clock.advance(days=12)
    attend(world, half)
    assert (world.outbox.of("reminder"), [one.about["step"] for one in world.outbox.of("deadline")]) == (
        [],
        ["two_days"],
    )


def test_the_passing_is_recorded_once_and_what_is_never_at_rest_stays_owed(world, citizen, monkeypatch):
    post(world, deadline={"days": 1})
    [item] = world.outbox.of("deadline")
    world.clock.at = item.due_at
    with monkeypatch.context() as patch:
        patch.setattr(world.notifications, "advance", lambda *args, **more: False)
        with pytest.raises(Busy):
            attend(world, item)
    assert world.outbox.of("deadline") == [item]
    attend(world, item)
    world.outbox.put(item)
    attend(world, item)
    assert events(world) == ["deadline_passed"]


def test_nobody_is_reminded_of_what_has_passed_or_without_an_account(world, citizen):
    post(world, deadline={"days": 1})
    about = {"notification": ID, "date": "2027-03-02"}
    for item in (
        OutboxItem("reminder", about, world.clock.now()),
        OutboxItem("reminder", {**about, "notification": "x"}, world.clock.now()),
    ):
        world.outbox.put(item)
        if item.about["notification"] == ID:
            pass_time(world, 0)
            [deadline] = world.outbox.of("deadline")
            world.clock.at = deadline.due_at
            attend(world, deadline)
        assert deliver(item.id, world.desk) == ("reminder", "not_owed")
