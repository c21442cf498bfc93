"""The queues of the lanes, and the feed's."""

import json

import pytest
from botocore.exceptions import ClientError

BULK = "arn:aws:sqs:us-east-1:123456789012:BulkQueue"


@pytest.fixture
def queues(services):
    return services.queues


@pytest.mark.parametrize(
    ("lane", "queue"), [("urgent", "UrgentQueue"), ("bulk", "BulkQueue"), ("release", "ReleaseQueue")]
)
def test_an_item_goes_to_the_queue_of_its_lane_by_its_id(queues, stage, lane, queue):
    queues.send(lane, "a" * 26)
    [message] = stage.queued(queue)
    assert json.loads(message.body) == {"id": "a" * 26}


def test_an_item_may_wait_in_its_queue(queues, stage):
    queues.send("release", "a" * 26, delay=900)
    [message] = stage.queued("ReleaseQueue")
    assert message.delayed_until - message.sent_timestamp > 890_000


def test_events_of_an_institution_go_in_one_message_of_its_own_group(queues, stage):
    events = [{"id": "a", "state": "ñ"}, {"id": "b"}]
    queues.send_events("one", events)
    [message] = stage.queued("FeedQueue.fifo")
    assert json.loads(message.body) == {"institution": "one", "events": events}
    assert message.group_id == "one"


def test_the_same_events_again_are_dropped_and_others_are_not(queues, stage):
    for events in ([{"id": "a"}], [{"id": "a"}], [{"id": "b"}]):
        queues.send_events("one", events)
    assert len(stage.queued("FeedQueue.fifo")) == 2


def test_the_same_events_of_another_institution_are_its_own(queues, stage):
    for institution in ("one", "two"):
        queues.send_events(institution, [{"id": "a"}])
    assert [message.group_id for message in stage.queued("FeedQueue.fifo")] == ["one", "two"]


def test_a_message_that_could_not_be_handled_comes_back_later(queues, stage):
    queues.send("bulk", "a" * 26)
    url = stage.environment["BULK_QUEUE"]
    [message] = stage.clients.sqs.receive_message(QueueUrl=url)["Messages"]
    queues.postpone(BULK, message["ReceiptHandle"], 900)
    [kept] = stage.queued("BulkQueue")
    assert kept.visible_at - kept.sent_timestamp > 890_000


def test_a_handle_that_sqs_does_not_know_is_said_so(queues):
    with pytest.raises(ClientError):
        queues.postpone(BULK, "unknown", 900)
