"""Test keys: what they sign fares as the recipient's number says, reaches nobody, and is seen by nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes import World
from tests.usecases.conftest import INSTITUTION, NUMBER, enter, make_account, post, sender
from ventanilla.domain.errors import Busy, InstitutionSuspended, NotFound, ReferenceTaken
from ventanilla.domain.ids import random_id
from ventanilla.domain.notifications import Thread
from ventanilla.schemas.recipients import LookedUp
from ventanilla.usecases import inbox, recipients, sent
from ventanilla.usecases.mail import deliver
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.release import release

NO_ACCOUNT, BOUNCE, COMPLAINT, AFTER_5, AFTER_60 = (
    "3000000012",
    "3000000020",
    "3000000038",
    "3000000046",
    "3000000053",
)
SHADOW = replace(INSTITUTION, id=f"test-{INSTITUTION.id}")


def by_test_key(**changes: Any) -> Sender:
    return sender(random_id(), replace(SHADOW, **changes))


def try_out(world: World, number: str = NUMBER, **changes: Any) -> str:
    """Post by a test key, and let all follow that is owed now; the letter's id."""
    posted, _ = post(world, by=by_test_key(), recipient={"kind": "cedula", "number": number}, **changes)
    play(world)
    return str(posted.id)


def play(world: World) -> None:
    for item in list(world.outbox.items.values()):
        if item.lane == "release":
            do_release(world, item.id)
        else:
            deliver(item.id, world.desk)


def do_release(world: World, item_id: str) -> int:
    return release(
        item_id,
        outbox=world.outbox,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


def story(world: World, letter: str) -> list[str]:
    return [event for event, _, _ in thread(world, letter).timeline]


def thread(world: World, letter: str) -> Thread:
    return world.notifications.threads[letter]


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (NUMBER, ["accepted", "available", "alerted", "sent", "delivered"]),
        (NO_ACCOUNT, ["accepted", "waiting_for_account"]),
        (BOUNCE, ["accepted", "available", "alerted", "sent", "bounced"]),
        (COMPLAINT, ["accepted", "available", "alerted", "sent", "delivered", "complained"]),
    ],
)
def test_it_fares_as_the_number_says_and_no_mail_goes_out(world: World, number: str, told: list[str]) -> None:
    letter = try_out(world, number)
    assert story(world, letter) == told
    assert thread(world, letter).is_whole()
    assert (world.mailer.sent, world.outbox.items) == ([], {})


@pytest.mark.parametrize(("number", "seconds"), [(AFTER_5, 5), (AFTER_60, 60)])
def test_it_is_opened_after_a_while_and_no_sooner(world: World, number: str, seconds: int) -> None:
    letter = try_out(world, number, deadline={"days": 3, "from": "opening"})
    [item] = world.outbox.of("simulated_opening")
    world.clock.advance(seconds=seconds - 1)
    assert do_release(world, item.id) == 0
    world.clock.advance(seconds=1)
    assert [do_release(world, item.id), do_release(world, item.id)] == [1, 0]
    assert story(world, letter)[-1] == "opened"
    assert world.outbox.kinds == ["deadline"]


def test_what_was_taken_back_is_not_opened(world: World) -> None:
    letter = try_out(world, AFTER_5)
    cancel(world, letter, by_test_key())
    play(world)
    world.clock.advance(seconds=5)
    play(world)
    assert story(world, letter)[-1] == "cancelled"
    assert (world.mailer.sent, world.outbox.items) == ([], {})


def test_if_others_never_stop_writing_the_opening_stays_owed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    try_out(world, AFTER_5)
    [item] = world.outbox.of("simulated_opening")
    world.clock.advance(seconds=5)
    monkeypatch.setattr(world.notifications, "advance", lambda *args, **more: False)
    with pytest.raises(Busy):
        do_release(world, item.id)
    assert world.outbox.of("simulated_opening") == [item]


