"""A deadline in a year far off must not fail, nor keep other institutions' letters from a mailbox that opens."""

from datetime import date, timedelta

import pytest

from tests.flows.town import codes, draft, expect, problem


@pytest.mark.parametrize("day", ["9999-12-31", "9000-01-01", "2200-01-01"])
def test_a_date_that_no_term_reaches_is_refused_whether_the_mailbox_is_open_or_not(town, day):
    for to in (town.settler(), town.person()):
        body = problem(town.sender.post(draft(to, deadline={"date": day})), 422, "validation", "deadline.date")
        assert codes(body) == {"deadline.date": "deadline_late"}


def test_a_date_some_years_ahead_is_taken(town):
    day = (date.today() + timedelta(days=3000)).isoformat()  # noqa: DTZ011  # far from any midnight
    expect(town.sender.post(draft(town.settler(), deadline={"date": day})), 202)


def test_no_letter_keeps_others_from_a_mailbox_that_opens(town):
    person, other = town.person(), town.institution("other-institution")
    first = other.post(draft(person, deadline={"date": "9999-12-31"}))
    posted = expect(town.sender.post(draft(person)), 202)["id"]
    expect(person.register(), 202)
    person.confirm()
    person.enter()
    assert first.status_code == 422
    assert [line["id"] for line in person.get("/v1/inbox")["items"]] == [posted]
    expect(person.open(posted), 200)
