"""Webhooks: set by their institution, served in order, at least once, by one run at a time, and never for ever in vain."""

import dataclasses
from datetime import timedelta

import pytest

from tests.usecases.conftest import INSTITUTION, refusals, sender
from ventanilla.domain.errors import Busy, NotFound, Refused
from ventanilla.domain.institutions import Institution, trail_of
from ventanilla.domain.webhooks import MOST_EVENTS, owed_to
from ventanilla.schemas.webhooks import WebhookIn, WebhookResumed
from ventanilla.usecases import webhooks
from ventanilla.usecases.mail import deliver as send_mail
from ventanilla.usecases.relay import requeue
from ventanilla.usecases.webhook_delivery import deliver

URL = "https://eventos.ejemplo.gob.ec/v?token=secret"
ID = owed_to(INSTITUTION.id, None).id


def event(number):
    return {"id": f"n-{number}", "notification": "n", "state": "alerted", "at": "2027-03-01T15:00:00+00:00"}


def at_once(world):
    """What was owed because the institution said so."""
    return [item for item in world.outbox.of("webhook") if item.id != ID]


@pytest.fixture
def happen(world):
    """Let the feed grow, as the function `feed` does."""
    world.institutions.add(INSTITUTION)

    def happen(*numbers, institution=INSTITUTION.id):
        world.feed.append(institution, [event(number) for number in numbers])
        return webhooks.owe(institution, webhooks=world.webhooks, outbox=world.outbox, clock=world.clock)

    return happen


@pytest.fixture
def put(world):
    def put(url=URL, by=None):
        said = webhooks.put(
            INSTITUTION.id,
            WebhookIn(url=url),
            by or sender(None),
            webhooks=world.webhooks,
            feed=world.feed,
            accounts=world.accounts,
            audits=world.audits,
            clock=world.clock,
            loopback=False,
        )
        for item in at_once(world):  # what is owed at once, has its own tests
            world.outbox.done(item)
        return said

    return put


@pytest.fixture
def resume(world):
    return lambda after=None: webhooks.resume(
        INSTITUTION.id,
        WebhookResumed(after=after),
        sender(None),
        webhooks=world.webhooks,
        feed=world.feed,
        accounts=world.accounts,
        audits=world.audits,
        clock=world.clock,
    )


@pytest.fixture
def remove(world):
    return lambda: webhooks.remove(
        INSTITUTION.id,
        sender(None),
        webhooks=world.webhooks,
        accounts=world.accounts,
        audits=world.audits,
        clock=world.clock,
    )


@pytest.fixture
def run(world):
    return lambda item_id=ID: deliver(
        item_id,
        outbox=world.outbox,
        webhooks=world.webhooks,
        institutions=world.institutions,
        feed=world.feed,
        courier=world.courier,
        queues=world.queues,
        clock=world.clock,
    )


@pytest.fixture
def webhook(world):
    return lambda: world.webhooks.kept[INSTITUTION.id]


class TestSetting:
    def test_a_first_one_begins_with_what_happens_from_now_on(self, happen, put, run, world):
        assert happen(1, 2) is False
        assert put().delivered == "2"
        happen(3)
        assert run() == "delivered"
        assert world.courier.events == ["n-3"]

    def test_another_address_goes_on_where_the_first_stood(self, happen, put, run, world):
        put()
        happen(1)
        run()
        put("https://otra.ejemplo.gob.ec/")
        happen(2)
        run()
        assert world.courier.urls == [URL, "https://otra.ejemplo.gob.ec/"]
        assert world.courier.events == ["n-1", "n-2"]

    def test_an_address_that_is_not_public_https_is_refused(self, put):
        with pytest.raises(Refused) as refused:
            put("https://127.0.0.1/")
        assert refusals(refused.value) == [("url", "webhook_url")]

    def test_nobody_sees_or_sets_another_institutions(self, put, world):
        other = sender(None, Institution("otro-municipio", "Otro"))
        with pytest.raises(NotFound):
            put(by=other)
        put()
        with pytest.raises(NotFound):
            webhooks.show(INSTITUTION.id, other, webhooks=world.webhooks)

    def test_what_was_done_to_it_is_audited_with_who_did(self, put, resume, remove, world):
        put()
        resume()
        remove()
        trail = world.audits.trail(trail_of(INSTITUTION.id))
        assert [entry.act for entry in trail] == ["webhook_set", "webhook_resumed", "webhook_removed"]
        assert {entry.by for entry in trail} == {f"{INSTITUTION.id}.k1"}
        assert "secret" not in str(trail)

    def test_without_one_there_is_nothing_to_see_resume_or_remove(self, resume, remove, world):
        for ask in (resume, remove, lambda: webhooks.show(INSTITUTION.id, sender(None), webhooks=world.webhooks)):
            with pytest.raises(NotFound):
                ask()

    def test_a_change_that_comes_between_is_not_lost(self, happen, put, webhook, world):
        put()
        happen(1)
        held = webhook()
        world.webhooks.meanwhile = lambda: world.webhooks.kept.update(
            {INSTITUTION.id: dataclasses.replace(held, delivered=1)}
        )
        assert put("https://otra.ejemplo.gob.ec/").delivered == "1"

    def test_where_others_never_stop_it_gives_up(self, put, world, monkeypatch):
        monkeypatch.setattr(world.webhooks, "put", lambda *_, **__: False)
        with pytest.raises(Busy):
            put()


