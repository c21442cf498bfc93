"""Enrolling: an app while there is none, another only by the present one and the password."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.usecases.staff_world import ANA, FILES, PASSWORD, World
from ventanilla.domain.errors import InvalidCredentials, NotFound, ProofNeeded, Refused, WrongCode
from ventanilla.domain.second_factor import normal_form
from ventanilla.schemas.second_factor import SecondFactorWish
from ventanilla.usecases.second_factor import enrol


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def wish(world):
    def wish(current, **said):
        return enrol(
            SecondFactorWish(**said),
            world.current(current.session),
            portals=FILES,
            accounts=world.accounts,
            sessions=world.sessions,
            authenticators=world.authenticators,
            hasher=world.hasher,
            clock=world.clock,
        )

    return wish


@pytest.fixture
def newcomer(world):
    return world.enter(world.account(todo=("second_factor_enrolment", "check_data")))


@pytest.fixture
def enrolled(world):
    return world.account(second_factor="first", second_factor_step=1, recovery_codes=("hash:x",) * 10)


class TestTheFirst:
    def test_the_app_is_given_a_secret(self, world, newcomer, wish):
        begun = wish(newcomer)
        enrolment = world.begun[newcomer.session.id].enrolment
        assert begun.secret == f"secret of {newcomer.state.ref} {enrolment}"
        assert begun.otpauth_uri == f"otpauth:Personal e instituciones:ana@example.ec:{begun.secret}"

    def test_nothing_is_enrolled_by_that(self, world, newcomer, wish):
        wish(newcomer)
        assert world.accounts.kept["staff", ANA].second_factor is None
        assert world.current(newcomer.session).pending[0] == "second_factor_enrolment"

    def test_asked_again_the_secret_is_the_same(self, newcomer, wish):
        assert wish(newcomer) == wish(newcomer)

    def test_another_session_is_given_another(self, world, newcomer, wish):
        assert wish(newcomer) != wish(world.enter(world.accounts.kept["staff", ANA]))

    def test_its_first_code_enrols_it(self, world, newcomer, wish):
        wish(newcomer)
        wish(newcomer, code=world.authenticators.shown)
        account = world.accounts.kept["staff", ANA]
        assert account.second_factor == world.begun[newcomer.session.id].enrolment
        assert account.second_factor_step == int(world.clock.at.timestamp()) // 30
        assert account.todo == ("check_data",)

    def test_the_code_that_enrolled_it_is_used_up(self, world, newcomer, wish):
        wish(newcomer)
        wish(newcomer, code=world.authenticators.shown)
        account = world.accounts.kept["staff", ANA]
        hours = (world.clock.at, world.clock.at)
        assert (
            world.authenticators.accepts(
                "", "", world.authenticators.shown, last=account.second_factor_step, hours=hours
            )
            is None
        )

    def test_ten_recovery_codes_are_shown_and_only_hashes_kept(self, world, newcomer, wish):
        wish(newcomer)
        codes = wish(newcomer, code=world.authenticators.shown).recovery_codes
        assert len(set(codes)) == 10
        assert world.accounts.kept["staff", ANA].recovery_codes == tuple(f"hash:{normal_form(code)}" for code in codes)

    def test_the_other_sessions_end_and_the_owner_is_told(self, world, newcomer, wish):
        other = world.enter(world.accounts.kept["staff", ANA])
        wish(newcomer)
        wish(newcomer, code=world.authenticators.shown)
        epoch = world.accounts.kept["staff", ANA].epoch
        assert epoch == 2
        assert (world.begun[newcomer.session.id].epoch, world.begun[other.session.id].epoch) == (2, 1)
        assert [(item.kind, item.about) for item in world.outbox.items.values()] == [
            ("second_factor_changed", {"portal": "staff", "number": ANA})
        ]

    @pytest.mark.parametrize("code", ["000000", "nonsense", "0-aaaaa-aaaaa"])
    def test_a_wrong_code_enrols_nothing(self, world, newcomer, wish, code):
        wish(newcomer)
        with pytest.raises(WrongCode):
            wish(newcomer, code=code)
        assert world.accounts.kept["staff", ANA].second_factor is None
        assert world.sessions.failures == {}  # who types it has just been shown the secret: there is nothing to guess

    def test_a_code_before_the_secret_was_asked_for_is_refused(self, world, newcomer, wish):
        with pytest.raises(Refused) as raised:
            wish(newcomer, code=world.authenticators.shown)
        assert [(one.field, one.code) for one in raised.value.errors] == [("code", "enrolment_first")]

    def test_a_portal_without_second_factors_enrols_none(self, world, wish):
        with pytest.raises(NotFound):
            wish(world.enter(world.account("demo")))


class TestAnother:
    def test_without_a_proof_a_moment_ago_there_is_none(self, world, enrolled, wish):
        for current in (world.enter(enrolled), world.enter(enrolled, proved_at=world.clock.at - timedelta(minutes=10))):
            with pytest.raises(ProofNeeded):
                wish(current, current_password=PASSWORD)
            with pytest.raises(ProofNeeded):
                wish(current, code=world.authenticators.shown)

    def test_without_the_password_there_is_none(self, world, enrolled, wish):
        current = world.enter(enrolled, proved_at=world.clock.at)
        with pytest.raises(Refused):
            wish(current)
        with pytest.raises(InvalidCredentials):
            wish(current, current_password="another password")
        assert world.begun[current.session.id].enrolment is None

    def test_a_code_alone_does_not_get_round_the_password(self, world, enrolled, wish):
        with pytest.raises(Refused):
            wish(world.enter(enrolled, proved_at=world.clock.at), code=world.authenticators.shown)

    def test_with_both_another_takes_the_place(self, world, enrolled, wish):
        current = world.enter(enrolled, proved_at=world.clock.at)
        wish(current, current_password=PASSWORD)
        wish(current, code=world.authenticators.shown)
        account = world.accounts.kept["staff", ANA]
        assert account.second_factor == world.begun[current.session.id].enrolment != "first"
        assert "hash:x" not in account.recovery_codes
        assert account.epoch == 2

    def test_what_was_begun_while_there_was_none_dies_when_another_session_finishes(self, world, newcomer, wish):
        late = world.enter(world.accounts.kept["staff", ANA])
        wish(newcomer)
        wish(late)
        wish(newcomer, code=world.authenticators.shown)
        world.sessions.keep(replace(world.begun[late.session.id], epoch=2))  # as if it had not ended
        with pytest.raises(ProofNeeded):
            wish(late, code=world.authenticators.shown)
