"""A batch may die, or a call to AWS fail, at any call: it is resumed with nothing lost and nothing doubled.

Each test lets one call of a batch's way go wrong (the process dies there; the call is refused; the call is carried out,
and its answer lost), once for each call that there is. What is still owed is done again until nothing is.
"""

import json
from collections import Counter
from contextlib import suppress
from unittest.mock import patch

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from pynamodb.exceptions import PynamoDBException

from tests.fakes import NOW
from tests.faults.test_crashes import Died, die, function, going_wrong, lose, messages, refuse
from tests.makers import make_cedula
from ventanilla.domain.institutions import Institution
from ventanilla.domain.notifications import notification_id
from ventanilla.usecases import batches
from ventanilla.usecases.notify import Sender

pytestmark = pytest.mark.slow

MUNICIPIO = Institution("municipio-ejemplo", "Municipio de Ejemplo", {}, ("demo",))
STEPS = {"batch_split", "batch_chunk", "batch_assemble"}
_MOST_CALLS = 120
_ROUNDS = 6


@pytest.fixture(autouse=True)
def small_chunks():
    with patch("ventanilla.domain.batches._MOST_LINES_OF_A_CHUNK", 2):
        yield


def letter(reference, serial, **changes):
    recipient = {"kind": "cedula", "number": make_cedula(17, serial)}
    same = {"portal": "demo", "subject": "Aviso", "body": "Texto.", "reference": reference, "recipient": recipient}
    return json.dumps({**same, **changes})


LINES = [
    letter("RES-1", 1),
    letter("RES-2", 2, deadline={"working_days": 5}),
    "no JSON",
    letter("RES-1", 1),  # again
    letter("RES-2", 2, subject="Otro asunto"),
]
EXPECTED = ["accepted", "accepted", "refused", "replayed", "refused"]


def hand_over(services):
    services.institutions.add(MUNICIPIO)
    return batches.run_at_once(
        "\n".join(LINES).encode(),
        Sender(MUNICIPIO, "an-administrator"),
        "es",
        batches=services.batches,
        files=services.batch_files,
        clock=services.clock,
    ).id


def owed_steps(services):
    """The steps that are owed, as the schedule finds them; in the order of what they follow from."""
    items = [row for row in services.outbox._row.scan() if row.kind in STEPS]
    return sorted(items, key=lambda row: (row.kind != "batch_split", row.about.get("chunk", "9"), row.id))


def run_once(services):
    """Take each step that is owed at this moment, and those that follow, as far as it goes."""
    while steps := owed_steps(services):
        event = messages("BatchQueue", {"id": steps[0].id})
        function("batch")(event)
        if [one.id for one in owed_steps(services)] == [one.id for one in steps]:
            return  # it failed, and comes back


def new_process(services):
    services.dynamo.forget()
    services.__dict__.pop("quotas", None)


def results_of(services, batch_id):
    batch = services.batches.get(batch_id)
    return [json.loads(line) for line in b"".join(services.batch_files.blocks(batch.results_path)).splitlines()]


def check(services, stage, batch_id):
    batch = services.batches.get(batch_id)
    assert (batch.status, batch.lines, batch.chunks) == ("done", len(LINES), 3)
    results = results_of(services, batch_id)
    assert [one["line"] for one in results] == list(range(1, len(LINES) + 1))
    assert [one["status"] for one in results] == EXPECTED, "what was told again is told as the first time"
    counted = Counter(EXPECTED)
    assert (batch.counts.accepted, batch.counts.replayed, batch.counts.refused) == (
        counted["accepted"], counted["replayed"], counted["refused"],
    )  # fmt: skip
    posted = {notification_id(MUNICIPIO.id, reference) for reference in ("RES-1", "RES-2")}
    stored = stage.items("NotificationsTable")
    assert {item["pk"]["S"] for item in stored if "body" in item} == {f"n#{one}" for one in posted}
    entries = Counter(
        item["notification"]["S"] for item in stored if item["pk"]["S"].startswith("box#") and "key" in item
    )
    assert entries == Counter(posted), "each stands once in its mailbox's list"
    assert owed_steps(services) == []
    assert not services.batches.has_todo(batch_id)


@pytest.mark.parametrize("fate", [die, refuse, lose], ids=["dies", "is_refused", "loses_the_answer"])
def test_a_batch_that_fails_at_any_call_is_resumed_with_nothing_lost_and_nothing_doubled(services, stage, fate):
    for at in range(1, _MOST_CALLS):
        stage.clear()
        services.clock.at = NOW
        new_process(services)
        batch_id = hand_over(services)
        with going_wrong(at, fate) as made, suppress(Died, ClientError, ReadTimeoutError, PynamoDBException):
            run_once(services)
        for _ in range(_ROUNDS):
            new_process(services)
            run_once(services)
            if not owed_steps(services):
                break
        check(services, stage, batch_id)
        if len(made) < at:
            assert at > 30, "so many calls a batch of this size takes at least"
            return
    pytest.fail(f"more than {_MOST_CALLS} calls")


def test_steps_that_are_told_twice_change_nothing(services, stage):
    batch_id = hand_over(services)
    told = []
    while steps := owed_steps(services):
        event = messages("BatchQueue", {"id": steps[0].id})
        told.append((steps[0], event))
        function("batch")(event)
        new_process(services)
        services.outbox._row(
            steps[0].id,
            "-",
            **{name: getattr(steps[0], name) for name in ("kind", "lane", "about", "created_at", "due_at")},
        )
    check(services, stage, batch_id)
    before = stage.items("NotificationsTable"), stage.items("TokensTable")
    for item, event in told:  # as if each had been put back, and queued again
        item.save()
        assert function("batch")(event) == {"batchItemFailures": []}
    assert (stage.items("NotificationsTable"), stage.items("TokensTable")) == before
    check(services, stage, batch_id)


def test_a_split_that_is_told_again_after_its_chunks_were_done_makes_no_new_ones(services, stage):
    batch_id = hand_over(services)
    [split] = owed_steps(services)
    function("batch")(messages("BatchQueue", {"id": split.id}))
    chunks = [one for one in owed_steps(services) if one.kind == "batch_chunk"]
    for one in chunks[:2]:
        function("batch")(messages("BatchQueue", {"id": one.id}))
    split.save()
    function("batch")(messages("BatchQueue", {"id": split.id}))
    assert [chunk.counts is not None for chunk in services.batches.chunks(batch_id)] == [True, True, False]
    run_once(services)
    new_process(services)
    run_once(services)
    check(services, stage, batch_id)