class TestDelivering:
    def test_events_come_in_order_with_the_place_after_them(self, happen, put, run, world, webhook):
        put()
        happen(1, 2)
        happen(3)
        assert run() == "delivered"
        [call] = world.courier.given
        assert (call["institution"], call["next"]) == (INSTITUTION.id, "3")
        assert [one["id"] for one in call["items"]] == ["n-1", "n-2", "n-3"]
        assert call["items"][0]["at"] == "2027-03-01T15:00:00.000Z"
        assert webhook().delivered == 3
        assert world.outbox.items == {}
        assert webhook().lease is None

    def test_no_call_has_more_than_a_hundred(self, happen, put, run, world):
        put()
        happen(*range(MOST_EVENTS + 20))
        assert run() == "delivered"
        assert [len(call["items"]) for call in world.courier.given] == [MOST_EVENTS, 20]

    def test_what_one_run_leaves_the_next_goes_on_with(self, happen, put, run, world):
        put()
        happen(*range(MOST_EVENTS * 5))
        assert run() == "more"
        assert world.queues.sent == [("webhook", ID)]
        assert run() == "delivered"
        assert len(world.courier.events) == len(set(world.courier.events)) == MOST_EVENTS * 5

    def test_an_event_that_comes_while_it_ends_is_not_lost(self, happen, put, run, world):
        put()
        happen(1)
        forwards = world.feed.forwards

        def last_look(institution, after, limit):
            found = forwards(institution, after, limit)
            if not found:  # it has looked, and found nothing more; only now another event is put down
                world.feed.forwards = forwards
                happen(2)
            return found

        world.feed.forwards = last_look
        assert run() == "more"
        assert run() == "delivered"
        assert world.courier.events == ["n-1", "n-2"]

    def test_who_dies_after_the_call_posts_the_same_again(self, happen, put, run, world, monkeypatch):
        put()
        happen(1)

        def die():
            raise SystemExit

        world.courier.between = die
        with pytest.raises(SystemExit):
            run()
        assert run() == "held"  # by the dead one, for a while
        world.clock.advance(seconds=90)
        assert run() == "delivered"
        assert world.courier.events == ["n-1", "n-1"]

    def test_two_runs_do_not_run_at_once(self, happen, put, run, world):
        put()
        happen(1)
        outcomes = []
        world.courier.between = lambda: outcomes.append(run())
        assert run() == "delivered"
        assert outcomes == ["held"]
        assert world.courier.events == ["n-1"]

    def test_of_two_that_take_it_at_the_same_time_one_does(self, happen, put, run, world, webhook):
        put()
        happen(1)
        taken = webhook().taken("other", world.clock.now())
        world.webhooks.meanwhile = lambda: world.webhooks.kept.update({INSTITUTION.id: taken})
        assert run() == "held"
        assert world.courier.given == []

    def test_a_run_ends_where_the_address_was_changed_meanwhile(self, happen, put, run, world, webhook):
        put()
        happen(1)
        world.courier.between = lambda: put("https://otra.ejemplo.gob.ec/")
        assert run() == "superseded"
        assert webhook().delivered == 0
        assert run() == "delivered"  # to the new one, which may have it again

    def test_where_there_is_none_any_more_nothing_is_owed(self, happen, put, remove, run, world):
        put()
        happen(1)
        remove()
        assert run() == "not_wanted"
        assert world.outbox.items == {}
        assert run() == "done"

    def test_other_institutions_events_stay_where_they_are(self, happen, put, run, world):
        put()
        happen(1)
        assert happen(2, institution="otro-municipio") is False
        run()
        assert world.courier.events == ["n-1"]


