"""A process may die, or a call to AWS fail, at any call: what is told again is done, and nothing is done twice.

Each test runs a function once for each call that it makes, and lets that call be the one where it goes wrong: the
process dies there; the call is refused; the call is carried out, and its answer lost. Then the event comes again.
"""

import importlib
import json
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from unittest.mock import patch

import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import PynamoDBException

from local.outbox import read_mail
from local.positions import Positions
from local.sources import StreamSource
from local.streams import StreamReader, to_record
from tests.adapters.conftest import (
    NUMBER,
    PORTAL,
    make_account,
    make_application,
    make_letter,
    open_account,
    owed,
    post,
    thread_of,
)
from tests.fakes import NOW
from ventanilla.adapters import outbox
from ventanilla.domain.accounts import Slot
from ventanilla.domain.institutions import Institution
from ventanilla.domain.notifications import Deadline, Recipient, notification_id
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.sent import list_sent

pytestmark = pytest.mark.slow

MUNICIPIO = "municipio-ejemplo"
MONTH = f"{NOW:%Y-%m}"
ADDRESS = "ana@example.ec"
QUEUES = {"urgent": "UrgentQueue", "bulk": "BulkQueue", "release": "ReleaseQueue"}
FIVE_MINUTES = timedelta(minutes=5)
_MOST_CALLS = 60
_REDELIVERIES = 4


class Died(BaseException):
    """The process is gone: no `except Exception` of its own sees that."""


def die(call):
    raise Died


def refuse(call):
    raise ClientError({"Error": {"Code": "InternalServerError", "Message": "try again"}}, "Anything")


def lose(call):
    call()
    raise ReadTimeoutError(endpoint_url="https://aws.example")


@contextmanager
def going_wrong(at, fate):
    """Let the call of this number, counted from one, go wrong; the calls that are made."""
    made = []
    make = BaseClient._make_api_call  # type: ignore[attr-defined]  # botocore's, and in no stub

    def call(client, operation, sent):
        made.append(operation)
        return fate(lambda: make(client, operation, sent)) if len(made) == at else make(client, operation, sent)

    with patch.object(BaseClient, "_make_api_call", call):
        yield made


@pytest.fixture(params=[die, refuse, lose], ids=["dies", "is_refused", "loses_the_answer"])
def crashes(request, services, stage):
    """Go through all places where a function may fail: `prepare` empty stores, `run`, and yield what was prepared."""
    return _places(services, stage, request.param)


@pytest.fixture
def deaths(services, stage):
    """The same, but the process dies each time."""
    return _places(services, stage, die)


def _places(services, stage, fate):
    def go(prepare, run):
        for at in range(1, _MOST_CALLS):
            stage.clear()
            services.clock.at = NOW
            prepared = prepare()
            services.__dict__.pop("keys", None)  # a new process knows none, while templates may as well be kept
            services.__dict__["desk"] = replace(services.desk, keys=services.keys)
            with going_wrong(at, fate) as made:
                _once(run, prepared)
            services.dynamo.forget()
            yield prepared
            if len(made) < at:  # nothing went wrong any more: this was an event that is told again after all is done
                assert at > 1
                return
        pytest.fail(f"more than {_MOST_CALLS} calls")

    return go


def _once(run, prepared):
    with suppress(Died, ClientError, ReadTimeoutError, PynamoDBException):  # it is made again
        run(prepared)


def function(name):
    handler = importlib.import_module(f"functions.{name}.app").handler
    return lambda event: handler(event, SimpleNamespace(aws_request_id="request-1"))


def messages(queue, *bodies):
    """A batch of a queue, as Lambda hands it over."""
    return {
        "Records": [
            {
                "messageId": f"message-{place}",
                "receiptHandle": f"handle-{place}",
                "body": json.dumps(body),
                "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": MUNICIPIO},
                "messageAttributes": {},
                "eventSource": "aws:sqs",
                "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
                "awsRegion": "us-east-1",
            }
            for place, body in enumerate(bodies)
        ]
    }


def again(name, event):
    """Tell a function the whole event once more, as after a crash, and then what it says has failed."""
    for _ in range(_REDELIVERIES):
        answer = function(name)(event)
        failed = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        if not failed:
            return
        event = {"Records": [record for record in event["Records"] if record["messageId"] in failed]}
    pytest.fail(f"{name} goes on failing")


def left_over(services):
    return sorted(item.kind for item in services.outbox.due(NOW + timedelta(days=1)))


