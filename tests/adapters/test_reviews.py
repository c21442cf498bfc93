"""Decisions: application, places, accounts and what is owed, together or not at all."""

import dataclasses
from datetime import timedelta

import pytest

from tests.adapters.conftest import NUMBER, PORTAL, make_account, make_application, make_session, open_account, owed
from tests.conftest import counted_calls
from tests.fakes import NOW
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.grants import Grant, Seat, SeatChange
from ventanilla.domain.institutions import Institution
from ventanilla.domain.throttling import Failures
from ventanilla.usecases.rulings import Ruling

CLERK, AUDITOR = Grant("clerk", "1790012345001"), Grant("auditor", "1790012345001")
QUOTAS = {CLERK: 2, AUDITOR: 1}
WAITING = make_application(id="01KJM5Q7G0ABCDEFGHJKMNP002", state="review", reviewed=True)
CONFIRM = dataclasses.replace(
    WAITING, state="confirm", link=2, grants=(CLERK,), seats=(Seat("clerk", "1790012345001", 1),)
)
DONE = dataclasses.replace(WAITING, state="done", grants=(CLERK,))
TAKEN = SeatChange(CLERK, 1, None, NUMBER)


@pytest.fixture
def reviews(services):
    return services.reviews


@pytest.fixture
def waiting(services):
    services.applications.submit(WAITING, None)
    return WAITING


def seats(reviews, now=NOW):
    return reviews.facts(PORTAL, (), QUOTAS, now)[1]


def hold(services, grant, place, holder):
    """Let somebody hold a place for good."""
    one = dataclasses.replace(WAITING, id=f"01KJM5Q7G0ABCDEFGHJKMN{len(holder)}{place}{holder[:4]}")
    services.applications.submit(one, None)
    change = SeatChange(grant, place, None, holder)
    assert services.reviews.rule(Ruling(NOW, one, dataclasses.replace(one, state="done"), (change,)))


class TestFacts:
    def test_accounts_and_places_come_in_one_trip(self, services, reviews):
        account = open_account(services)
        hold(services, CLERK, 2, "luis")
        with counted_calls() as calls:
            accounts, held = reviews.facts(PORTAL, (NUMBER, None, "nobody", NUMBER), QUOTAS, NOW)
        assert (accounts, held) == ({NUMBER: account}, {(CLERK, 2): "luis"})
        assert calls == {"BatchGetItem": 1}

    def test_one_that_was_closed_is_none(self, services, reviews):
        account = open_account(services)
        services.accounts.change(account, dataclasses.replace(account, status="closed", epoch=2))
        assert reviews.facts(PORTAL, (NUMBER,), {}, NOW) == ({}, {})

    def test_one_that_is_locked_is_told_since_its_roles_end_too(self, services, reviews):
        account = open_account(services)
        locked = dataclasses.replace(account, status="locked", epoch=2)
        services.accounts.change(account, locked)
        assert reviews.facts(PORTAL, (NUMBER,), {}, NOW) == ({NUMBER: locked}, {})

    def test_places_of_other_portals_scopes_and_roles_are_others(self, services, reviews):
        hold(services, CLERK, 1, "luis")
        other = Grant("clerk", "another")
        assert reviews.facts("office", (), QUOTAS, NOW)[1] == {}
        assert reviews.facts(PORTAL, (), {other: 2, AUDITOR: 1}, NOW)[1] == {}

    def test_where_nothing_is_asked_nothing_is_told(self, reviews):
        assert reviews.facts(PORTAL, (None,), {}, NOW) == ({}, {})


class TestRuling:
    def test_all_of_it_is_written(self, services, reviews, waiting):
        account = open_account(services)
        item = owed("roles_given")
        after = dataclasses.replace(account, grants=(CLERK,))
        assert reviews.rule(Ruling(NOW, waiting, DONE, (TAKEN,), ((account, after),), (item,)))
        assert services.applications.get(DONE.slot, DONE.id) == DONE
        assert services.accounts.get(PORTAL, NUMBER) == after
        assert seats(reviews) == {(CLERK, 1): NUMBER}
        assert services.outbox.get(item.id) == item
        assert services.applications.queue(PORTAL, "review", None, 9) == []

    def test_sessions_learn_of_the_new_role(self, services, reviews, waiting):
        account = open_account(services)
        after = dataclasses.replace(account, grants=(CLERK,))
        assert reviews.rule(Ruling(NOW, waiting, DONE, (), ((account, after),)))
        session = make_session(account)
        assert services.sessions.start(session, Failures("x", 0), NOW, rehashed=None)
        state, _ = services.sessions.read(session.ref, session.secret_hash)
        assert state.grants == (CLERK,)

    @pytest.mark.parametrize("spoiled", ["application", "place", "account"])
    def test_what_has_changed_meanwhile_lets_none_of_it_be_written(self, services, stage, reviews, waiting, spoiled):
        account = open_account(services)
        if spoiled == "application":
            services.applications.change(waiting, dataclasses.replace(waiting, state="rejected"))
        elif spoiled == "place":
            hold(services, CLERK, 1, "luis")
        else:
            services.accounts.change(account, dataclasses.replace(account, epoch=9))
        tables = ("ApplicationsTable", "AccountsTable", "OutboxTable")
        there = [stage.items(table) for table in tables]
        after = dataclasses.replace(account, grants=(CLERK,))
        assert not reviews.rule(Ruling(NOW, waiting, DONE, (TAKEN,), ((account, after),), (owed(),)))
        assert [stage.items(table) for table in tables] == there


