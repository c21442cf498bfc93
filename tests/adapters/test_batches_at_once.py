"""Chunks of a batch that end at once: whoever comes last sees that nothing is left, however many come last."""

from dataclasses import replace

import pytest

from tests.adapters.conftest import at_once, owed
from tests.adapters.test_batches import make_batch, make_chunk
from ventanilla.domain.batches import Counts
from ventanilla.domain.ids import derived_id

pytestmark = pytest.mark.engine
CHUNKS = 8


@pytest.fixture
def batches(engine_services):
    batches = engine_services.batches
    batches.put(make_batch(), None)
    for number in range(CHUNKS):
        assert batches.add_chunk(make_batch(), make_chunk(number), owed("batch_chunk", id=derived_id(str(number))))
    return batches


def test_each_is_counted_once_and_somebody_finds_nothing_left(batches):
    def finish(number):
        done = batches.finish_chunk(make_chunk(number), Counts(accepted=1))
        return done, batches.has_todo(make_batch().id)

    results = at_once(CHUNKS, finish)
    assert [done for done, _ in results] == [True] * CHUNKS
    assert False in [left for _, left in results]
    again = at_once(CHUNKS, lambda number: batches.finish_chunk(make_chunk(number), Counts(accepted=9)))
    assert again == [False] * CHUNKS
    assert sum((chunk.counts for chunk in batches.chunks(make_batch().id)), Counts()) == Counts(accepted=CHUNKS)


def test_a_split_and_the_last_chunk_at_once_see_each_other(batches):
    """Either the split finds no chunk left to do, or the chunk finds the split done: the results are owed."""
    batch = make_batch()
    for number in range(CHUNKS - 1):
        batches.finish_chunk(make_chunk(number), Counts(accepted=1))

    def act(who):
        if who:
            batches.finish_chunk(make_chunk(CHUNKS - 1), Counts(accepted=1))
        else:
            batches.change(batch, replace(batch, lines=CHUNKS, chunks=CHUNKS))
        now = batches.get(batch.id)
        return now.chunks is not None and not batches.has_todo(batch.id)

    assert True in at_once(2, act)


def test_two_starts_at_once_are_one(engine_services):
    waiting = make_batch(status="uploading")
    engine_services.batches.put(waiting, None)
    running = replace(waiting, status="running")
    started = at_once(6, lambda _: engine_services.batches.start(running, owed("batch_split", id=derived_id("split"))))
    assert sorted(started) == [False] * 5 + [True]
