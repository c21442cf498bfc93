from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.session import Session
from moto import mock_aws

from bench.meter import Meter, index_units, read_units, size_of, write_units


@pytest.mark.parametrize(
    ("value", "size"),
    [
        ({"S": "año"}, 4),
        ({"S": ""}, 0),
        ({"N": "0"}, 1),
        ({"N": "7"}, 2),
        ({"N": "-7"}, 3),
        ({"N": "1234"}, 3),
        ({"N": "12300000"}, 3),
        ({"N": "0.00123"}, 3),
        ({"N": "1763824487000000"}, 6),
        ({"B": b"1234"}, 4),
        ({"BOOL": True}, 1),
        ({"NULL": True}, 1),
        ({"SS": ["ab", "c"]}, 3),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"BOOL": False}]}, 3 + 1 + 2 + 1 + 1),
        ({"M": {"k": {"S": "ab"}}}, 3 + 1 + 1 + 2),
    ],
)
def test_an_item_is_as_large_as_its_names_and_values(value, size):
    assert size_of({"ñ": value}) == 2 + size


def test_an_item_that_is_not_there_has_no_size():
    assert size_of({}) == 0


@pytest.mark.parametrize(
    ("sizes", "units"), [((0, 0), 1), ((1, 1024), 1), ((1, 1025), 2), ((3000, 10), 3), ((2048, 2048), 2)]
)
def test_a_write_costs_by_the_kilobyte_of_the_larger_item_and_twice_in_a_transaction(sizes, units):
    assert write_units(*sizes) == units
    assert write_units(*sizes, transacted=True) == 2 * units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (4096, 1), (4097, 2), (20_000, 5)])
def test_a_read_costs_by_four_kilobytes(size, units):
    assert read_units(size, consistent=True) == units
    assert read_units(size, consistent=False) == units / 2
    assert read_units(size, consistent=True, transacted=True) == 2 * units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [
        ({"pk": "a"}, {"pk": "b"}, 0),
        ({}, {"key": "a"}, 1),
        ({"key": "a"}, {}, 1),
        ({"key": "a", "x": "1"}, {"key": "a", "x": "1"}, 0),
        ({"key": "a", "x": "1"}, {"key": "a", "x": "2"}, 1),
        ({"key": "a"}, {"key": "b"}, 2),
        ({"key": "a", "x": "1" * 1500}, {"x": "1" * 1500}, 2),
    ],
)
def test_an_index_is_written_where_what_it_holds_has_changed(before, after, units):
    items = [{name: {"S": text} for name, text in item.items()} for item in (before, after)]
    assert index_units("key", *items) == units
    assert index_units(("pk", "key"), *({**item, "pk": {"S": "p"}} for item in items)) == units


@pytest.fixture
def dynamodb(monkeypatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    with mock_aws():
        client: Any = Session().create_client("dynamodb", region_name="us-east-1")
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
        client.create_table(
            TableName="T",
            KeySchema=[*keys, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "unread_key")],
            LocalSecondaryIndexes=[
                {
                    "IndexName": "unread",
                    "KeySchema": [*keys, {"AttributeName": "unread_key", "KeyType": "RANGE"}],
                    "Projection": {"ProjectionType": "ALL"},
                }
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client
        client.close()


def item(sk: str, *, length: int = 10, **more: str) -> dict[str, Any]:
    return {name: {"S": text} for name, text in {"pk": "p", "sk": sk, "body": "x" * length, **more}.items()}


def key(sk: str) -> dict[str, Any]:
    return {"pk": {"S": "p"}, "sk": {"S": sk}}


def test_every_kind_of_call_is_counted(dynamodb):
    meter = Meter()

    def cost(operation: str, **parameters: Any) -> tuple[int, int, int, float]:
        with meter.usage() as usage:
            getattr(dynamodb, operation)(**parameters)
        return usage.trips, usage.writes, usage.index_writes, usage.reads

    assert cost("put_item", TableName="T", Item=item("a", length=1500)) == (1, 2, 0, 0)
    assert cost("put_item", TableName="T", Item=item("b", unread_key="k")) == (1, 1, 1, 0)
    assert cost("get_item", TableName="T", Key=key("a")) == (1, 0, 0, 0.5)
    assert cost("get_item", TableName="T", Key=key("none"), ConsistentRead=True) == (1, 0, 0, 1)
    batch = {"T": {"Keys": [key("a"), key("b"), key("none")], "ConsistentRead": True}}
    assert cost("batch_get_item", RequestItems=batch) == (1, 0, 0, 3)
    query = {"TableName": "T", "KeyConditionExpression": "pk = :p", "ConsistentRead": True}
    assert cost("query", **query, ExpressionAttributeValues={":p": {"S": "p"}}) == (1, 0, 0, 1)
    assert cost("query", **query, ExpressionAttributeValues={":p": {"S": "none"}}) == (1, 0, 0, 1)
    writes = [
        {"Put": {"TableName": "T", "Item": item("c")}},
        {"Delete": {"TableName": "T", "Key": key("a")}},
        {"Update": {"TableName": "T", "Key": key("b"), "UpdateExpression": "REMOVE unread_key"}},
        {"ConditionCheck": {"TableName": "T", "Key": key("d"), "ConditionExpression": "attribute_not_exists(pk)"}},
    ]
    assert cost("transact_write_items", TransactItems=writes) == (1, 2 + 4 + 2 + 2, 1, 0)
    assert cost("delete_item", TableName="T", Key=key("c")) == (1, 1, 0, 0)


def test_a_write_that_its_condition_refuses_costs_what_is_there(dynamodb):
    dynamodb.put_item(TableName="T", Item=item("a", length=2500))
    with Meter().usage() as usage, pytest.raises(ClientError, match="ConditionalCheckFailed"):
        dynamodb.put_item(TableName="T", Item=item("a"), ConditionExpression="attribute_not_exists(pk)")
    assert (usage.trips, usage.writes, usage.index_writes) == (1, 3, 0)


def test_a_call_that_is_not_understood_costs_nothing_but_the_trip(dynamodb):
    with Meter().usage() as usage, pytest.raises(ClientError, match="ValidationException"):
        dynamodb.put_item(TableName="T", Item=item(""))
    assert (usage.trips, usage.writes) == (1, 0)


def test_what_is_filtered_away_cannot_be_counted(dynamodb):
    with Meter().usage(), pytest.raises(NotImplementedError):
        dynamodb.scan(TableName="T", FilterExpression="sk = :s", ExpressionAttributeValues={":s": {"S": "a"}})


def test_calls_are_not_counted_afterwards(dynamodb):
    with Meter().usage() as usage:
        dynamodb.get_item(TableName="T", Key=key("a"))
    dynamodb.get_item(TableName="T", Key=key("a"))
    assert usage.trips == 1
