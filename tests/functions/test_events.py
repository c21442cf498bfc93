"""The functions that no request reaches: relay, mail, release, feed, requeue."""

import copy
import json
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from tests.functions.conftest import EMAIL, EVENTS, INSTITUTION, NOTIFICATION, NUMBER, PASSWORD, bearer
from ventanilla.domain.accounts import Slot
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem

WHO = {"portal": "demo", "number": NUMBER}


def bodies(stage, queue):
    return [json.loads(message.body) for message in stage.queued(queue)]


def mails(stage):
    return [message_from_bytes(mail.raw_data.encode(), policy=default) for mail in stage.mails]


class TestRelay:
    def test_what_is_owed_goes_to_the_queue_of_its_lane(self, site, stage):
        assert site.handle("relay") == {"batchItemFailures": []}
        queues = ("UrgentQueue", "BulkQueue", "ReleaseQueue")
        assert [[body["id"][0] for body in bodies(stage, queue)] for queue in queues] == [["a"], ["b"], ["c"]]

    def test_a_letters_events_go_to_the_feed_in_one_message(self, site, stage):
        assert site.handle("relay.notifications") == {"batchItemFailures": []}
        [message] = bodies(stage, "FeedQueue.fifo")
        assert message["institution"] == INSTITUTION
        assert [event["state"] for event in message["events"]] == ["accepted", "available", "alerted"]

    def test_from_the_first_that_failed_on_the_stream_tells_again(self, site, stage, monkeypatch):
        send = site.services.queues.send

        def fail(lane, item_id, delay=0):
            if lane == "bulk":
                raise ConnectionError(f"for {EMAIL}")
            send(lane, item_id, delay)

        monkeypatch.setattr(site.services.queues, "send", fail)
        assert site.handle("relay") == {"batchItemFailures": [{"itemIdentifier": "4000000000000000000002"}]}
        assert bodies(stage, "ReleaseQueue") == []

    def test_other_records_tell_nothing(self, site, stage):
        event = copy.deepcopy(EVENTS["relay"])
        for record in event["Records"]:
            record["eventName"] = "REMOVE"
        assert site.handle("relay", event) == {"batchItemFailures": []}
        assert bodies(stage, "UrgentQueue") == []


class TestMail:
    def owe(self, site, kind, about=None):
        item = OutboxItem(kind, about or WHO, site.clock.now(), id="a" * 26)
        site.services.outbox.put(item)
        return item

    def kinds(self, site, institution, kind):
        """What must be there for a kind of mail to be owed, and what it is about."""
        if kind == "registration":
            application = site.application()
            return {"slot": application.slot, "application": application.id}
        account = site.account()
        if kind == "address_confirm":
            lives = site.clock.now() + timedelta(hours=24)
            slot = Slot("address", account.slot, random_id(), "demo", NUMBER, 1, lives, "nueva@gad.example.ec")
            site.services.slots.hold(slot, instead_of=None)
            return {**WHO, "id": slot.id}
        return {
            "taken": lambda: {"slot": (waits := site.application()).slot, "application": waits.id},
            "address_changed": lambda: {**WHO, "to": EMAIL, "new": "nueva@gad.example.ec"},
            "account_closed": lambda: {**WHO, "to": EMAIL, "locale": "es"},
            "released": lambda: {**WHO, "count": "2"},
        }.get(kind, lambda: WHO)()

    @pytest.mark.parametrize(
        ("kind", "subject", "link"),
        [
            ("registration", "Confirme su registro", "/verify#token=confirm."),
            ("taken", "Ya tiene una cuenta", "/demo/"),
            ("reset", "Restablezca su contraseña", "/reset#token=reset."),
            ("password_changed", "Su contraseña", None),
            ("address_confirm", "Confirme su", "/verify#token=address."),
            ("address_changed", "correo", None),
            ("account_closed", "cuenta", None),
            ("released", "notificaciones", "/demo/"),
        ],
    )
    def test_each_kind_is_written_and_sent(self, site, stage, institution, kind, subject, link):
        about = self.kinds(site, institution, kind)
        self.owe(site, "registration" if kind == "taken" else kind, about)
        assert site.handle("mail") == {"batchItemFailures": []}
        [mail] = mails(stage)
        text = mail.get_body(("plain",)).get_content()
        assert subject.lower() in mail["Subject"].lower()
        assert mail["To"] == ("nueva@gad.example.ec" if kind == "address_confirm" else EMAIL)
        assert link is None or f"https://ventanilla.example.ec{link}" in text
        assert mail.get_body(("html",)) is not None
        assert site.services.outbox.get("a" * 26) is None

    def test_an_alert_names_the_letter_and_not_what_it_says(self, site, stage, signer):
        site.account()
        signer.post()
        [item] = [item for item in site.services.outbox._row.scan() if item.kind == "alert"]
        event = copy.deepcopy(EVENTS["mail"])
        event["Records"][0]["body"] = json.dumps({"id": item.id})
        assert site.handle("mail", event) == {"batchItemFailures": []}
        [mail] = mails(stage)
        text = mail.get_body(("plain",)).get_content()
        assert "Municipio de Ejemplo" in text
        assert "RES-2027-0001" in text
        assert "resuelto" not in mail.as_string()
        assert "Resolución" not in mail.as_string()
        assert signer.show().json["state"] == "alerted"

    def test_what_is_no_longer_owed_is_no_failure(self, site, stage):
        assert site.handle("mail") == {"batchItemFailures": []}
        assert mails(stage) == []

    def test_a_poisoned_message_holds_up_no_other(self, site, stage, institution):
        self.owe(site, "reset")
        site.account()
        answer = site.handle("mail.poisoned")
        assert [one["itemIdentifier"][-1] for one in answer["batchItemFailures"]] == ["2"]
        assert len(mails(stage)) == 1

    def test_one_that_fails_comes_back_alone_and_later_each_time(self, site, monkeypatch):
        postponed = []
        monkeypatch.setattr(site.services.queues, "postpone", lambda *args: postponed.append(args))
        event = copy.deepcopy(EVENTS["mail.poisoned"])
        for received in (1, 2, 3, 8, 100):
            event["Records"][1]["attributes"]["ApproximateReceiveCount"] = str(received)
            site.handle("mail", event)
        arn = "arn:aws:sqs:us-east-1:123456789012:UrgentQueue"
        assert postponed == [(arn, "handle-2", seconds) for seconds in (15, 30, 60, 900, 900)]

    def test_a_whole_batch_that_fails_comes_back_message_by_message(self, site, log, monkeypatch):
        site.account()
        self.owe(site, "reset")
        send = {"send_email": lambda _, **call: (_ for _ in ()).throw(ConnectionError(f"for {call}"))}
        monkeypatch.setattr(site.services.desk.mailer, "_client", type("Down", (), send)())
        event = {"Records": EVENTS["mail"]["Records"][:1]}
        assert len(site.handle("mail", event)["batchItemFailures"]) == 1
        assert site.services.outbox.get("a" * 26) is not None
        [line] = log.lines
        assert (line["message"], line["error"]) == ("failed", "ConnectionError")
        assert any("mailer" in place or "mail.py" in place for place in line["trace"])

    def test_what_came_of_it_is_logged_by_kind(self, site, log):
        site.account()
        self.owe(site, "reset")
        site.handle("mail")
        assert [line["outcome"] for line in log.lines] == [["reset", "sent"], ["gone", "not_owed"]]


