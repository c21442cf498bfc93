"""Applications: what waits for an account, several to a number."""

import dataclasses
from datetime import timedelta
from typing import ClassVar

import pytest

from tests.adapters.conftest import make_application, owed
from tests.fakes import NOW
from ventanilla.domain.accounts import TRIES
from ventanilla.domain.errors import Busy, Refused
from ventanilla.domain.grants import Grant, Seat
from ventanilla.domain.keys import Nonce

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


class TestCaptcha:
    """What a form was sent with is used up by the same write."""

    NONCE = Nonce("captcha", "secret")

    def test_a_solution_is_used_once(self, applications, services, stage):
        applications.submit(WHOLE, None, self.NONCE)
        assert not services.slots.use_nonce(self.NONCE, NOW)
        other = dataclasses.replace(WHOLE, id="01KJM5Q7G0ABCDEFGHJKMNP002")
        with pytest.raises(Refused) as refused:
            applications.submit(other, owed("registration"), self.NONCE)
        assert [(one.field, one.code) for one in refused.value.errors] == [("captcha", "captcha_used")]
        assert len(stage.items("ApplicationsTable")) == 1
        assert stage.items("OutboxTable") == []

    def test_it_is_not_used_by_a_form_that_is_not_taken(self, applications, services):
        applications.submit(WHOLE, None)
        with pytest.raises(Busy):
            applications.submit(WHOLE, None, self.NONCE)
        assert services.slots.use_nonce(self.NONCE, NOW)


class TestChanging:
    SENT = dataclasses.replace(
        WHOLE, state="review", history=({"state": "review", "at": "-", "by": "applicant"},), reviewed=True
    )

    def test_what_differs_is_written_with_what_is_owed(self, applications, services):
        applications.submit(self.SENT, None)
        after = dataclasses.replace(
            self.SENT,
            state="confirm",
            link=2,
            grants=(Grant("acopio", "x"),),
            seats=(Seat("acopio", "x", 1),),
            history=(*self.SENT.history, {"state": "confirm", "at": "-", "by": "y"}),
        )
        items = owed("registration"), owed("rejected")
        assert applications.change(self.SENT, after, owed=items)
        assert applications.get(WHOLE.slot, WHOLE.id) == after
        assert [services.outbox.get(item.id) for item in items] == list(items)

    @pytest.mark.parametrize("change", [{"state": "rejected"}, {"link": 2}])
    def test_of_two_changes_the_second_is_refused(self, applications, stage, change):
        applications.submit(self.SENT, None)
        first = dataclasses.replace(self.SENT, **change)
        assert applications.change(self.SENT, first)
        assert not applications.change(self.SENT, dataclasses.replace(self.SENT, state="done"), owed=[owed()])
        assert applications.get(WHOLE.slot, WHOLE.id) == first
        assert stage.items("OutboxTable") == []

    def test_what_waits_longer_is_tidied_up_later(self, applications, stage):
        applications.submit(self.SENT, None)
        later = NOW + timedelta(days=50)
        assert applications.change(self.SENT, dataclasses.replace(self.SENT, state="confirm", expires_at=later))
        [item] = stage.items("ApplicationsTable")
        assert int(item["ttl"]["N"]) == later.timestamp() + 1

    def test_what_is_gone_is_not_made_again(self, applications, stage):
        assert not applications.change(self.SENT, dataclasses.replace(self.SENT, state="done"))
        assert stage.items("ApplicationsTable") == []


class TestDocuments:
    RECORD: ClassVar = {"signature": "scan", "sha256": "0" * 64, "at": "-"}
    WAITING = dataclasses.replace(WHOLE, state="documents")

    def test_each_is_written_down_beside_the_others(self, applications):
        applications.submit(self.WAITING, None)
        first = applications.receive(self.WAITING, "a", self.RECORD)
        assert first == dataclasses.replace(self.WAITING, documents={"a": self.RECORD})
        second = applications.receive(first, "b", self.RECORD)
        assert applications.get(WHOLE.slot, WHOLE.id) == second
        assert second.documents == {"a": self.RECORD, "b": self.RECORD}

    def test_of_two_that_come_at_the_same_time_none_is_lost(self, applications):
        applications.submit(self.WAITING, None)
        assert applications.receive(self.WAITING, "a", self.RECORD)
        assert applications.receive(self.WAITING, "b", self.RECORD) is None
        assert applications.get(WHOLE.slot, WHOLE.id).documents == {"a": self.RECORD}

    def test_what_waits_for_none_takes_none(self, applications):
        applications.submit(WHOLE, None)
        assert applications.receive(WHOLE, "a", self.RECORD) is None


class TestQueue:
    REVIEWED = dataclasses.replace(WHOLE, state="review", reviewed=True)

    def test_what_is_reviewed_is_found_by_portal_and_state_oldest_first(self, applications):
        ids = [f"01KJM5Q7G0ABCDEFGHJKMNP00{serial}" for serial in range(4)]
        for one in reversed(ids):
            applications.submit(dataclasses.replace(self.REVIEWED, id=one, number=f"171234567{one[-1]}"), None)
        applications.submit(dataclasses.replace(self.REVIEWED, portal="office"), None)
        applications.submit(make_application(id="01KJM5Q7G0ABCDEFGHJKMNP009", state="review"), None)
        assert [one.id for one in applications.queue("demo", "review", None, 3)] == ids[:3]
        assert [one.id for one in applications.queue("demo", "review", ids[2], 3)] == ids[3:]
        assert applications.queue("demo", "rejected", None, 3) == []

    def test_whole_applications_come(self, applications):
        applications.submit(self.REVIEWED, None)
        assert applications.queue("demo", "review", None, 1) == [self.REVIEWED]

    def test_a_change_moves_it_to_another_queue(self, applications):
        applications.submit(self.REVIEWED, None)
        after = dataclasses.replace(self.REVIEWED, state="rejected")
        applications.change(self.REVIEWED, after)
        assert applications.queue("demo", "review", None, 1) == []
        assert applications.queue("demo", "rejected", None, 1) == [after]


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
