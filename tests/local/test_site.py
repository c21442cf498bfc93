"""A site of few lines: from a request over stream and queue to the mail."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from local import Local
from local.site import CannotStart
from tests.local.conftest import PRODUCT, Site


@pytest.fixture
def other(site: Site) -> Iterator[Any]:
    """Clients as another process makes them: over HTTP, from env.json."""
    environment = json.loads((site.local.data_dir / "env.json").read_text(encoding="utf-8"))
    clients: list[Any] = []

    def client(service: str) -> Any:
        clients.append(
            boto3.Session(environment["AWS_ACCESS_KEY_ID"], environment["AWS_SECRET_ACCESS_KEY"]).client(
                service,
                region_name=environment["AWS_REGION"],
                endpoint_url=environment["AWS_ENDPOINT_URL"],
            )
        )
        return clients[-1]

    yield client
    for made in clients:
        made.close()


def messages(other: Any, queue: str) -> Any:
    sqs = other("sqs")
    url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
    return sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]).get("Messages", [])


class TestFlow:
    def test_a_write_becomes_a_mail(self, site):
        assert site.note("first", to="ana@example.ec") == 202
        [mail] = site.local.outbox("ana@example.ec")
        assert mail["subject"] == "Aviso first ñ"
        assert f"{site.local.base_url}/verify#token=first" in mail["text"]

    def test_a_cancelled_transaction_stops_no_mail_after_it(self, site):
        assert site.note("cancelled", to="eva@example.ec", cancel=True) == 409
        assert site.note("after", to="eva@example.ec") == 202
        assert site.subjects("eva@example.ec") == ["Aviso after ñ"]

    def test_a_poisoned_record_holds_up_no_other_and_is_put_aside(self, site, other):
        site.note("good-1", "poison-stream-1", "good-2", "crash-stream-1", "good-3", to="luz@example.ec")
        assert {f"Aviso good-{number} ñ" for number in (1, 2, 3)} == set(site.subjects("luz@example.ec"))
        notices = [json.loads(message["Body"]) for message in messages(other, "RelayDeadLetters")]
        assert [notice["DDBStreamBatchInfo"]["batchSize"] for notice in notices] == [1, 1]

    def test_a_poisoned_message_waits_for_its_timeout_and_then_lies_with_the_dead_letters(self, site, other):
        site.note("poison-queue-1", to="sol@example.ec")
        for _ in range(2):
            assert messages(other, "NotesDeadLetters") == []
            site.local.advance(61)
            site.local.settle()
        assert [json.loads(message["Body"])["id"] for message in messages(other, "NotesDeadLetters")] == [
            "poison-queue-1"
        ]

    def test_requests_at_the_same_time_all_arrive(self, site):
        with ThreadPoolExecutor(10) as pool:
            statuses = list(
                pool.map(
                    lambda number: (
                        site.call(
                            "POST", "/notes", {"notes": [{"id": f"many-{number}", "to": "many@example.ec"}]}
                        ).status
                    ),
                    range(20),
                )
            )
        site.local.settle()
        assert statuses == [202] * 20
        assert set(site.subjects("many@example.ec")) == {f"Aviso many-{number} ñ" for number in range(20)}

    def test_what_another_process_writes_is_relayed_too(self, site, other):
        item = {"pk": {"S": "outside"}, "sk": {"S": "-"}, "to": {"S": "out@example.ec"}}
        other("dynamodb").put_item(TableName="NotesTable", Item=item)
        site.local.settle()
        assert site.subjects("out@example.ec") == ["Aviso outside ñ"]

    def test_what_this_process_writes_by_itself_is_found_by_settling(self, site):
        item = {"pk": {"S": "inside"}, "sk": {"S": "-"}, "to": {"S": "in@example.ec"}}
        client = boto3.client("dynamodb")
        with site.local.lock:
            client.put_item(TableName="NotesTable", Item=item)
        client.close()
        site.local.settle()
        assert site.subjects("in@example.ec") == ["Aviso inside ñ"]


class TestClock:
    def ticks(self, other):
        items = other("dynamodb").scan(TableName="NotesTable")["Items"]
        return [item for item in items if item["pk"]["S"].startswith("-tick")]

    def test_a_schedule_runs_once_when_the_clock_passes_it(self, site, other):
        before = len(self.ticks(other))
        assert site.call("POST", "/_local/clock", {"advance": 3600}).status == 200
        site.local.settle()
        assert len(self.ticks(other)) == before + 1

    def test_a_schedule_that_fails_leaves_its_event_with_the_dead_letters(self, site, other, monkeypatch):
        monkeypatch.setenv("TICK_FAILS", "1")
        site.local.advance(301)
        site.local.settle()
        [message] = messages(other, "TickDeadLetters")
        assert json.loads(message["Body"])["detail-type"] == "Scheduled Event"
        assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no tick"

    def test_functions_are_told_where_the_clock_stands(self, site):
        assert site.local.environment["CLOCK_OFFSET_FILE"] == str(site.local.clock.path)
        assert os.environ["CLOCK_OFFSET_FILE"] == str(site.local.clock.path)


class TestGateway:
    def test_a_route_hands_its_event_over(self, site):
        event = site.call("GET", "/words/own?x=1", Cookie="a=1").json
        assert (event["routeKey"], event["rawQueryString"], event["cookies"]) == ("GET /words/own", "x=1", ["a=1"])
        assert site.call("GET", "/words/ma%C3%B1ana").json["pathParameters"] == {"word": "mañana"}
        assert site.call("PUT", "/words/a/b").json["pathParameters"] == {"rest": "a/b"}

    def test_several_cookies_are_several_headers(self, site):
        answer = site.call("POST", "/answer", {"answer": {"statusCode": 200, "cookies": ["a=1", "b=2"]}})
        assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]

    def test_a_handler_that_fails_says_nothing_of_it(self, site):
        for wish in ({"do": "raise", "text": "secret"}, {"do": "leave"}, {"do": "unserialisable"}):
            answer = site.call("POST", "/answer", wish)
            assert (answer.status, answer.json) == (500, {"message": "Internal Server Error"})

    def test_a_handler_has_a_context(self, site):
        context = site.call("POST", "/answer", {"do": "context"}).json
        assert (context["function"], context["memory"]) == ("AnswerFunction", 512)
        assert 0 < context["left"] <= 1000

    def test_a_body_that_comes_in_chunks_is_whole(self, site):
        event = site.call("POST", "/echo", iter([b'{"a":', b" 1}"]), Content_Type="application/json")
        assert event.json["body"] == '{"a": 1}'

    def test_a_head_request_has_no_body(self, site):
        assert site.call("HEAD", "/words/a/b").body == b""
        assert site.call("HEAD", "/nowhere").status == 404


class TestStores:
    def test_tables_have_their_indexes_streams_and_ends(self, other):
        dynamodb = other("dynamodb")
        table = dynamodb.describe_table(TableName="NotesTable")["Table"]
        assert table["LocalSecondaryIndexes"][0]["IndexName"] == "by_time"
        assert table["StreamSpecification"]["StreamViewType"] == "NEW_IMAGE"
        ttl = dynamodb.describe_time_to_live(TableName="NotesTable")["TimeToLiveDescription"]
        assert ttl["AttributeName"] == "ttl"

    def test_queues_have_their_redrive_and_their_order(self, other):
        sqs = other("sqs")

        def attributes(name: str) -> Any:
            url = sqs.get_queue_url(QueueName=name)["QueueUrl"]
            return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]

        assert json.loads(attributes("NotesQueue")["RedrivePolicy"])["maxReceiveCount"] == 2
        assert attributes("NotesQueue")["VisibilityTimeout"] == "60"
        assert attributes("OrderedQueue.fifo")["ContentBasedDeduplication"] == "true"

    def test_the_secret_is_made_as_the_template_says(self, other):
        secret = json.loads(other("secretsmanager").get_secret_value(SecretId="Secret")["SecretString"])
        assert secret["current"] == "k1"
        assert len(secret["k1"]) == 40
        assert secret["k1"].isalnum()

    def test_a_page_in_a_browser_cannot_reach_them(self, site):
        from http.client import HTTPConnection
        from urllib.parse import urlsplit

        for path, headers in (("/", {"Origin": "https://evil.example"}), ("/moto-api/reset", {})):
            connection = HTTPConnection(urlsplit(site.local.environment["AWS_ENDPOINT_URL"]).netloc)
            connection.request("POST", path, headers=headers)
            assert connection.getresponse().status == 403
            connection.close()


class TestOneAtATime:
    def test_a_folder_in_use_is_refused(self, site):
        with pytest.raises(CannotStart, match="stop it first"), Local(root=PRODUCT, data_dir=site.local.data_dir):
            pass

    def test_a_port_in_use_is_refused(self, site, tmp_path):
        port = int(site.local.base_url.rpartition(":")[2])
        with pytest.raises(CannotStart, match="PORT="), Local(root=PRODUCT, data_dir=tmp_path, port=port):
            pass


def test_a_second_site_starts_empty_and_leaves_nothing_behind(tmp_path):
    before = dict(os.environ)
    for _ in range(2):
        with Local(root=PRODUCT, data_dir=tmp_path, demo=False) as local:
            assert local.outbox() == []
            assert local.clock.offset == 0
            Site(local).note("again", to="ana@example.ec")
            assert len(local.outbox()) == 1
            local.advance(60)
    assert dict(os.environ) == before
