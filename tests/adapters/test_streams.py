"""What the streams of the tables tell: of real records, and of those that tell nothing."""

import copy
import json

import pytest

from local.positions import Positions
from local.sources import StreamSource
from local.streams import StreamReader, to_record
from tests.adapters.conftest import NUMBER, PORTAL, make_letter, open_account, owed, post, thread_of
from tests.conftest import ROOT
from tests.fakes import NOW
from ventanilla.adapters.streams import read
from ventanilla.usecases.relay import Happened, Owed

RELAY = json.loads((ROOT / "events" / "relay.json").read_text(encoding="utf-8"))
NOTIFICATIONS = json.loads((ROOT / "events" / "relay.notifications.json").read_text(encoding="utf-8"))


class TestOutbox:
    def test_what_is_owed_is_told_with_its_lane_and_its_place(self):
        assert list(read(RELAY)) == [
            Owed("4000000000000000000001", "urgent", "a" * 26),
            Owed("4000000000000000000002", "bulk", "bbbbbbbbbbbbbbbbbbbbbbbbba"),
            Owed("4000000000000000000003", "release", "ccccccccccccccccccccccccca"),
        ]

    @pytest.mark.parametrize("name", ["MODIFY", "REMOVE"])
    def test_what_is_queued_again_or_done_is_not_told(self, name):
        event = copy.deepcopy(RELAY)
        event["Records"][0]["eventName"] = name
        assert [one.item_id[0] for one in read(event)] == ["b", "c"]

    def test_a_record_without_an_image_tells_nothing(self):
        event = copy.deepcopy(RELAY)
        del event["Records"][0]["dynamodb"]["NewImage"]
        assert len(list(read(event))) == 2


class TestTimelines:
    def test_a_letter_tells_that_it_was_accepted_and_what_it_was_born_as(self):
        letter, _ = read(NOTIFICATIONS)
        assert isinstance(letter, Happened)
        accepted, born = letter.events
        assert letter.institution == "municipio-ejemplo"
        assert (accepted["state"], born["state"]) == ("accepted", "available")
        assert accepted["at"] == born["at"] == "2027-03-01T15:00:00+00:00"
        assert (accepted["portal"], accepted["number"], accepted["entry"]) == (
            "demo",
            "1712345675",
            "01KJM5Q7G0ABCDEFGHJKMNPQRS",
        )

    def test_what_happened_next_is_told_by_its_own_id(self):
        _, alerted = read(NOTIFICATIONS)
        [event] = alerted.events
        assert event == {
            "id": f"{event['notification']}-1",
            "notification": "tcr6m6i7kkylqu4hzpzpticcr4",
            "reference": None,  # written down before a reference was kept beside what happened
            "state": "alerted",
            "at": "2027-03-01T15:00:05+00:00",
        }

    def test_nothing_is_told_of_what_the_letter_says(self):
        told = repr(list(read(NOTIFICATIONS)))
        assert "Resolución" not in told
        assert "resuelto" not in told

    def test_ids_are_told_apart(self):
        ids = [event["id"] for happened in read(NOTIFICATIONS) for event in happened.events]
        assert len(set(ids)) == 3


class TestRealRecords:
    """What the tables' own streams record of what the repositories write."""

    @pytest.fixture
    def follow(self, stage, services):
        """Follow a table's stream from now on, as the local runtime does; what it has told since."""

        def follow(table):
            reader = StreamReader(StreamSource("RelayFunction", table, latest=True), stage.clients, Positions())

            def told():
                records = reader.read(1000)
                return list(read({"Records": [to_record(record, reader.arn) for record in records]}))

            return told

        return follow

    def test_what_is_put_down_is_told_and_what_follows_is_not(self, follow, services):
        told = follow("OutboxTable")
        item = owed("alert")
        services.outbox.put(item)
        services.outbox.claim(item, item.due_at)
        services.outbox.done(item)
        assert [(one.lane, one.item_id) for one in told()] == [("bulk", item.id)]

    def test_what_is_owed_only_later_is_told_with_its_hour(self, follow, services):
        told = follow("OutboxTable")
        services.outbox.put(owed("scheduled", at=NOW))
        assert [(one.lane, one.at) for one in told()] == [("release", NOW)]

    def test_a_bounce_is_told_with_its_kind_and_a_withdrawal_without_its_reason(self, follow, services):
        told = follow("NotificationsTable")
        letter = make_letter(born="waiting_for_account")
        post(services, letter)
        for event, reason in (("bounced", "permanent"), ("cancelled", "por error")):
            thread = thread_of(services, letter)
            services.notifications.append(thread, thread.next(event, at=NOW, by="x", reason=reason))
        assert [event.get("reason") for one in told() for event in one.events][-2:] == ["permanent", None]

    def test_a_letter_of_a_test_key_is_told_in_the_feed_of_its_shadow_and_lies_in_a_mailbox_of_its_own(
        self, follow, services
    ):
        told = follow("NotificationsTable")
        post(services, make_letter(institution="test-municipio"))
        [happened] = told()
        assert happened.institution == "test-municipio"
        assert happened.events[0]["portal"] == f"test-municipio/{PORTAL}"

    def test_a_letter_for_later_is_told_to_be_accepted_and_no_more(self, follow, services):
        told = follow("NotificationsTable")
        post(services, make_letter(born="accepted"))
        assert [event["state"] for happened in told() for event in happened.events] == ["accepted"]

    def test_a_letters_life_is_told_and_mailboxes_are_not(self, follow, services):
        told = follow("NotificationsTable")
        open_account(services)
        letter = post(services, make_letter())
        thread = thread_of(services, letter)
        services.notifications.advance(thread, thread.next("opened", at=NOW, by="x"), before=("available",))
        services.feed.append("municipio-ejemplo", [{"id": "x"}])
        events = [event for happened in told() for event in happened.events]
        assert [event["state"] for event in events] == ["accepted", "available", "opened"]
        assert (events[0]["portal"], events[0]["number"], events[0]["entry"]) == (PORTAL, NUMBER, letter.entry)
        assert {event["reference"] for event in events} == {letter.reference}