class TestMail:
    """Each kind of mail: it goes out, at most once more than it should, and the same both times."""

    @pytest.fixture
    def prepare(self, services):
        def owe(kind, **about):
            item = owed(kind, about=about)
            services.outbox.put(item)
            return item

        def registration(*, taken=False, **changes):
            if taken:
                open_account(services)
            application = make_application(**changes)
            services.applications.submit(application, None)
            return owe("registration", slot=application.slot, application=application.id)

        def account(kind, **about):
            open_account(services)
            return owe(kind, portal=PORTAL, number=NUMBER, **about)

        def waiting():
            services.applications.submit(make_application(), None)
            return owe("reset", portal=PORTAL, number=NUMBER)

        def address():
            open_account(services)
            slot = Slot(
                "address", make_account().slot, "i" * 26, PORTAL, NUMBER, 1, NOW + timedelta(hours=2), "new@example.ec"
            )
            services.slots.hold(slot, instead_of=None)
            return owe("address_confirm", portal=PORTAL, number=NUMBER, id=slot.id)

        return {
            "a_confirmation": registration,
            "a_confirmation_whose_link_has_died": lambda: registration(link_expires_at=NOW),
            "a_taken_number": lambda: registration(taken=True),
            "a_reset": lambda: account("reset"),
            "a_reset_of_who_waits_for_confirmation": waiting,
            "a_changed_password": lambda: account("password_changed"),
            "a_new_address": address,
            "a_changed_address": lambda: account("address_changed", to=ADDRESS, new="new@example.ec"),
            "a_closed_account": lambda: owe("account_closed", portal=PORTAL, to=ADDRESS, locale="es"),
            "a_release": lambda: account("released", count="3"),
        }

    @pytest.fixture
    def check(self, services, stage):
        def check(prepare, crashes):
            mail = function("mail")
            for item in crashes(prepare, lambda item: mail(messages("UrgentQueue", {"id": item.id}))):
                before = len(stage.mails)
                again("mail", messages("UrgentQueue", {"id": item.id}))
                sent = [read_mail(message, "") for message in stage.mails]
                assert max(1, before) <= len(sent) <= before + 1
                assert len({(one.to, one.subject, one.text) for one in sent}) == 1
                assert left_over(services) == []
                counted = [row["items"]["SS"] for row in stage.items("TokensTable") if "items" in row]
                assert counted in ([], [[item.id]]), "a mail that was tried twice counts once"

        return check

    @pytest.mark.parametrize(
        "kind", ["a_confirmation", "a_confirmation_whose_link_has_died", "a_reset", "a_new_address"]
    )
    def test_a_link_that_is_owed_goes_out_and_a_repeated_one_is_the_same(self, prepare, crashes, check, kind):
        check(prepare[kind], crashes)

    @pytest.mark.parametrize(
        "kind",
        [
            "a_taken_number",
            "a_reset_of_who_waits_for_confirmation",
            "a_changed_password",
            "a_changed_address",
            "a_closed_account",
            "a_release",
        ],
    )
    def test_a_message_that_is_owed_goes_out_and_a_repeated_one_is_the_same(self, prepare, deaths, check, kind):
        check(prepare[kind], deaths)

    def test_what_was_done_before_the_crash_is_not_done_again(self, services, stage, crashes):
        def prepare():
            items = [
                owed("account_closed", about={"portal": PORTAL, "to": f"{n}@example.ec", "locale": "es"}) for n in "abc"
            ]
            for item in items:
                services.outbox.put(item)
            return messages("UrgentQueue", *({"id": item.id} for item in items))

        for event in crashes(prepare, function("mail")):
            again("mail", event)
            sent = Counter(read_mail(message, "").to for message in stage.mails)
            assert set(sent) == {"a@example.ec", "b@example.ec", "c@example.ec"}
            assert sent.total() <= 4
            assert left_over(services) == []

    def test_the_timeline_tells_of_one_alert(self, services, stage, crashes):
        def prepare():
            open_account(services)
            item = owed("alert", about={"notification": make_letter().id})
            return post(services, make_letter(), owed=item), messages("BulkQueue", {"id": item.id})

        for letter, event in crashes(prepare, lambda prepared: function("mail")(prepared[1])):
            before = len(stage.mails)
            again("mail", event)
            assert max(1, before) <= len(stage.mails) <= before + 1
            assert [state for state, _ in thread_of(services, letter).events] == ["accepted", "available", "alerted"]
            entries, status = services.notifications.page(PORTAL, NUMBER, before=None, unread=False, limit=10)
            assert [entry.state for entry in entries] == ["alerted"]
            assert status.unread == 1
            assert left_over(services) == []


class TestFeedback:
    def test_what_became_of_a_mail_is_told_and_counted_once(self, services, crashes):
        def prepare():
            account = open_account(services)
            letter = post(services, make_letter())
            told = messages(
                "FeedbackQueue",
                *(ses_event(kind, letter.id, account.email) for kind in ("Send", "Bounce", "Complaint")),
            )
            return letter, told

        for letter, event in crashes(prepare, lambda prepared: function("feedback")(prepared[1])):
            again("feedback", event)
            thread = thread_of(services, letter)
            assert sorted(moment.event for moment in thread.moments) == ["bounced", "complained", "sent"]
            assert thread.is_whole()
            account = services.accounts.get(PORTAL, NUMBER)
            assert (account.bounces, account.todo) == (1, ("check_data",))


