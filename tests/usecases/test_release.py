"""Release: a mailbox has opened, and what waited for it becomes available."""

from datetime import date

import pytest

from tests.usecases.conftest import INSTITUTION, NUMBER, make_account, post, sender
from ventanilla.domain.errors import Busy
from ventanilla.domain.notifications import notification_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.usecases import sent
from ventanilla.usecases.release import release

IDS = [notification_id(INSTITUTION.id, f"RES-{number}") for number in range(3)]


@pytest.fixture
def item(world):
    """Three letters wait, and the mailbox opens."""
    for number in range(3):
        post(world, reference=f"RES-{number}", deadline={"working_days": 2})
    world.clock.advance(days=1)
    make_account(world)
    item = OutboxItem("release", {"portal": "demo", "number": NUMBER}, world.clock.now())
    world.outbox.put(item)
    return item


@pytest.fixture
def run(world):
    return lambda item: release(
        item.id,
        outbox=world.outbox,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


def states(world):
    return [world.notifications.thread(number).state for number in IDS]


def test_what_waited_becomes_available_and_one_mail_is_owed_for_all(world, item, run):
    assert run(item) == 3
    assert states(world) == ["available"] * 3
    assert world.notifications.mailbox("demo", NUMBER).unread == 3
    [mail] = world.outbox.of("released")
    assert mail.about == {"portal": "demo", "number": NUMBER, "count": "3"}
    assert sorted(world.outbox.kinds) == ["deadline"] * 3 + ["released"]


def test_terms_begin_to_run_on_the_day_after(world, item, run):
    world.holidays.days = frozenset({date(2027, 3, 3)})
    run(item)
    entries, _ = world.notifications.page("demo", NUMBER, before=None, unread=False, limit=9)
    assert {entry.deadline.date for entry in entries} == {"2027-03-05"}


def test_done_twice_it_is_done_once(world, item, run):
    run(item)
    first = dict(world.outbox.items)
    assert run(item) == 0
    assert world.outbox.items == first


def test_after_a_crash_in_the_middle_it_goes_on_and_the_mail_counts_all(world, item, run, monkeypatch):
    advance, calls = world.notifications.advance, []

    def crash(*args, **options):
        calls.append(args)
        if len(calls) == 2:
            raise ConnectionError
        return advance(*args, **options)

    monkeypatch.setattr(world.notifications, "advance", crash)
    with pytest.raises(ConnectionError):
        run(item)
    assert sorted(states(world)) == ["available", "waiting_for_account", "waiting_for_account"]
    assert world.outbox.of("release") == [item]
    assert run(item) == 3
    assert states(world) == ["available"] * 3
    [mail] = world.outbox.of("released")
    assert mail.about["count"] == "3"
    assert len(world.outbox.of("deadline")) == 3


def test_after_a_crash_before_the_end_the_mail_is_owed_once(world, item, run, monkeypatch):
    done = world.outbox.done
    monkeypatch.setattr(world.outbox, "done", lambda _: (_ for _ in ()).throw(ConnectionError))
    with pytest.raises(ConnectionError):
        run(item)
    monkeypatch.setattr(world.outbox, "done", done)
    assert run(item) == 3
    assert sorted(world.outbox.kinds) == ["deadline"] * 3 + ["released"]


def test_where_nothing_waited_no_mail_is_owed(world, run):
    make_account(world)
    item = OutboxItem("release", {"portal": "demo", "number": NUMBER}, world.clock.now())
    world.outbox.put(item)
    assert run(item) == 0
    assert world.outbox.items == {}


def test_what_was_taken_back_stays_so(world, item, run):
    sent.cancel(IDS[0], sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)
    assert run(item) == 2
    assert states(world) == ["cancelled", "available", "available"]


def test_what_is_taken_back_at_the_same_moment_stays_so(world, item, run):
    def cancel():
        sent.cancel(IDS[0], sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)

    world.notifications.before_writing = [cancel]
    assert run(item) == 2
    assert states(world)[0] == "cancelled"


def test_what_has_come_since_the_mailbox_opened_is_left_alone(world, item, run):
    post(world, reference="RES-9")
    assert run(item) == 3
    assert sorted(world.outbox.kinds) == ["alert"] + ["deadline"] * 3 + ["released"]


def test_what_waits_for_a_mailbox_that_was_shut_again_is_left_to_its_next_opening(world, item, run):
    world.notifications.mailboxes["demo", NUMBER].open = False
    assert run(item) == 0
    assert states(world) == ["waiting_for_account"] * 3
    assert world.outbox.items == {}


def test_an_item_that_is_never_at_rest_stays_to_be_queued_again(world, item, run, monkeypatch):
    monkeypatch.setattr(world.notifications, "advance", lambda *_, **__: False)
    with pytest.raises(Busy):
        run(item)
    assert world.outbox.items == {item.id: item}