class TestRelease:
    def test_what_waited_becomes_available_and_a_mail_is_owed(self, site, signer):
        signer.post()
        token = site.enter(site.account())
        item = OutboxItem("release", WHO, site.clock.now(), id="ccccccccccccccccccccccccca")
        site.services.outbox.put(item)
        assert site.handle("release") == {"batchItemFailures": []}
        assert site.owed() == ["deadline", "released"]
        assert site.call("inbox.unauthenticated", headers=bearer(token)).json["unread_count"] == 1

    def test_what_is_no_longer_owed_is_no_failure(self, site):
        assert site.handle("release") == {"batchItemFailures": []}

    def test_a_poisoned_message_comes_back(self, site):
        assert len(site.handle("release.poisoned")["batchItemFailures"]) == 1


class TestFeed:
    def told(self, site):
        return [(number, event["state"]) for number, event in site.services.feed.backwards(INSTITUTION, None)]

    def test_events_are_numbered_in_their_order(self, site):
        assert site.handle("feed") == {"batchItemFailures": []}
        assert self.told(site) == [(3, "alerted"), (2, "available"), (1, "accepted")]

    def test_after_a_failure_all_that_follow_come_back_so_that_none_overtakes(self, site):
        answer = site.handle("feed.poisoned")
        assert [one["itemIdentifier"][-1] for one in answer["batchItemFailures"]] == ["2", "3"]
        assert self.told(site) == [(1, "accepted")]

    def test_a_whole_batch_that_fails_comes_back_without_a_word_of_it(self, site, monkeypatch):
        # an invocation that raised would print its error's message, and what it holds, to the log
        monkeypatch.setattr(site.services.feed, "append", lambda *_: (_ for _ in ()).throw(ConnectionError(PASSWORD)))
        assert [one["itemIdentifier"][-1] for one in site.handle("feed")["batchItemFailures"]] == ["1", "2"]


class TestRequeue:
    def test_what_is_overdue_is_queued_again(self, site, stage, log):
        for kind in ("reset", "alert", "release"):
            site.services.outbox.put(OutboxItem(kind, WHO, site.clock.now()))
        site.clock.advance(minutes=5)
        site.services.outbox.put(OutboxItem("reset", WHO, site.clock.now()))
        assert site.handle("requeue") == {"requeued": 3}
        assert [len(stage.queued(queue)) for queue in ("UrgentQueue", "BulkQueue", "ReleaseQueue")] == [1, 1, 1]
        assert log.lines[-1]["count"] == 3

    def test_it_is_not_queued_again_at_once(self, site):
        site.services.outbox.put(OutboxItem("reset", WHO, site.clock.now()))
        site.clock.advance(minutes=5)
        assert [site.handle("requeue")["requeued"] for _ in range(2)] == [1, 0]


def test_nothing_of_the_samples_is_of_a_real_person():
    assert NOTIFICATION in json.dumps(EVENTS["relay.notifications"])
    assert all("example" in word for event in EVENTS.values() for word in json.dumps(event).split('"') if "@" in word)
