"""The feed of an institution: numbered events, without gaps."""

import json

import pytest

from tests.fakes import NOW
from ventanilla.domain.errors import Busy


@pytest.fixture
def feed(services):
    return services.feed


def events(*names):
    return [{"id": name, "state": "accepted", "at": NOW.isoformat()} for name in names]


def told(feed, institution="one", before=None):
    return [(number, event["id"]) for number, event in feed.backwards(institution, before)]


def test_an_institution_without_events_has_an_empty_feed(feed):
    assert told(feed) == []


def test_events_are_numbered_from_one_on_and_told_newest_first(feed):
    feed.append("one", events("a", "b", "c"))
    feed.append("one", events("d"))
    assert told(feed) == [(4, "d"), (3, "c"), (2, "b"), (1, "a")]


def test_they_are_told_as_they_were_put_there(feed):
    event = {"id": "a", "n": 1, "nested": {"ñ": [None, True]}}
    feed.append("one", [event])
    assert list(feed.backwards("one", None)) == [(1, event)]


@pytest.mark.parametrize(
    ("before", "numbers"), [(9, [8, 7, 6, 5, 4, 3, 2, 1]), (5, [4, 3, 2, 1]), (2, [1]), (1, []), (0, [])]
)
def test_they_are_told_from_any_number_on_also_in_the_middle_of_a_chunk(feed, before, numbers):
    feed.append("one", events(*"abc"))
    feed.append("one", events(*"defgh"))
    assert [number for number, _ in told(feed, before=before)] == numbers


def test_each_institution_has_its_own(feed):
    feed.append("one", events("a"))
    feed.append("two", events("b"))
    assert (told(feed), told(feed, "two")) == ([(1, "a")], [(1, "b")])


def test_what_somebody_else_puts_there_meanwhile_is_put_behind(feed, monkeypatch):
    put, calls = feed._put, []

    def overtaken(*chunk):
        calls.append(chunk)
        if len(calls) == 1:
            feed.append("one", events("first"))
        return put(*chunk)

    monkeypatch.setattr(feed, "_put", overtaken)
    feed.append("one", events("second", "third"))
    assert told(feed) == [(3, "third"), (2, "second"), (1, "first")]


def test_who_is_overtaken_each_time_may_try_again(feed, monkeypatch):
    monkeypatch.setattr(feed, "_put", lambda *_: False)
    with pytest.raises(Busy):
        feed.append("one", events("a"))


def test_more_chunks_than_a_page_of_the_store_stay_in_their_order(feed):
    for number in range(30):  # a page has 25
        feed.append("one", events(str(number)))
    assert [event for _, event in told(feed)] == [str(number) for number in reversed(range(30))]


class TestComingAgain:
    def test_a_message_that_comes_again_changes_nothing(self, feed, services):
        for _ in range(3):
            feed.append("one", events("a", "b"))
        assert told(feed) == [(2, "b"), (1, "a")]
        assert services.counts.of("one", f"{NOW:%Y-%m}")[0].counted == {"sent": 2}

    def test_neither_does_a_whole_delivery_of_messages(self, feed, services):
        messages = [events(f"{number}-a", f"{number}-b") for number in range(10)]
        for _ in range(2):
            for message in messages:
                feed.append("one", message)
        assert [number for number, _ in told(feed)] == list(range(20, 0, -1))
        assert services.counts.of("one", f"{NOW:%Y-%m}")[0].counted == {"sent": 20}

    def test_of_what_the_stream_tells_again_in_another_message_the_new_alone_is_put_there(self, feed, services):
        feed.append("one", events("a", "b"))
        feed.append("one", events("b", "c"))
        assert told(feed) == [(3, "c"), (2, "b"), (1, "a")]
        assert services.counts.of("one", f"{NOW:%Y-%m}")[0].counted == {"sent": 3}

    def test_what_cannot_be_counted_is_not_put_there_either(self, feed, services, monkeypatch):
        monkeypatch.setattr(services.counts, "_add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            feed.append("one", events("a"))
        assert told(feed) == []


class TestForwards:
    @pytest.fixture
    def chunks(self, feed):
        feed.append("one", events(*"abc"))
        feed.append("one", events("d"))
        feed.append("one", events(*"efgh"))
        feed.append("two", events("z"))

    @pytest.mark.parametrize("limit", [1, 2, 3, 5, 100])
    def test_whoever_goes_on_from_the_last_number_misses_nothing(self, feed, chunks, limit):
        seen, after = [], 0
        while page := feed.forwards("one", after, limit):
            assert len(page) <= limit
            seen += page
            after = page[-1][0]
        assert [(number, event["id"]) for number, event in seen] == list(enumerate("abcdefgh", start=1))

    @pytest.mark.parametrize(("after", "told"), [(0, 8), (1, 7), (3, 5), (7, 1), (8, 0), (99, 0)])
    def test_a_place_may_lie_in_the_middle_of_a_chunk_or_behind_them_all(self, feed, chunks, after, told):
        assert [number for number, _ in feed.forwards("one", after, 100)] == list(range(9 - told, 9))

    def test_an_empty_feed_tells_nothing(self, feed):
        assert feed.forwards("one", 0, 10) == feed.forwards("one", 5, 10) == []


def test_a_chunk_is_kept_small_and_one_that_was_kept_as_text_is_read(feed, stage):
    many = events(*(f"event-{number}" for number in range(200)))
    feed.append("one", many)
    [chunk] = [item for item in stage.items("NotificationsTable") if item["pk"]["S"] == "feed#one"]
    plain = json.dumps(many)
    assert len(bytes(chunk["events"]["B"])) < len(plain) / 5
    stage.clients.dynamodb.put_item(TableName="NotificationsTable", Item={**chunk, "events": {"S": plain}})
    assert [event for _, event in feed.forwards("one", 0, 500)] == many
