"""What becomes of the mails about notifications: in the timeline, on the account, and what follows from it."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import NOW, World
from tests.usecases.conftest import EMAIL, NUMBER, make_account, post
from ventanilla.domain.accounts import MOST_BOUNCES, Account
from ventanilla.domain.errors import Busy
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.mail_events import read_mail_event
from ventanilla.usecases.feedback import take_in
from ventanilla.usecases.mail import deliver

DETAILS: dict[str, dict[str, Any]] = {"Bounce": {"bounceType": "Permanent"}, "Send": {}}


@pytest.fixture
def letter(world: World) -> str:
    """A letter in an open mailbox, whose alert has gone out."""
    make_account(world)
    posted, _ = post(world)
    deliver(world.outbox.of("alert")[0].id, world.desk)
    return str(posted.id)


def said(kind: str, notification: str, mail: str = "mail-1", to: str = EMAIL, about: str = "alert", **more: Any) -> str:
    at = more.pop("at", NOW)
    tags = {"notification": [notification], "kind": [about]}
    return json.dumps(
        {
            "eventType": kind,
            "mail": {"timestamp": NOW.isoformat(), "messageId": mail, "destination": [to], "tags": tags},
            kind.lower(): {"timestamp": at.isoformat(), **DETAILS.get(kind, {}), **more},
        }
    )


def hear(world: World, *args: Any, **more: Any) -> str:
    told = read_mail_event(said(*args, **more))
    return take_in(told, notifications=world.notifications, accounts=world.accounts)


def fates(world: World, letter: str) -> list[tuple[str, str | None]]:
    return [(event, reason) for event, _, reason in world.notifications.threads[letter].timeline[3:]]


def account(world: World) -> Account:
    return world.accounts.kept["demo", NUMBER]


class TestTimeline:
    def test_what_becomes_of_the_alert_stands_beside_the_states(self, world: World, letter: str) -> None:
        for kind in ("Send", "Delivery", "Complaint"):
            hear(world, kind, letter)
        thread = world.notifications.threads[letter]
        assert fates(world, letter) == [("sent", None), ("delivered", None), ("complained", None)]
        assert (thread.state, thread.is_whole()) == ("alerted", True)
        assert [event for event, _ in thread.events] == ["accepted", "available", "alerted"]

    def test_the_hour_is_the_one_that_ses_tells(self, world: World, letter: str) -> None:
        hear(world, "Delivery", letter, at=NOW + timedelta(seconds=7))
        assert world.notifications.threads[letter].timeline[-1][1] == NOW + timedelta(seconds=7)

    def test_the_same_event_again_is_one_entry_and_another_mails_is_a_second(self, world: World, letter: str) -> None:
        for mail in ("mail-1", "mail-2", "mail-1", "mail-2"):
            hear(world, "Send", letter, mail)
        assert fates(world, letter) == [("sent", None)] * 2

    @pytest.mark.parametrize(
        ("kind", "reason"), [("Permanent", "permanent"), ("Transient", "transient"), ("Undetermined", "transient")]
    )
    def test_a_bounce_says_whether_it_is_for_good(self, world: World, letter: str, kind: str, reason: str) -> None:
        hear(world, "Bounce", letter, bounceType=kind)
        assert fates(world, letter) == [("bounced", reason)]

    def test_what_ses_refuses_to_send_is_a_bounce(self, world: World, letter: str) -> None:
        assert hear(world, "Reject", letter) == "bounced"
        assert fates(world, letter) == [("bounced", "permanent")]

    def test_others_who_write_meanwhile_do_no_harm(self, world: World, letter: str) -> None:
        world.notifications.before_writing = [lambda: hear(world, "Delivery", letter)]
        hear(world, "Send", letter)
        assert fates(world, letter) == [("delivered", None), ("sent", None)]
        assert world.notifications.threads[letter].is_whole()

    @pytest.mark.parametrize("about", ["reminder", "cancelled"])
    def test_only_the_alerts_fate_is_told(self, world: World, letter: str, about: str) -> None:
        hear(world, "Bounce", letter, about=about)
        assert fates(world, letter) == []
        assert account(world).email_status == "bounced"


class TestPassedOver:
    @pytest.mark.parametrize(
        "body",
        [
            "Successfully validated SNS topic for Amazon SES event publishing.",
            "[]",
            "{}",
            said("Open", "a" * 26),
            said("Delivery", "short"),
            said("Delivery", "a" * 26, about="reset"),
            said("Delivery", "a" * 26, mail="x" * 201),
            said("Delivery", "a" * 26, mail="a#b"),
        ],
    )
    def test_what_tells_nothing_is_no_failure(self, world: World, body: str) -> None:
        assert read_mail_event(body) is None
        assert take_in(None, notifications=world.notifications, accounts=world.accounts) == "passed over"

    def test_nor_is_what_no_notification_is_known_of(self, world: World) -> None:
        assert hear(world, "Delivery", "a" * 26) == "passed over"

    def test_nor_is_an_event_without_what_it_tells_of(self, world: World, letter: str) -> None:
        event = json.loads(said("Delivery", letter))
        del event["delivery"]
        told = read_mail_event(json.dumps(event))
        assert told is not None
        assert take_in(told, notifications=world.notifications, accounts=world.accounts) == "passed over"


class TestAddress:
    def test_a_bounce_counts_once_and_asks_for_the_data(self, world: World, letter: str) -> None:
        for _ in range(2):
            hear(world, "Bounce", letter)
        now = account(world)
        assert (now.bounces, now.email_status, now.todo) == (1, "bounced", ("check_data",))
        assert world.accounts.states[now.ref].todo == ("check_data",)

    def test_its_step_stands_in_its_place_among_those_that_wait(self, world: World) -> None:
        todo = ("second_factor_enrolment", "change_password", "security_questions")
        after = make_account(world, todo=todo).with_bounce("m", NOW)
        assert after.todo == ("second_factor_enrolment", "change_password", "check_data", "security_questions")
        assert after.with_bounce("n", NOW).todo == after.todo

    def test_a_delivery_ends_the_count_unless_a_mail_has_come_back_since(self, world: World, letter: str) -> None:
        hear(world, "Bounce", letter, at=NOW)
        hear(world, "Delivery", letter, "earlier", at=NOW - timedelta(seconds=1))
        assert account(world).bounces == 1
        hear(world, "Delivery", letter, "later", at=NOW + timedelta(seconds=1))
        assert (account(world).bounces, account(world).email_status) == (0, "ok")

    def test_what_comes_back_from_an_address_of_before_says_nothing_of_this_one(
        self, world: World, letter: str
    ) -> None:
        hear(world, "Bounce", letter, to="vieja@example.ec")
        assert account(world).email_status == "ok"
        assert fates(world, letter) == [("bounced", "permanent")]

    def test_case_does_not_matter(self, world: World, letter: str) -> None:
        hear(world, "Bounce", letter, to=EMAIL.upper())
        assert account(world).bounces == 1

    def test_a_new_address_begins_anew(self, world: World, letter: str) -> None:
        hear(world, "Bounce", letter)
        assert account(world).with_address("nueva@example.ec").email_status == "ok"

    def test_who_is_gone_counts_nothing(self, world: World, letter: str) -> None:
        world.accounts.keep(account(world).closed())
        assert hear(world, "Bounce", letter) == "bounced"

    def test_two_at_once_count_two(self, world: World, letter: str) -> None:
        world.accounts.before_writing = [lambda: hear(world, "Bounce", letter, "mail-2")]
        hear(world, "Bounce", letter, "mail-1")
        assert account(world).bounces == 2

    def test_if_others_never_stop_it_is_told_again_later(self, world: World, letter: str) -> None:
        world.accounts.before_writing = [
            lambda n=n: world.accounts.keep(account(world).with_bounce(f"m{n}", NOW)) for n in range(20)
        ]
        with pytest.raises(Busy):
            hear(world, "Bounce", letter)


class TestStopped:
    @pytest.fixture
    def stopped(self, world: World, letter: str) -> World:
        for number in range(MOST_BOUNCES):
            assert account(world).email_status != "stopped"
            hear(world, "Bounce", letter, f"mail-{number}")
        assert account(world).email_status == "stopped"
        world.mailer.sent.clear()
        return world

    def test_no_alert_goes_out_and_the_timeline_says_so_once(self, stopped: World) -> None:
        posted, _ = post(stopped, reference="RES-2")
        [item] = stopped.outbox.of("alert")
        assert deliver(item.id, stopped.desk) == ("alert", "not_owed")
        stopped.outbox.put(item)
        deliver(item.id, stopped.desk)
        thread = stopped.notifications.threads[posted.id]
        assert [event for event, _, _ in thread.timeline] == ["accepted", "available", "alert_withheld"]
        assert (thread.state, stopped.mailer.sent) == ("available", [])

    @pytest.mark.parametrize("kind", ["reminder", "cancelled", "released"])
    def test_nor_does_any_other_mail_in_bulk(self, stopped: World, letter: str, kind: str) -> None:
        thread = stopped.notifications.threads[letter]
        if kind == "cancelled":
            stopped.notifications.threads[letter] = thread.after(thread.next("cancelled", at=NOW, by="k1"))
        about = {"notification": letter, "date": "2027-03-05", "portal": "demo", "number": NUMBER, "count": "1"}
        item = OutboxItem(kind, about, NOW)
        stopped.outbox.put(item)
        assert deliver(item.id, stopped.desk) == (kind, "not_owed")

    def test_links_still_go_out(self, stopped: World) -> None:
        item = OutboxItem("reset", {"portal": "demo", "number": NUMBER}, NOW)
        stopped.outbox.put(item)
        deliver(item.id, stopped.desk)
        assert stopped.mailer.only.to == EMAIL