class TestFailing:
    def test_it_stays_owed_and_is_tried_again(self, happen, put, run, world, webhook):
        put()
        happen(1)
        world.courier.errors = ["timeout"]
        assert run() == "failed"
        assert (webhook().status, webhook().last_error, webhook().lease) == ("failing", "timeout", None)
        world.clock.advance(minutes=4)
        assert requeue(outbox=world.outbox, queues=world.queues, clock=world.clock) == 0
        world.clock.advance(minutes=1)
        assert requeue(outbox=world.outbox, queues=world.queues, clock=world.clock) == 1
        assert run() == "delivered"
        assert (webhook().status, webhook().failing_since) == ("active", None)
        assert world.courier.events == ["n-1"]

    def test_what_follows_does_not_overtake_it(self, happen, put, run, world):
        put()
        happen(1)
        world.courier.errors = ["status-503"]
        run()
        happen(2)
        run()
        assert world.courier.events == ["n-1", "n-2"]

    def fail_for(self, world, run, hours):
        """Let it fail, with the schedule that queues it again; what each try came to."""
        outcomes, end = [], world.clock.now() + timedelta(hours=hours)
        while world.clock.now() <= end:
            world.courier.errors = ["timeout"]
            outcomes.append(run())
            world.clock.advance(minutes=5)
            while not requeue(outbox=world.outbox, queues=world.queues, clock=world.clock) and ID in world.outbox.items:
                world.clock.advance(minutes=5)
            if outcomes[-1] != "failed":
                break
        return outcomes

    def test_after_an_hour_its_contact_is_told_once(self, happen, put, run, world):
        put()
        happen(1)
        self.fail_for(world, run, 6)
        [mail] = world.outbox.of("webhook_failing")
        assert mail.about["email"] == INSTITUTION.contact["email"]
        assert mail.about["url"] == "https://eventos.ejemplo.gob.ec/v"
        send_mail(mail.id, world.desk)
        assert world.mailer.only.to == INSTITUTION.contact["email"]

    def test_after_a_day_it_is_paused_its_contact_told_and_nothing_tried_any_more(
        self, happen, put, run, world, webhook
    ):
        put()
        happen(1)
        outcomes = self.fail_for(world, run, 30)
        assert outcomes[-1] == "paused"
        assert outcomes.count("paused") == 1
        assert webhook().status == "paused"
        assert len(world.outbox.of("webhook_paused")) == 1
        assert ID not in world.outbox.items
        assert happen(2) is False

    def test_it_resumes_where_it_stood(self, happen, put, run, resume, world):
        put()
        happen(1)
        self.fail_for(world, run, 30)
        happen(2)
        world.courier.errors = []
        assert resume().status == "active"
        assert run(at_once(world)[0].id) == "delivered"
        assert world.courier.events == ["n-1", "n-2"]

    def test_it_replays_from_any_place(self, happen, put, run, resume, world):
        put()
        happen(1, 2, 3)
        run()
        resume("1")
        assert run(at_once(world)[0].id) == "delivered"
        assert world.courier.events == ["n-1", "n-2", "n-3", "n-2", "n-3"]

    def test_it_does_not_wait_for_the_next_try(self, happen, put, run, resume, world):
        put()
        happen(1)
        world.courier.errors = ["timeout"]
        run()
        resume()
        [item] = at_once(world)  # new, so that the stream tells it at once
        assert run(item.id) == "delivered"
        assert at_once(world) == []
        assert run() == "delivered"  # the usual one, when its time comes
        assert (world.courier.events, world.outbox.items) == (["n-1"], {})

    def test_where_it_fails_again_it_goes_on_as_usual_and_only_once(self, happen, put, run, resume, world):
        put()
        happen(1)
        for _ in range(3):
            world.courier.errors = ["timeout"]
            resume()
            assert run(at_once(world)[0].id) == "failed"
        assert world.outbox.kinds == ["webhook"]
        assert ID in world.outbox.items

    @pytest.mark.parametrize("after", ["4", "-1", "x", "9" * 20])
    def test_a_place_that_the_feed_has_not_is_refused(self, happen, put, resume, after):
        put()
        happen(1, 2, 3)
        with pytest.raises(Refused) as refused:
            resume(after)
        assert refusals(refused.value) == [("after", "cursor")]

    def test_without_an_address_nobody_is_told_and_it_is_paused_all_the_same(self, happen, put, run, world, webhook):
        happen()
        world.institutions.kept[INSTITUTION.id] = dataclasses.replace(INSTITUTION, contact={})
        put()
        happen(1)
        self.fail_for(world, run, 30)
        assert webhook().status == "paused"
        assert world.outbox.kinds == []