def test_a_crash_after_any_write_leaves_what_the_next_run_completes(world: World) -> None:
    post(world, by=by_test_key(), recipient={"kind": "cedula", "number": COMPLAINT})
    [item] = world.outbox.of("alert")
    for writes in (0, 1, 1, 1):
        world.notifications.before_writing = [*[_nothing] * writes, _crash]
        with pytest.raises(ConnectionError):
            deliver(item.id, world.desk)
    world.notifications.before_writing = []
    deliver(item.id, world.desk)
    letter = item.about["notification"]
    assert story(world, letter) == ["accepted", "available", "alerted", "sent", "delivered", "complained"]


def test_what_is_for_later_fares_likewise(world: World) -> None:
    letter = try_out(world, NO_ACCOUNT, available_from="2027-03-01T16:00:00Z")
    assert story(world, letter) == ["accepted"]
    world.clock.advance(hours=1)
    play(world)
    assert story(world, letter) == ["accepted", "waiting_for_account"]


def test_a_deadline_is_recorded_and_nobody_is_reminded(world: World) -> None:
    letter = try_out(world, deadline={"days": 5})
    for _ in range(6):
        world.clock.advance(days=1)
        play(world)
        play(world)
    assert story(world, letter)[-1] == "deadline_passed"
    assert world.mailer.sent == []


class TestNobodySeesIt:
    def test_neither_mailbox_nor_opening_nor_deadline_shows_it_to_the_citizen(self, world: World) -> None:
        current = enter(world, make_account(world))
        letter = try_out(world, deadline={"days": 5})
        page = inbox.look(
            current,
            cursor=None,
            unread=False,
            institution=None,
            portals=world.portals,
            notifications=world.notifications,
        )
        assert (page.items, page.unread_count) == ([], 0)
        same = {"portals": world.portals, "notifications": world.notifications, "holidays": world.holidays}
        for call in (
            lambda: inbox.open_notification(letter, current, clock=world.clock, **same),
            lambda: inbox.read(letter, current, **same),
            lambda: inbox.computation(letter, current, **same),
        ):
            with pytest.raises(NotFound):
                call()

    def test_neither_institution_sees_the_others(self, world: World) -> None:
        letter = try_out(world)
        posted, _ = post(world, reference="RES-1")
        assert posted.id != letter
        for number, other in ((letter, sender(None)), (posted.id, by_test_key())):
            with pytest.raises(NotFound):
                sent.show(number, other, notifications=world.notifications, holidays=world.holidays)
            with pytest.raises(NotFound):
                cancel(world, number, other)

    @pytest.mark.parametrize("is_registered", [True, False])
    def test_nothing_is_learnt_of_who_has_a_mailbox(self, world: World, is_registered: bool) -> None:
        if is_registered:
            make_account(world)
        posted, _ = post(world, by=by_test_key())
        assert posted.recipient.registered
        assert [looked_up(world, number) for number in (NUMBER, NO_ACCOUNT)] == [True, False]

    def test_an_account_that_opens_is_told_nothing_of_it(self, world: World) -> None:
        try_out(world, NO_ACCOUNT)
        assert world.notifications.waiting("demo", NO_ACCOUNT) == []


class TestRulesAreTheSame:
    def test_a_reference_stands_for_one_content(self, world: World) -> None:
        first, _ = post(world, by=by_test_key())
        assert post(world, by=by_test_key()) == (first, True)
        with pytest.raises(ReferenceTaken):
            post(world, by=by_test_key(), subject="Otro")

    def test_who_is_suspended_tries_nothing(self, world: World) -> None:
        with pytest.raises(InstitutionSuspended):
            post(world, by=by_test_key(status="suspended"))

    def test_quotas_are_its_own(self, world: World) -> None:
        post(world, by=by_test_key())
        assert {who for _, who in world.quotas.used} == {SHADOW.id}


def looked_up(world: World, number: str) -> bool:
    asked = LookedUp.model_validate({"kind": "cedula", "number": number, "portal": "demo"})
    return recipients.look_up(
        asked,
        by_test_key(),
        portals=world.portals,
        notifications=world.notifications,
        quotas=world.quotas,
        clock=world.clock,
    ).registered


def cancel(world: World, letter: str, by: Sender) -> None:
    sent.cancel(letter, by, notifications=world.notifications, holidays=world.holidays, clock=world.clock)


def _nothing() -> None:
    pass


def _crash() -> None:
    raise ConnectionError
