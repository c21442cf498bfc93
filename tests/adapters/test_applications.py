"""Applications: what waits for an account, several to a number."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import make_application, owed
from tests.fakes import NOW
from ventanilla.domain.accounts import TRIES

WHOLE = make_application(
    country="PE",
    sections={"company": {"ruc": "1712345675001", "is_public": False}},
    password_hash="hash",
    accepted={"use": "2"},
    profile={"given_names": "Ana Lucía", "age": 7, "nested": {"a": [1, None, "ñ"]}},
)


@pytest.fixture
def applications(services):
    return services.applications


class TestSubmitting:
    @pytest.mark.parametrize("application", [WHOLE, make_application()], ids=["whole", "bare"])
    def test_it_is_kept_as_it_was_made(self, applications, application):
        applications.submit(application, None)
        assert applications.get(application.slot, application.id) == application

    def test_what_is_owed_for_it_is_put_down_with_it(self, applications, services):
        item = owed("registration")
        applications.submit(WHOLE, item)
        assert services.outbox.get(item.id) == item

    def test_it_is_tidied_up_once_it_has_expired(self, applications, stage):
        applications.submit(WHOLE, None)
        [item] = stage.items("ApplicationsTable")
        assert int(item["ttl"]["N"]) == (NOW + timedelta(days=30)).timestamp() + 1

    def test_what_is_not_there_is_none(self, applications):
        assert applications.get(WHOLE.slot, WHOLE.id) is None


class TestNewest:
    def test_the_newest_come_first_and_only_of_this_number(self, applications):
        for serial in range(5):
            applications.submit(make_application(id=f"01KJM5Q7G0ABCDEFGHJKMNP00{serial}"), None)
        applications.submit(make_application(number="0912345678"), None)
        newest = applications.newest(WHOLE.slot, 3)
        assert [one.id[-1] for one in newest] == ["4", "3", "2"]


class TestTries:
    def take(self, applications, now=NOW, link=1):
        return applications.take_try(WHOLE.slot, WHOLE.id, link, now)

    def test_each_takes_one_and_gives_what_was_kept(self, applications):
        applications.submit(WHOLE, None)
        assert self.take(applications) == dataclasses.replace(WHOLE, tries=1)
        assert self.take(applications).tries == 2

    def test_there_are_five(self, applications):
        applications.submit(WHOLE, None)
        assert [bool(self.take(applications)) for _ in range(TRIES + 2)] == [True] * 5 + [False] * 2

    def test_a_link_that_has_died_has_none(self, applications):
        applications.submit(WHOLE, None)
        assert self.take(applications, NOW + timedelta(hours=24)) is None
        assert self.take(applications, link=2) is None
        assert applications.get(WHOLE.slot, WHOLE.id).tries == 0

    def test_what_waits_for_something_else_has_none(self, applications):
        applications.submit(dataclasses.replace(WHOLE, state="documents"), None)
        assert self.take(applications) is None

    def test_what_is_not_there_has_none_and_is_not_made_by_asking(self, applications, stage):
        assert self.take(applications) is None
        assert stage.items("ApplicationsTable") == []


class TestRenewing:
    LATER = NOW + timedelta(days=2)

    def test_a_new_link_follows_with_all_its_tries(self, applications):
        spent = dataclasses.replace(WHOLE, tries=TRIES)
        applications.submit(spent, None)
        renewed = applications.renew_link(spent, self.LATER)
        assert renewed == dataclasses.replace(WHOLE, link=2, tries=0, link_expires_at=self.LATER)
        assert applications.get(WHOLE.slot, WHOLE.id) == renewed

    def test_of_two_at_the_same_time_one_renews(self, applications):
        applications.submit(WHOLE, None)
        assert applications.renew_link(WHOLE, self.LATER) is not None
        assert applications.renew_link(WHOLE, self.LATER) is None
        assert applications.get(WHOLE.slot, WHOLE.id).link == 2

    def test_what_is_gone_is_not_renewed(self, applications, stage):
        assert applications.renew_link(WHOLE, self.LATER) is None
        assert stage.items("ApplicationsTable") == []