class TestSimulator:
    def test_what_is_only_tried_is_played_once(self, services, stage, crashes):
        number = notification_id(f"test-{MUNICIPIO}", "RES-1")
        opens_by_itself = Recipient(PORTAL, "cedula", "3000000046")
        tried = make_letter(id=number, institution=f"test-{MUNICIPIO}", recipient=opens_by_itself)

        def prepare():
            item = owed("alert", about={"notification": number})
            post(services, tried, owed=item)
            return messages("BulkQueue", {"id": item.id})

        for event in crashes(prepare, function("mail")):
            again("mail", event)
            told = ["accepted", "available", "alerted", "sent", "delivered"]
            assert [event for event, _, _ in thread_of(services, tried).timeline] == told
            [opening] = services.outbox.due(NOW + FIVE_MINUTES)
            services.clock.at = NOW + timedelta(seconds=5)
            for _ in range(2):
                again("release", messages("ReleaseQueue", {"id": opening.id}))
            assert [event for event, _, _ in thread_of(services, tried).timeline] == [*told, "opened"]
            assert (stage.mails, left_over(services)) == ([], [])


def ses_event(kind, notification, to):
    """What SES says of an alert's mail."""
    at = NOW.isoformat()
    tags = {"notification": [notification], "kind": ["alert"]}
    mail = {"timestamp": at, "messageId": "mail-1", "destination": [to], "tags": tags}
    return {"eventType": kind, "mail": mail, kind.lower(): {"timestamp": at, "bounceType": "Permanent"}}


class TestRelease:
    def test_what_waited_becomes_available_once_and_one_mail_is_owed(self, services, stage, crashes):
        def prepare():
            letters = [
                post(services, make_letter(reference, born="waiting_for_account", deadline=Deadline(None, 5)))
                for reference in ("RES-1", "RES-2")
            ]
            open_account(services)
            item = owed("release", about={"portal": PORTAL, "number": NUMBER})
            services.outbox.put(item)
            return letters, messages("ReleaseQueue", {"id": item.id})

        for letters, event in crashes(prepare, lambda prepared: function("release")(prepared[1])):
            again("release", event)
            for letter in letters:
                states = [state for state, _ in thread_of(services, letter).events]
                assert states == ["accepted", "waiting_for_account", "available"]
            entries, status = services.notifications.page(PORTAL, NUMBER, before=None, unread=False, limit=10)
            assert [entry.state for entry in entries] == ["available"] * 2
            assert [entry.deadline.date for entry in entries] == ["2027-03-08"] * 2
            unread, _ = services.notifications.page(PORTAL, NUMBER, before=None, unread=True, limit=10)
            assert (status.unread, len(unread)) == (2, 2)
            [released] = services.outbox.due(NOW + FIVE_MINUTES)
            assert (released.kind, released.about["count"]) == ("released", "2")
            again("mail", messages("BulkQueue", {"id": released.id}))
            assert len(stage.mails) == 1
            assert left_over(services) == []


class TestRelay:
    """What the streams record is told from the record on that the function names, or all of it if it names none."""

    @pytest.fixture
    def follow(self, stage):
        def follow(table):
            reader = StreamReader(StreamSource("RelayFunction", table, latest=True), stage.clients, Positions())
            return lambda: {"Records": [to_record(record, reader.arn) for record in reader.read(1000)]}

        return follow

    @staticmethod
    def tell(event, progress):
        """Invoke once; what is to be told again is what has not been reported as done."""
        [failure] = function("relay")(event)["batchItemFailures"] or [None]
        numbers = [record["dynamodb"]["SequenceNumber"] for record in event["Records"]]
        progress["left"] = event["Records"][numbers.index(failure["itemIdentifier"]) :] if failure else []

    def tell_the_rest(self, progress):
        for _ in range(_REDELIVERIES):
            if not progress["left"]:
                return
            self.tell({"Records": progress["left"]}, progress)
        pytest.fail("relay goes on failing")

    def test_what_is_owed_is_queued_in_its_lane(self, services, stage, follow, crashes):
        def prepare():
            told = follow("OutboxTable")
            items = [owed(kind) for kind in ("reset", "alert", "release", "registration")]
            for item in items:
                services.outbox.put(item)
            event = told()
            return items, event, {"left": event["Records"]}

        for items, _, progress in crashes(prepare, lambda prepared: self.tell(*prepared[1:])):
            self.tell_the_rest(progress)
            queued = {
                lane: Counter(json.loads(one.body)["id"] for one in stage.queued(QUEUES[lane])) for lane in QUEUES
            }
            assert {lane: set(queued[lane]) for lane in QUEUES} == {
                lane: {item.id for item in items if item.lane == lane} for lane in QUEUES
            }
            assert max(max(counted.values()) for counted in queued.values()) <= 2

    def test_what_happened_is_queued_for_the_feed_in_its_order(self, services, stage, follow, crashes):
        def prepare():
            told = follow("NotificationsTable")
            open_account(services)
            for reference in ("RES-1", "RES-2"):
                for institution in (MUNICIPIO, "registro"):
                    post(services, make_letter(f"{institution}-{reference}", institution=institution))
            event = told()
            return event, {"left": event["Records"]}

        for _, progress in crashes(prepare, lambda prepared: self.tell(*prepared)):
            self.tell_the_rest(progress)
            told = [json.loads(one.body) for one in stage.queued("FeedQueue.fifo")]
            for institution in (MUNICIPIO, "registro"):
                events = [event["id"] for one in told if one["institution"] == institution for event in one["events"]]
                letters = [make_letter(f"{institution}-{reference}").id for reference in ("RES-1", "RES-2")]
                assert list(dict.fromkeys(events)) == [f"{one}-{part}" for one in letters for part in ("0", "born")]
                assert max(Counter(events).values()) <= 2


