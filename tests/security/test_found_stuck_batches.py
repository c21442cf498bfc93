"""No file may hold its batch for ever: not by a line that nobody understands, by line ends, or by its mistakes."""

import copy
import importlib
import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

from tests.functions.conftest import EVENTS
from tests.usecases import conftest, test_batches
from tests.usecases.test_batches import BY_KEY, lines, show
from ventanilla.domain.errors import Refused
from ventanilla.usecases import batch_steps, batches
from ventanilla.usecases.batch_steps import step
from ventanilla.web import line_problem, read_line

world, known, stores = conftest.world, test_batches.known, test_batches.stores
press, hand_over = test_batches.press, test_batches.hand_over


class UnforeseenError(Exception):
    """What no rule speaks of."""


@pytest.fixture
def poison(monkeypatch):
    """A line whose reference is `POISON` fails in a way that nobody foresaw."""
    post = batch_steps.notify.post

    def failing(draft, *args, **more):
        if draft.reference == "POISON":
            raise UnforeseenError
        return post(draft, *args, **more)

    monkeypatch.setattr(batch_steps.notify, "post", failing)


@pytest.mark.usefixtures("poison")
class TestPoison:
    def test_its_chunk_comes_again_until_its_last_try(self, world, hand_over, press):
        batch_id = hand_over(lines("A", "POISON", "B"))
        step(world.outbox.of("batch_split")[0].id, press)
        [owed] = world.outbox.of("batch_chunk")
        with pytest.raises(UnforeseenError):
            step(owed.id, press)
        assert show(world, batch_id).progress.left == 3
        step(owed.id, replace(press, last_try=True))
        assert show(world, batch_id).progress.left == 0

    def test_then_it_alone_is_refused_and_may_be_tried_again(self, world, hand_over, press):
        batch_id = hand_over(lines("A", "POISON", "B"))
        last = replace(press, last_try=True)
        for kind in ("batch_split", "batch_chunk", "batch_assemble"):
            step(world.outbox.of(kind)[0].id, last)
        kept = world.batch_files.files[world.batches.get(batch_id).results_path]
        told = [json.loads(line) for line in kept.splitlines()]
        assert [one["status"] for one in told] == ["accepted", "refused", "accepted"]
        assert (told[1]["problem"]["type"], told[1]["problem"]["retryable"]) == (
            "urn:ventanilla:problem:internal",
            True,
        )

    def test_a_line_that_can_not_even_be_read_is_refused_as_well(self, world, hand_over, press):
        def read(content):
            raise UnforeseenError

        def anticipate(institution, bodies):
            raise UnforeseenError

        hand_over(lines("A"))
        last = replace(press, last_try=True, read=read, anticipate=anticipate)
        step(world.outbox.of("batch_split")[0].id, last)
        assert step(world.outbox.of("batch_chunk")[0].id, last) == ("batch_chunk", 1)


@pytest.mark.parametrize(("received", "is_last"), [(1, False), (3, False), (4, True), (5, True)])
def test_the_fourth_receive_is_the_last_try(monkeypatch, received, is_last):
    app, event = importlib.import_module("functions.batch.app"), copy.deepcopy(EVENTS["batch"])
    seen: list[bool] = []
    event["Records"][0]["attributes"]["ApproximateReceiveCount"] = str(received)
    monkeypatch.setattr(app, "services", lambda: SimpleNamespace(queues=None))
    monkeypatch.setattr(app, "_press", seen.append)
    monkeypatch.setattr(app, "step", lambda item_id, press: ("gone", 0))
    assert app.handler(event, None) == {"batchItemFailures": []}
    assert seen == [is_last]


class TestLineEnds:
    def test_a_file_of_too_many_is_refused_before_they_are_all_read(self, world, hand_over, press, monkeypatch):
        monkeypatch.setattr(batch_steps, "MOST_ENDS", 10)
        for ends, status in ((9, "running"), (10, "refused")):
            batch_id = hand_over(lines("A") + b"\n" * ends)
            step(world.outbox.of("batch_split")[-1].id, press)
            assert show(world, batch_id).status == status

    def test_a_body_of_nothing_else_is_refused_soon(self, stores, monkeypatch):
        monkeypatch.delattr("ventanilla.domain.batches._line")  # to read each took longer than the function may
        with pytest.raises(Refused):
            batches.run_at_once(b"\n" * 4_000_000, BY_KEY, "es", **stores)

    def test_what_is_counted_is_what_is_not_empty(self, stores):
        content = b"\xef\xbb\xbf\r\n{}\n \t\r\n\n{}\r\n{}\n" + b" " * 70_000
        assert batches.run_at_once(content, BY_KEY, "es", **stores).lines == 4


def test_a_line_of_ten_thousand_mistakes_is_told_of_a_hundred():
    line = json.dumps({f"{n:x}": 0 for n in range(6_000)}).encode()
    with pytest.raises(Refused) as refused:
        batch_steps._draft(read_line(line))
    assert len(line) < 64 * 1024
    assert len(line_problem(refused.value, "es").model_dump_json()) < len(line)