class TestPlaces:
    def test_one_that_waits_for_its_holder_is_free_once_that_time_is_over(self, reviews, waiting):
        assert reviews.rule(Ruling(NOW, waiting, CONFIRM, (TAKEN,)))
        over = CONFIRM.expires_at
        assert seats(reviews, over - timedelta(seconds=1)) == {(CLERK, 1): NUMBER}
        assert seats(reviews, over + timedelta(seconds=1)) == {}

    def test_it_can_be_taken_then_and_not_before(self, services, reviews, waiting):
        assert reviews.rule(Ruling(NOW, waiting, CONFIRM, (TAKEN,)))
        other = dataclasses.replace(WAITING, number="0912345678")
        services.applications.submit(other, None)
        taken = dataclasses.replace(TAKEN, after="0912345678")
        done = dataclasses.replace(other, state="done")
        assert not reviews.rule(Ruling(NOW, other, done, (taken,)))
        over = CONFIRM.expires_at + timedelta(seconds=1)
        assert reviews.rule(Ruling(over, other, done, (taken,)))
        assert seats(reviews, over + timedelta(days=999)) == {(CLERK, 1): "0912345678"}

    def test_one_passes_on_from_its_holder_alone(self, services, reviews, waiting):
        passes = SeatChange(CLERK, 1, "rosa", NUMBER)
        assert not reviews.rule(Ruling(NOW, waiting, DONE, (passes,)))  # nobody holds it
        hold(services, CLERK, 1, "luis")
        assert not reviews.rule(Ruling(NOW, waiting, DONE, (passes,)))
        assert reviews.rule(Ruling(NOW, waiting, DONE, (dataclasses.replace(passes, before="luis"),)))
        assert seats(reviews) == {(CLERK, 1): NUMBER}

    def test_one_that_is_given_up_is_free(self, services, reviews, waiting):
        hold(services, CLERK, 1, "luis")
        given_up = SeatChange(CLERK, 1, "rosa", None)
        assert not reviews.rule(Ruling(NOW, waiting, DONE, (given_up,)))
        assert reviews.rule(Ruling(NOW, waiting, DONE, (dataclasses.replace(given_up, before="luis"),)))
        assert seats(reviews) == {}

    def test_several_change_at_once(self, reviews, waiting):
        both = (TAKEN, SeatChange(AUDITOR, 1, None, NUMBER))
        assert reviews.rule(Ruling(NOW, waiting, DONE, both))
        assert seats(reviews) == {(CLERK, 1): NUMBER, (AUDITOR, 1): NUMBER}


class TestConfirming:
    """What was approved becomes the account, and its place is kept for good."""

    def test_the_place_no_longer_ends(self, services, reviews, waiting):
        assert reviews.rule(Ruling(NOW, waiting, CONFIRM, (TAKEN,)))
        account = make_account(grants=(CLERK,))
        services.accounts.open(account, CONFIRM, opens_mailbox=False, owed=())
        assert services.accounts.get(PORTAL, NUMBER) == account
        assert seats(reviews, NOW + timedelta(days=999)) == {(CLERK, 1): NUMBER}

    def test_a_place_that_somebody_else_has_by_now_opens_nothing(self, services, stage, reviews, waiting):
        assert reviews.rule(Ruling(NOW, waiting, CONFIRM, (TAKEN,)))
        other = dataclasses.replace(WAITING, number="0912345678")
        services.applications.submit(other, None)
        passes = SeatChange(CLERK, 1, NUMBER, "0912345678")
        assert reviews.rule(Ruling(NOW, other, dataclasses.replace(other, state="done"), (passes,)))
        with pytest.raises(TokenGone):
            services.accounts.open(make_account(), CONFIRM, opens_mailbox=False, owed=[owed("release")])
        assert services.accounts.get(PORTAL, NUMBER) is None
        assert services.applications.get(CONFIRM.slot, CONFIRM.id) == CONFIRM
        assert stage.items("OutboxTable") == []


class TestActivation:
    INSTITUTION = Institution(
        "1760001550001",
        "Instituto de Catastros",
        {"email": "i@example.ec"},
        (PORTAL,),
        ruc="1760001550001",
        modality="platform",
        activated_at=NOW,
        effect=5,
    )

    def test_the_institution_is_there_with_the_decision(self, services, reviews, waiting):
        assert reviews.rule(Ruling(NOW, waiting, DONE, institution=self.INSTITUTION))
        assert services.institutions.get("1760001550001") == self.INSTITUTION

    def test_without_the_decision_it_is_not(self, services, reviews):
        assert not reviews.rule(Ruling(NOW, WAITING, DONE, institution=self.INSTITUTION))
        assert services.institutions.get("1760001550001") is None

    def test_one_that_is_there_already_stays_as_it_is(self, services, reviews, waiting):
        before = dataclasses.replace(self.INSTITUTION, name="Otro", contact={}, status="suspended", effect="opening")
        services.institutions.add(before)
        assert reviews.rule(Ruling(NOW, waiting, DONE, institution=self.INSTITUTION))
        assert services.institutions.get("1760001550001") == before
