"""The tables: one client, reads over tables, transactions that say what stood in their way."""

import pytest
from botocore.exceptions import ClientError
from pynamodb.exceptions import PutError, TransactWriteError

from local.cfn import REGION
from tests.conftest import counted_calls
from ventanilla.adapters import dynamo as module
from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, delete_if, put_if_free, update_if
from ventanilla.adapters.items import AccountItem, FailuresItem, NonceItem, OutboxRow
from ventanilla.domain.errors import Busy


@pytest.fixture
def dynamo(services) -> Dynamo:
    return services.dynamo


@pytest.fixture
def counter(dynamo):
    return dynamo.bind(FailuresItem, "TokensTable")


@pytest.fixture
def nonce(dynamo):
    return dynamo.bind(NonceItem, "TokensTable")


@pytest.fixture
def elsewhere(dynamo):
    return dynamo.bind(NonceItem, "AccountsTable")


class TestReading:
    def test_items_of_several_tables_come_in_one_trip_in_the_order_asked_for(self, dynamo, counter, nonce, elsewhere):
        counter("a", failures=1).save()
        elsewhere("b").save()
        with counted_calls() as calls:
            found = dynamo.fetch(
                (elsewhere, "b", "-"), (counter, "none", "-"), (counter, "a", "-"), (elsewhere, "a", "-")
            )
        assert [item and item.pk for item in found] == ["b", None, "a", None]
        assert calls == {"BatchGetItem": 1}

    def test_the_same_item_asked_for_twice_is_read_once_and_given_twice(self, dynamo, counter):
        counter("a", failures=1).save()
        assert [item.failures for item in dynamo.fetch((counter, "a", "-"), (counter, "a", "-"))] == [1, 1]

    def test_nothing_asked_for_is_no_trip(self, dynamo):
        with counted_calls() as calls:
            assert dynamo.fetch() == []
        assert calls == {}

    def test_items_that_the_service_left_out_are_asked_for_again(self, dynamo, counter, monkeypatch):
        counter("a", failures=1).save()
        counter("b", failures=2).save()
        client, asked = dynamo.connection.client, []
        batch_get_item = client.batch_get_item

        def half(RequestItems):  # noqa: N803  # boto's name
            asked.append(len(RequestItems["TokensTable"]["Keys"]))
            keys = RequestItems["TokensTable"]["Keys"]
            answer = batch_get_item(RequestItems={"TokensTable": {"Keys": keys[:1], "ConsistentRead": True}})
            left = {"TokensTable": {"Keys": keys[1:], "ConsistentRead": True}} if keys[1:] else {}
            return {**answer, "UnprocessedKeys": left}

        monkeypatch.setattr(client, "batch_get_item", half)
        assert [item.failures for item in dynamo.fetch((counter, "a", "-"), (counter, "b", "-"))] == [1, 2]
        assert asked == [2, 1]

    def test_what_was_read_ahead_is_read_once(self, dynamo, counter):
        counter("a", failures=1).save()
        dynamo.anticipate((counter, "a", "-"), (counter, "b", "-"))
        with counted_calls() as calls:
            assert dynamo.get(counter, "a").failures == 1
            assert dynamo.get(counter, "b") is None
        assert calls == {}

    def test_and_only_once_since_it_may_have_changed(self, dynamo, counter):
        counter("a", failures=1).save()
        dynamo.anticipate((counter, "a", "-"))
        dynamo.get(counter, "a")
        counter("a", failures=2).save()
        assert dynamo.get(counter, "a").failures == 2

    def test_what_one_request_has_read_is_no_other_requests(self, dynamo, counter):
        counter("a", failures=1).save()
        dynamo.anticipate((counter, "a", "-"))
        counter("a", failures=2).save()
        dynamo.forget()
        assert dynamo.get(counter, "a").failures == 2

    def test_a_long_partition_is_read_page_by_page_up_to_the_limit(self, dynamo, counter, monkeypatch):
        for number in range(7):
            counter("p", f"{number:02}", failures=number).save()
        query = dynamo.connection.query
        monkeypatch.setattr(
            dynamo.connection,
            "query",
            lambda *args, **options: query(*args, **{**options, "limit": min(3, options["limit"] or 3)}),
        )

        def keys(**options):
            return [item["sk"]["S"] for item in dynamo.partition(counter, "p", **options)]

        assert keys() == [f"{number:02}" for number in range(7)]
        assert keys(backwards=True, limit=5) == ["06", "05", "04", "03", "02"]
        assert keys(limit=0) == []

    def test_all_models_share_one_client(self, dynamo, counter, nonce, elsewhere):
        with counted_calls() as calls:
            for model in (counter, nonce, elsewhere):
                dynamo.fetch((model, "x", "-"))
        assert calls == {"BatchGetItem": 3}  # no table is described, nothing else is asked
        assert {model._get_connection().connection for model in (counter, nonce, elsewhere)} == {dynamo.connection}


