"""Batches, partial failures, retries: what Lambda's event source mappings do."""

from contextlib import nullcontext
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pytest

from local.activity import Activity
from local.platform import Platform
from local.positions import Positions
from local.runtime import InvocationFailed
from local.sources import StreamSource
from local.streams import StreamPoller
from local.workers import run_batch


def failing(*ids):
    return {"batchItemFailures": [{"itemIdentifier": item} for item in ids]}


@pytest.mark.parametrize(
    ("answer", "failed"),
    [
        (None, set()),
        ({}, set()),
        ({"batchItemFailures": None}, set()),
        (failing(), set()),
        (failing("b"), {"b"}),
        (failing("a", "c"), {"a", "c"}),
        (failing("unknown"), {"a", "b", "c"}),
        (failing(""), {"a", "b", "c"}),
        (failing(None), {"a", "b", "c"}),
        ({"batchItemFailures": [{"id": "a"}]}, {"a", "b", "c"}),
        ({"batchItemFailures": "a"}, {"a", "b", "c"}),
        ("done", {"a", "b", "c"}),
    ],
)
def test_what_an_answer_reports_as_failed(answer, failed):
    assert run_batch(lambda *_: answer, "f", [1, 2, 3], ["a", "b", "c"], partial=True) == failed


def test_without_reporting_the_answer_means_nothing():
    assert run_batch(lambda *_: failing("a"), "f", [1], ["a"], partial=False) == set()


def test_an_exception_fails_all():
    def invoke(*_):
        raise InvocationFailed("f", "ValueError", "no")

    assert run_batch(invoke, "f", [1, 2], ["a", "b"], partial=True) == {"a", "b"}


class Stream:
    """The clients of one shard."""

    def __init__(self, *keys: str) -> None:
        self.keys = keys
        self.sent: list[Any] = []

    def describe_table(self, **_):
        return {"Table": {"LatestStreamArn": "arn:stream"}}

    def describe_stream(self, **_):
        return {"StreamDescription": {"Shards": [{"ShardId": "shard"}]}}

    def get_shard_iterator(self, ShardIteratorType: str, SequenceNumber: str = "-1", **_):  # noqa: N803  # boto3's names
        return {"ShardIterator": int(SequenceNumber) + 1}

    def get_records(self, ShardIterator: int, Limit: int):  # noqa: N803  # boto3's names
        numbers = range(ShardIterator, min(ShardIterator + Limit, len(self.keys)))
        return {"Records": [self.record(number) for number in numbers], "NextShardIterator": "next"}

    def record(self, number: int):
        change = {
            "SequenceNumber": str(number),
            "ApproximateCreationDateTime": datetime(2026, 11, 22, tzinfo=UTC),
            "Keys": {"pk": {"S": self.keys[number]}},
            "NewImage": {"pk": {"S": self.keys[number]}, "seal": {"B": b"\x00"}},
        }
        return {"eventID": str(number), "eventName": "INSERT", "dynamodb": change}


def run(stream: Stream, answer: Any, **source: Any) -> list[list[str]]:
    """Poll until nothing is left; return the keys of each batch that the function was given."""
    batches = []

    def invoke(_: str, event: Any) -> Any:
        batches.append([record["dynamodb"]["Keys"]["pk"]["S"] for record in event["Records"]])
        return answer(event["Records"])

    platform = SimpleNamespace(
        clients=SimpleNamespace(dynamodb=stream, streams=stream),
        lock=nullcontext(),
        activity=Activity(),
        clock=SimpleNamespace(now=lambda: datetime(2026, 11, 22, tzinfo=UTC)),
        invoke=invoke,
        send=lambda queue, body: stream.sent.append((queue, body)),
    )
    mapping = StreamSource("f", "Table", partial=True, on_failure="Dead", **source)
    poller = StreamPoller(mapping, Positions(), cast(Platform, platform), patience=0)
    while poller.step():
        pass
    return batches


def poisoned(*keys):
    """Report the first record that has one of these keys."""

    def answer(records):
        bad = [record for record in records if record["dynamodb"]["Keys"]["pk"]["S"] in keys]
        return failing(*(record["dynamodb"]["SequenceNumber"] for record in bad[:1]))

    return answer


def test_a_stream_is_read_in_order_and_in_batches():
    assert run(Stream("a", "b", "c"), poisoned(), batch_size=2) == [["a", "b"], ["c"]]


def test_what_stands_before_a_failure_is_not_repeated():
    assert run(Stream("a", "b", "c"), poisoned("b"), retries=1) == [["a", "b", "c"], ["b", "c"]]


def test_after_its_retries_a_batch_is_put_aside_with_a_notice():
    stream = Stream("a")
    assert run(stream, poisoned("a"), retries=2) == [["a"]] * 3
    [(queue, notice)] = stream.sent
    assert queue == "Dead"
    assert '"condition": "RetryAttemptsExhausted"' in notice
    assert '"startSequenceNumber": "0"' in notice


def test_splitting_finds_the_poisoned_record_and_spares_the_others():
    stream = Stream("a", "b", "c", "d")
    batches = run(stream, poisoned("b"), retries=1, bisect=True)
    assert batches == [["a", "b", "c", "d"], ["b"], ["b"], ["c", "d"]]
    assert len(stream.sent) == 1


def test_what_is_filtered_out_is_left_behind_unseen():
    pattern = {"dynamodb": {"Keys": {"pk": {"S": ["b"]}}}}
    assert run(Stream("a", "b", "c"), poisoned(), patterns=(pattern,)) == [["b"]]


def test_a_stream_from_its_latest_record_skips_what_was_there():
    assert run(Stream("a", "b"), poisoned(), latest=True) == []


def test_a_record_is_plain_json():
    seen = []

    def keep(records):
        seen.extend(records)
        return {}

    run(Stream("a"), keep)
    assert seen[0]["dynamodb"]["NewImage"]["seal"] == {"B": "AA=="}
    assert seen[0]["dynamodb"]["ApproximateCreationDateTime"] == 1_795_305_600
    assert (seen[0]["eventSource"], seen[0]["eventVersion"]) == ("aws:dynamodb", "1.1")
    assert seen[0]["eventSourceARN"] == "arn:stream"


def test_positions_outlive_the_process_once_written(tmp_path):
    positions = Positions(tmp_path / "streams.json")
    positions.set("arn", "shard", "7")
    assert positions.unwritten()
    assert Positions(tmp_path / "streams.json").new("arn")
    positions.write()
    assert not positions.unwritten()
    assert Positions(tmp_path / "streams.json").get("arn", "shard") == "7"
