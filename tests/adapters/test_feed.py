"""The feed of an institution: numbered events, without gaps."""

import pytest

from ventanilla.adapters import feed as module
from ventanilla.domain.errors import Busy


@pytest.fixture
def feed(services):
    return services.feed


def events(*names):
    return [{"id": name, "state": "accepted"} for name in names]


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
    put_if_free, calls = module.put_if_free, []

    def overtaken(item):
        calls.append(item)
        if len(calls) == 1:
            feed.append("one", events("first"))
        return put_if_free(item)

    monkeypatch.setattr(module, "put_if_free", overtaken)
    feed.append("one", events("second", "third"))
    assert told(feed) == [(3, "third"), (2, "second"), (1, "first")]


def test_who_is_overtaken_each_time_may_try_again(feed, monkeypatch):
    monkeypatch.setattr(module, "put_if_free", lambda _: False)
    with pytest.raises(Busy):
        feed.append("one", events("a"))


def test_more_chunks_than_a_page_of_the_store_stay_in_their_order(feed):
    for number in range(30):  # a page has 25
        feed.append("one", events(str(number)))
    assert [event for _, event in told(feed)] == [str(number) for number in reversed(range(30))]