class TestTransactions:
    def test_it_all_happens_in_one_trip(self, dynamo, counter, nonce, elsewhere):
        counter("old").save()
        writes = dynamo.transaction()
        writes.create("new", nonce("new"))
        writes.delete("old", counter("old"))
        writes.update("count", counter("count"), [FailuresItem.failures.set(3)])
        writes.put("there", elsewhere("there"))
        with counted_calls() as calls:
            writes.commit()
        assert calls == {"TransactWriteItems": 1}
        found = dynamo.fetch(
            (nonce, "new", "-"), (counter, "old", "-"), (counter, "count", "-"), (elsewhere, "there", "-")
        )
        assert [item is not None for item in found] == [True, False, True, True]

    def test_what_stood_in_its_way_is_said_by_name_whatever_the_order(self, dynamo, counter, nonce):
        nonce("taken").save()
        counter("count", failures=5).save()
        writes = dynamo.transaction()
        writes.update("count", counter("count"), [FailuresItem.failures.set(6)], FailuresItem.failures == 4)
        writes.create("free", nonce("free"))
        writes.create("taken", nonce("taken"))
        writes.delete("gone", counter("gone"), FailuresItem.pk.exists())
        with pytest.raises(ConditionFailed) as raised:
            writes.commit()
        assert raised.value.labels == {"count", "taken", "gone"}

    def test_and_nothing_of_it_happens(self, dynamo, counter, nonce):
        nonce("taken").save()
        writes = dynamo.transaction()
        writes.create("free", nonce("free"))
        writes.create("taken", nonce("taken"))
        with pytest.raises(ConditionFailed):
            writes.commit()
        assert dynamo.get(nonce, "free") is None

    @pytest.mark.parametrize("code", ["TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"])
    def test_one_that_others_disturbed_is_tried_again(self, dynamo, nonce, disturbed, code):
        tried = disturbed([code] * 3)
        writes = dynamo.transaction()
        writes.create("free", nonce("free"))
        writes.commit()
        assert tried == [1, 2, 3, 4]
        assert dynamo.get(nonce, "free") is not None

    def test_one_that_is_still_under_way_is_asked_about_again(self, dynamo, nonce, disturbed):
        disturbed(["TransactionInProgressException"])
        writes = dynamo.transaction()
        writes.create("free", nonce("free"))
        writes.commit()
        assert dynamo.get(nonce, "free") is not None

    def test_one_that_is_refused_as_a_whole_is_not_tried_again(self, dynamo, nonce, disturbed):
        tried = disturbed(["ValidationException"] * 2)
        writes = dynamo.transaction()
        writes.create("free", nonce("free"))
        with pytest.raises(TransactWriteError):
            writes.commit()
        assert tried == [1]

    def test_one_that_others_disturb_each_time_is_busy_and_nothing_is_written(self, dynamo, nonce, disturbed):
        disturbed(["TransactionConflict"] * 5)
        writes = dynamo.transaction()
        writes.create("free", nonce("free"))
        with pytest.raises(Busy):
            writes.commit()
        assert dynamo.get(nonce, "free") is None

    def test_a_condition_that_failed_counts_more_than_a_disturbance(self, dynamo, nonce, disturbed):
        disturbed(["TransactionConflict, ConditionalCheckFailed"])
        writes = dynamo.transaction()
        writes.create("one", nonce("one"))
        writes.create("two", nonce("two"))
        with pytest.raises(ConditionFailed) as raised:
            writes.commit()
        assert raised.value.labels == {"two"}

    def test_another_failure_passes_through(self, dynamo, nonce, disturbed):
        disturbed(["ValidationError"])
        writes = dynamo.transaction()
        writes.create("one", nonce("one"))
        with pytest.raises(TransactWriteError):
            writes.commit()

    @pytest.fixture
    def disturbed(self, dynamo, monkeypatch):
        """Let the first transactions be cancelled for these reasons, and waiting take no time."""
        monkeypatch.setattr(module.time, "sleep", lambda _: None)
        call = dynamo.connection.client._make_api_call
        tried: list[int] = []

        def disturb(reasons):
            def fail(operation, sent):
                if operation != "TransactWriteItems":
                    return call(operation, sent)
                tried.append(len(tried) + 1)
                if not reasons:
                    return call(operation, sent)
                codes = reasons.pop(0).split(", ")
                if codes[0].endswith("Exception"):
                    raise ClientError({"Error": {"Code": codes[0], "Message": "refused"}}, operation)
                error = {"Code": "TransactionCanceledException", "Message": f"cancelled [{', '.join(codes)}]"}
                told = [{"Code": code, "Message": code} for code in codes]
                raise ClientError({"Error": error, "CancellationReasons": told}, operation)  # type: ignore[typeddict-unknown-key]

            monkeypatch.setattr(dynamo.connection.client, "_make_api_call", fail)
            return tried

        return disturb


class TestConditions:
    def test_a_put_claims_what_is_free(self, nonce):
        assert put_if_free(nonce("a"))
        assert not put_if_free(nonce("a"))

    def test_an_update_happens_if_its_condition_holds_and_reads_anew(self, counter):
        counter("a", failures=1).save()
        item = counter("a")
        assert update_if(item, [FailuresItem.failures.add(1)], FailuresItem.failures == 1)
        assert item.failures == 2
        assert not update_if(item, [FailuresItem.failures.add(1)], FailuresItem.failures == 1)

    def test_a_delete_happens_if_its_condition_holds(self, counter):
        counter("a", failures=1).save()
        assert not delete_if(counter("a"), FailuresItem.failures == 2)
        assert delete_if(counter("a"), FailuresItem.failures == 1)
        assert not delete_if(counter("a"), FailuresItem.pk.exists())

    def test_another_failure_passes_through(self, dynamo):
        nowhere = dynamo.bind(NonceItem, "NoTable")
        with pytest.raises(PutError):
            put_if_free(nowhere("a"))


def test_times_out_before_a_function_does():
    config = Dynamo(REGION).connection.client.meta.config
    assert (config.connect_timeout, config.read_timeout) == (2, 5)


def test_a_model_of_another_table_is_bound_to_it(dynamo):
    assert dynamo.bind(AccountItem, "AccountsTable").Meta.table_name == "AccountsTable"
    assert dynamo.bind(OutboxRow, "OutboxTable").Meta.table_name == "OutboxTable"
