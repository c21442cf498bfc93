"""Schedules."""

from datetime import UTC, datetime

import pytest

from local.cfn import TemplateError
from local.schedules import parse_schedule

SUNDAY = datetime(2026, 11, 22, 14, 30, 20, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "first"),
    [
        ("rate(1 minute)", "2026-11-22T14:31:20"),
        ("rate(5 minutes)", "2026-11-22T14:35:20"),
        ("rate(2 hours)", "2026-11-22T16:30:20"),
        ("rate(1 day)", "2026-11-23T14:30:20"),
        ("cron(0 7 * * ? *)", "2026-11-23T07:00:00"),
        ("cron(0/15 * * * ? *)", "2026-11-22T14:45:00"),
        ("cron(31 14 ? * SUN *)", "2026-11-22T14:31:00"),
        ("cron(0 18 ? * MON-FRI *)", "2026-11-23T18:00:00"),
        ("cron(0 8 1 * ? *)", "2026-12-01T08:00:00"),
        ("cron(0 0 1 JAN,JUL ? 2027-2030)", "2027-01-01T00:00:00"),
        ("cron(0 0 29 2 ? *)", "2028-02-29T00:00:00"),
    ],
)
def test_the_next_run_is_found(expression, first):
    assert parse_schedule(expression)(SUNDAY) == datetime.fromisoformat(first).replace(tzinfo=UTC)


@pytest.mark.parametrize("expression", ["rate(5 fortnights)", "cron(0 7 * *)", "cron(0 7 L * ? *)", "at(2026-01-01)"])
def test_what_cannot_be_followed_is_refused(expression):
    with pytest.raises(TemplateError):
        parse_schedule(expression)


def test_a_schedule_whose_years_are_over_has_no_next_run():
    with pytest.raises(TemplateError):
        parse_schedule("cron(0 0 1 1 ? 2020)")(SUNDAY)
