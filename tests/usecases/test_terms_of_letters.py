"""The terms of letters: until when, counted how, and when they take effect."""

import dataclasses
from datetime import date, timedelta

import pytest

from tests.fakes import Holidays
from tests.usecases.conftest import INSTITUTION, draft, enter, make_account, post, sender
from ventanilla.domain.errors import NotFound
from ventanilla.domain.ids import random_id
from ventanilla.domain.notifications import digest_of, notification_id
from ventanilla.usecases import inbox, sent

ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def citizen(world):
    return enter(world, make_account(world))


@pytest.fixture
def shown(world):
    return lambda: sent.show(ID, sender(), notifications=world.notifications, holidays=world.holidays)


@pytest.fixture
def computed(world):
    return lambda: sent.computation(ID, sender(), notifications=world.notifications, holidays=world.holidays)


@pytest.fixture
def open_it(world, citizen):
    return lambda: inbox.open_notification(
        ID,
        citizen,
        portals=world.portals,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


class TestCounting:
    def test_working_days_leave_out_what_is_no_working_day_and_say_so(self, world, citizen, shown, computed):
        world.holidays = Holidays(date(2027, 3, 3))
        post(world, deadline={"working_days": 3})
        assert (shown().deadline.date, shown().deadline.working_days) == ("2027-03-05", 3)
        days = computed().days
        assert [(day.date.day, day.why, day.holiday) for day in days][:4] == [
            (1, "start", None),
            (2, "working_day", None),
            (3, "holiday", "Feriado"),
            (4, "working_day", None),
        ]
        assert computed().end == date(2027, 3, 5)

    def test_local_holidays_of_the_institutions_canton_are_left_out_and_stay_so(self, world, citizen, shown, computed):
        world.holidays = Holidays(canton_1701=date(2027, 3, 3))
        quito = dataclasses.replace(INSTITUTION, canton="1701")
        post(world, by=sender(institution=quito), deadline={"working_days": 3})
        assert shown().deadline.date == "2027-03-05"
        computation = computed()
        assert computation.canton == "1701"
        assert [day.holiday for day in computation.days if day.why == "holiday"] == ["Feriado local"]
        [entry], _ = world.notifications.page("demo", citizen.state.number, before=None, unread=False, limit=9)
        assert entry.deadline.date == "2027-03-05"

    def test_those_of_other_cantons_are_working_days(self, world, citizen, shown, computed):
        world.holidays = Holidays(canton_1701=date(2027, 3, 3))
        post(world, deadline={"working_days": 3})
        assert shown().deadline.date == "2027-03-04"
        assert computed().canton is None

    def test_calendar_days_all_count(self, world, citizen, shown):
        post(world, deadline={"days": 7})
        assert (shown().deadline.date, shown().deadline.days) == ("2027-03-08", 7)

    def test_a_term_from_opening_begins_when_it_is_opened(self, world, citizen, shown, computed, open_it):
        post(world, deadline={"working_days": 2, "from": "opening"})
        assert (shown().deadline.date, computed().days) == (None, [])
        world.clock.advance(days=7)
        opened = open_it()
        assert opened.deadline.date == shown().deadline.date == "2027-03-10"
        assert computed().start == date(2027, 3, 8)
        [entry], _ = world.notifications.page("demo", citizen.state.number, before=None, unread=False, limit=9)
        assert entry.deadline.date == "2027-03-10"

    def test_a_date_is_shown_as_it_is(self, world, citizen, computed):
        post(world, deadline={"date": "2027-03-31"})
        assert (computed().start, computed().end, computed().days) == (date(2027, 3, 1), date(2027, 3, 31), [])

    def test_what_waits_for_an_account_has_not_begun(self, world, shown, computed):
        post(world, deadline={"days": 7})
        assert (shown().deadline.date, computed().start, computed().end) == (None, None, None)

    def test_without_a_deadline_there_is_nothing_to_compute(self, world, citizen, computed):
        post(world)
        with pytest.raises(NotFound):
            computed()

    def test_what_is_new_in_a_draft_is_no_part_of_the_digest_where_it_is_not_used(self):
        content = draft(deadline={"working_days": 5}).model_dump(mode="json", exclude={"reference", "attachments"})
        assert content["deadline"] == {"date": None, "working_days": 5}
        assert set(content) == {"portal", "recipient", "subject", "body", "category", "deadline", "locale"}

    def test_where_it_is_used_it_is(self):
        digests = {
            digest_of(draft(deadline=deadline).model_dump(mode="json"))
            for deadline in ({"days": 5}, {"days": 5, "from": "opening"}, {"working_days": 5})
        }
        assert len(digests) == 3


class TestEffect:
    def post(self, world, effect):
        institution = dataclasses.replace(INSTITUTION, effect=effect)
        post(world, by=sender(random_id(), institution))

    def test_without_a_rule_nothing_is_said(self, world, citizen, shown, open_it):
        self.post(world, None)
        assert open_it().takes_effect_at is shown().takes_effect_at is None

    def test_on_opening(self, world, citizen, shown, open_it):
        self.post(world, "opening")
        assert shown().takes_effect_at is None
        world.clock.advance(days=1)
        assert open_it().takes_effect_at == shown().takes_effect_at == world.clock.now()

    def test_some_days_after_it_became_available(self, world, citizen, shown, open_it):
        posted_at = world.clock.now()
        self.post(world, 3)
        world.clock.advance(days=1)
        assert shown().takes_effect_at == open_it().takes_effect_at == posted_at + timedelta(days=3)

    def test_what_waits_or_was_taken_back_takes_none(self, world, shown):
        self.post(world, 3)
        assert shown().takes_effect_at is None
        make_account(world)
        sent.cancel(ID, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)
        assert shown().takes_effect_at is None
