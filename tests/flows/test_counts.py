"""Counts, over HTTP: what an institution posts and citizens open is counted, for it and for the platform."""

import pytest

from tests.flows.town import draft, expect


@pytest.fixture
def citizen(town):
    return town.settler()


def test_what_happens_to_notifications_is_counted(town, citizen):
    with town.institution("contadora") as sender:
        counts = lambda: expect(sender.request("GET", "/v1/institutions/contadora/counts"), 200)  # noqa: E731
        assert counts()["days"] == []
        posted = [post_to(town, sender, citizen, f"COUNT-{number}") for number in range(3)]
        town.local.advance(600)
        expect(citizen.open(posted[0]), 200)
        expect(citizen.open(posted[0]), 200)
        expect(sender.cancel(posted[1]), 200)
        town.local.settle()
        month = counts()["month"]
        assert (month["sent"], month["alerted"], month["opened"], month["cancelled"]) == (3, 3, 1, 1)
        assert 540 < month["median_seconds_to_opening"] < 1200
        days = counts()["days"]
        assert sum(day["sent"] for day in days) == 3
        assert expect(sender.request("GET", "/v1/institutions/contadora/counts?month=2020-01"), 200)["days"] == []
        assert sender.request("GET", "/v1/institutions/otra/counts").status_code == 404


def post_to(town, sender, citizen, reference):
    posted = expect(sender.post(draft(citizen, reference=reference)), 202)["id"]
    town.local.settle()
    return posted