class TestFeed:
    def test_events_are_numbered_without_gaps_in_their_order_and_listed_once(self, services, crashes):
        def prepare():
            open_account(services)
            letters = [post(services, make_letter(reference)) for reference in ("RES-1", "RES-2")]
            bodies = [{"institution": MUNICIPIO, "events": [accepted(letter), born(letter)]} for letter in letters]
            return letters, messages("FeedQueue.fifo", *bodies)

        def accepted(letter):
            where = {"portal": PORTAL, "number": NUMBER, "entry": letter.entry}
            said = {"notification": letter.id, "state": "accepted", "at": NOW.isoformat()}
            return {"id": f"{letter.id}-0", **said, **where}

        def born(letter):
            return {"id": f"{letter.id}-born", "notification": letter.id, "state": "available"}

        for letters, event in crashes(prepare, lambda prepared: function("feed")(prepared[1])):
            again("feed", event)
            told = list(services.feed.backwards(MUNICIPIO, None))[::-1]
            assert [number for number, _ in told] == list(range(1, len(told) + 1))
            ids = [one["id"] for _, one in told]
            assert ids == [f"{one.id}-{part}" for one in letters for part in ("0", "born")]
            for whole, _ in (services.counts.of(MUNICIPIO, MONTH), services.counts.of_platform(MONTH)):
                assert whole.counted == {"sent": 2}
            sender = Sender(Institution(MUNICIPIO, "Municipio", {}, (PORTAL,)), "k1")
            listed = list_sent(None, sender, notifications=services.notifications, feed=services.feed)
            assert sorted(line.id for line in listed.items) == sorted(letter.id for letter in letters)


class TestRequeue:
    """What no relay ever queued, since it died or its stream was lost."""

    @pytest.fixture(autouse=True)
    def few_shards(self):
        with patch.object(outbox, "SHARDS", 2):  # a run asks each; how it dies does not depend on how many there are
            yield

    @pytest.fixture
    def never_queued(self, services):
        def prepare():
            items = [owed(kind) for kind in ("reset", "alert", "release")]
            for item in items:
                services.outbox.put(item)
            services.clock.advance(minutes=5)
            return items

        return prepare

    @staticmethod
    def queued(stage):
        found = [stage.queued(queue) for queue in QUEUES.values()]
        return Counter(json.loads(message.body)["id"] for queue in found for message in queue)

    def test_what_was_never_queued_is_queued_after_five_minutes(self, services, stage, never_queued):
        items = never_queued()
        services.clock.at -= timedelta(microseconds=1)
        assert function("requeue")({}) == {"requeued": 0}
        services.clock.at = NOW + FIVE_MINUTES
        assert function("requeue")({}) == {"requeued": 3}
        assert self.queued(stage) == {item.id: 1 for item in items}

    def test_whatever_becomes_of_one_run_the_next_queues_the_rest(self, services, stage, never_queued, crashes):
        for items in crashes(never_queued, lambda _: function("requeue")({})):
            services.clock.advance(minutes=5)
            function("requeue")({})
            queued = self.queued(stage)
            assert set(queued) == {item.id for item in items}
            assert max(queued.values()) <= 2

    def test_a_run_that_dies_puts_off_no_more_than_the_one_item_that_it_was_at(
        self, services, stage, never_queued, crashes
    ):
        for _ in crashes(never_queued, lambda _: function("requeue")({})):
            function("requeue")({})
            assert len(self.queued(stage)) >= 2
