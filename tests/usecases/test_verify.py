"""Verify: the mailed link proves the address, and the account is born."""

import dataclasses
from datetime import timedelta

import pytest

from tests.usecases.conftest import (
    EMAIL,
    NEW_PASSWORD,
    NUMBER,
    PASSWORD,
    enter,
    link_of,
    make_account,
    make_application,
    post,
    refusals,
)
from ventanilla.domain.accounts import TRIES, Slot
from ventanilla.domain.errors import InvalidCredentials, Refused, TokenGone
from ventanilla.domain.grants import Grant
from ventanilla.domain.ids import random_id
from ventanilla.domain.tokens import Keyring, SigningKey
from ventanilla.schemas.verification import PasswordChoice, Verification
from ventanilla.usecases.verify import ADDRESS, handed_over, set_password, verify


@pytest.fixture
def follow(world):
    def follow(token, password=None):
        return verify(
            Verification(token=token, password=password),
            keys=world.keys,
            portals=world.portals,
            applications=world.applications,
            accounts=world.accounts,
            slots=world.slots,
            hasher=world.hasher,
            clock=world.clock,
        )

    return follow


@pytest.fixture
def choose(world, catalogues):
    def choose(token, password=PASSWORD, data=None, code=None):
        return set_password(
            PasswordChoice(token=token, password=password, data=data, code=code),
            keys=world.keys,
            portals=world.portals,
            catalogues=catalogues,
            applications=world.applications,
            accounts=world.accounts,
            hasher=world.hasher,
            clock=world.clock,
        )

    return choose


def by_link(world, **changes):
    """An application of the channel that ends in a link."""
    return make_application(world, portal="office", channel="link", password_hash=None, **changes)


def by_agent(world, **changes):
    """An application that an agent has typed."""
    return make_application(world, portal="office", channel="desk", password_hash=None, **changes)


def code_of(world, application):
    """What the agent handed over."""
    return world.keys.ring.code(handed_over(application))


class TestThePasswordOfTheFormIsTypedAgain:
    def test_the_link_alone_opens_nothing_and_asks_for_the_password(self, world, follow):
        token = link_of(world, make_application(world))
        answer = follow(token)
        assert (answer.status, answer.next, answer.portal, answer.data) == ("pending", "password", "demo", None)
        assert follow(token) == answer
        assert world.accounts.kept == {}
        assert world.applications.only.tries == 0

    def test_with_the_password_the_account_is_born(self, world, follow):
        application = make_application(world, accepted={"use": "2"}, locale="en")
        answer = follow(link_of(world, application), PASSWORD)
        account = world.accounts.only
        assert (answer.status, answer.next, answer.portal) == ("active", "sign_in", "demo")
        assert (account.portal, account.number, account.kind, account.email) == ("demo", NUMBER, "cedula", EMAIL)
        assert (account.status, account.assurance, account.locale) == ("active", "self_asserted", "en")
        assert account.password_hash == application.password_hash
        assert account.profile == application.profile
        assert account.created_at == world.clock.now()
        assert (account.accepted, account.accepted_at) == ({"use": "2"}, {"use": application.created_at.isoformat()})

    def test_another_password_opens_nothing_and_costs_a_try(self, world, follow):
        token = link_of(world, make_application(world))
        with pytest.raises(InvalidCredentials):
            follow(token, NEW_PASSWORD)
        assert world.accounts.kept == {}
        assert world.applications.only.tries == 1

    def test_a_try_is_taken_before_anything_is_compared(self, world, follow):
        follow(link_of(world, make_application(world)), PASSWORD)
        assert [call for call in world.calls if call in ("take try", "fits")] == ["take try", "fits"]

    def test_after_five_wrong_passwords_the_right_one_comes_too_late(self, world, follow):
        token = link_of(world, make_application(world))
        for _ in range(TRIES):
            with pytest.raises(InvalidCredentials):
                follow(token, NEW_PASSWORD)
        world.calls.clear()
        with pytest.raises(TokenGone):
            follow(token, PASSWORD)
        assert "fits" not in world.calls
        with pytest.raises(TokenGone):
            follow(token)

    def test_the_fifth_try_is_still_heard(self, world, follow):
        token = link_of(world, make_application(world, tries=TRIES - 1))
        assert follow(token, PASSWORD).status == "active"


class TestTheMailbox:
    def test_it_opens_with_the_account_and_what_waited_is_released(self, world, follow):
        post(world)
        follow(link_of(world, make_application(world)), PASSWORD)
        owed = world.outbox.only
        assert world.notifications.mailbox("demo", NUMBER).open
        assert (owed.kind, owed.about) == ("release", {"portal": "demo", "number": NUMBER})

    def test_it_stays_shut_where_it_demands_more_than_was_proven(self, world, choose):
        choose(link_of(world, by_link(world)))
        assert world.accounts.only.assurance == "self_asserted"
        assert not world.notifications.mailbox("office", NUMBER).open
        assert world.outbox.items == {}

    def test_an_agents_channel_proves_enough(self, world, choose):
        application = by_agent(world)
        choose(link_of(world, application), code=code_of(world, application))
        assert world.accounts.only.assurance == "proven"
        assert world.notifications.mailbox("office", NUMBER).open
        assert world.outbox.kinds == ["release"]


class TestThePasswordIsSetBehindTheLink:
    def test_the_link_shows_what_is_to_be_checked_and_asks_for_a_password(self, world, follow):
        application = by_link(world)
        answer = follow(link_of(world, application))
        assert (answer.status, answer.next, answer.data) == ("pending", "set_password", application.profile)

    def test_a_portal_that_checks_nothing_shows_nothing(self, world, follow, office):
        world.portals._portals["office"] = dataclasses.replace(office, check_data=False)
        assert follow(link_of(world, by_link(world))).data is None

    def test_a_password_typed_at_the_wrong_place_sets_nothing(self, world, follow):
        assert follow(link_of(world, by_link(world)), PASSWORD).next == "set_password"
        assert world.accounts.kept == {}

    def test_the_account_is_born_with_the_password_that_was_chosen(self, world, choose):
        answer = choose(link_of(world, by_link(world)), NEW_PASSWORD)
        assert (answer.status, answer.next) == ("active", "sign_in")
        assert world.accounts.only.password_hash == f"hash:{NEW_PASSWORD}"
        assert world.accounts.only.todo == ()  # the data were checked behind the link

    def test_data_are_corrected_on_the_way(self, world, choose):
        data = {"surnames": "Ejemplo", "mobile_phone": "099 123 4567"}
        choose(link_of(world, by_link(world)), data=data)
        expected = {"given_names": "Ana Lucía", "surnames": "Ejemplo", "mobile_phone": "+593991234567"}
        assert world.accounts.only.profile == expected

    @pytest.mark.parametrize(
        ("data", "refused"),
        [
            ({"surnames": "4"}, ("surnames", "person_name")),
            ({"email": "otra@example.ec"}, ("email", "unknown_field")),
            ({"identifier": {"kind": "cedula", "number": NUMBER}}, ("identifier", "unknown_field")),
        ],
    )
    def test_data_that_do_not_fit_are_refused_and_the_link_lives_on(self, world, choose, data, refused):
        token = link_of(world, by_link(world))
        with pytest.raises(Refused) as raised:
            choose(token, data=data)
        assert refusals(raised.value) == [refused]
        assert choose(token).status == "active"

    @pytest.mark.parametrize(
        ("password", "code"), [("corta", "password_short"), ("ana lucía prueba", "password_personal")]
    )
    def test_a_password_that_the_policy_does_not_want_is_refused_and_the_link_lives_on(
        self, world, choose, password, code
    ):
        token = link_of(world, by_link(world))
        with pytest.raises(Refused) as raised:
            choose(token, password)
        assert ("password", code) in refusals(raised.value)
        assert choose(token).status == "active"

    def test_where_one_was_chosen_in_the_form_none_can_be_set(self, world, choose):
        token = link_of(world, make_application(world))
        with pytest.raises(TokenGone):
            choose(token, NEW_PASSWORD)
        assert world.accounts.kept == {}

    def test_a_token_of_a_changed_address_sets_none(self, world, choose):
        account = make_account(world)
        with pytest.raises(TokenGone):
            choose(world.keys.write(ADDRESS, account.slot, random_id()))

    def test_a_portal_that_checks_data_asks_at_entry_after_a_password_of_the_form(self, world, follow):
        application = make_application(world, portal="office", channel="form")
        follow(link_of(world, application), PASSWORD)
        assert world.accounts.only.todo == ("check_data",)


class TestRecovery:
    """A proven application takes the place of the account that was there."""

    @pytest.fixture
    def before(self, world):
        return make_account(
            world,
            portal="office",
            email="antes@example.ec",
            created_at=world.clock.now() - timedelta(days=100),
            grants=(Grant("clerk", "x"),),
            second_factor="enrolment",
            recovery_codes=("hash:x",),
            security_answers={"first_pet": "hash:canela"},
        )

    @pytest.fixture
    def recover(self, world, choose):
        def recover(**changes):
            application = by_agent(world, **changes)
            return choose(link_of(world, application), NEW_PASSWORD, code=code_of(world, application))

        return recover

    def test_address_and_credentials_are_the_new_ones_and_all_sessions_end(self, world, before, recover):
        current = enter(world, before)
        recover()
        after = world.accounts.only
        assert (after.ref, after.epoch, after.created_at) == (before.ref, before.epoch + 1, before.created_at)
        assert (after.email, after.password_hash, after.assurance) == (EMAIL, f"hash:{NEW_PASSWORD}", "proven")
        assert (after.second_factor, after.recovery_codes, after.security_answers) == (None, (), {})
        assert not current.session.lives(world.clock.now(), world.accounts.states[before.ref].epoch)

    def test_what_the_account_may_do_stays_with_what_was_approved(self, world, before, recover):
        recover(grants=(Grant("auditor", "x"),))
        assert world.accounts.only.grants == (Grant("clerk", "x"), Grant("auditor", "x"))

    def test_the_address_that_was_before_is_told(self, world, before, recover):
        recover()
        [told] = world.outbox.of("account_recovered")
        assert told.about == {"portal": "office", "number": NUMBER, "to": "antes@example.ec", "new": EMAIL}
        assert world.outbox.kinds == ["release", "account_recovered"]

    def test_what_the_staff_have_locked_stays_locked(self, world, before, recover):
        world.accounts.keep(dataclasses.replace(before, status="locked"))
        recover()
        assert world.accounts.only.status == "locked"

    def test_what_proves_nothing_takes_nobodys_place(self, world, before, choose):
        with pytest.raises(TokenGone):
            choose(link_of(world, by_link(world)), NEW_PASSWORD)
        assert world.accounts.only == before

    @pytest.mark.parametrize("change", [{"epoch": 9}, {"status": "closed", "epoch": 9}])
    def test_an_account_that_changes_meanwhile_is_left_as_it_is(self, world, before, recover, change):
        changed = dataclasses.replace(before, **change)
        world.accounts.before_writing.append(lambda: world.accounts.keep(changed))
        with pytest.raises(TokenGone):
            recover()
        assert world.accounts.only == changed

    def test_nobody_who_was_there_is_told_nothing(self, world, recover):
        recover()
        assert world.outbox.kinds == ["release"]
        assert world.accounts.only.grants == ()


class TestRolesMeanwhile:
    """Two applications of one person were approved; the first link that is followed opens the account."""

    APPROVED = (Grant("auditor", "x"),)

    def test_the_second_gives_its_roles_to_the_account(self, world, choose):
        before = make_account(world, portal="office", grants=(Grant("clerk", "x"),))
        choose(link_of(world, by_link(world, grants=self.APPROVED)), NEW_PASSWORD)
        after = world.accounts.only
        assert after.grants == (Grant("clerk", "x"), *self.APPROVED)
        assert (after.password_hash, after.epoch) == (f"hash:{NEW_PASSWORD}", before.epoch + 1)
        assert world.outbox.kinds == ["password_changed"]
        assert world.applications.kept == {}

    def test_behind_another_address_it_sets_no_password(self, world, choose):
        before = make_account(world, portal="office", email="otra@example.ec")
        choose(link_of(world, by_link(world, grants=self.APPROVED)), NEW_PASSWORD)
        assert world.accounts.only == dataclasses.replace(before, grants=self.APPROVED)
        assert world.outbox.items == {}

    def test_a_locked_account_stays_locked(self, world, choose):
        make_account(world, portal="office", status="locked")
        choose(link_of(world, by_link(world, grants=self.APPROVED)), NEW_PASSWORD)
        assert world.accounts.only.status == "locked"


class TestGone:
    """Unknown, used, expired, superseded: one and the same answer."""

    @pytest.fixture
    def gone(self, follow, choose):
        def gone(token):
            for act in (lambda: follow(token), lambda: follow(token, PASSWORD), lambda: choose(token)):
                with pytest.raises(TokenGone) as raised:
                    act()
                assert raised.value.facts == {}
            return True

        return gone

    def test_a_link_works_once(self, world, follow, gone):
        token = link_of(world, make_application(world))
        follow(token, PASSWORD)
        assert gone(token)

    def test_a_link_lives_as_long_as_it_says(self, world, follow, gone):
        token = link_of(world, make_application(world))
        world.clock.advance(hours=24, microseconds=-1)
        assert follow(token).status == "pending"
        world.clock.advance(microseconds=1)
        assert gone(token)

    def test_a_link_that_was_superseded_is_gone(self, world, gone):
        application = make_application(world)
        token = link_of(world, application)
        world.applications.renew_link(application, world.clock.now() + timedelta(hours=24))
        assert gone(token)

    def test_a_link_to_nothing_is_gone(self, world, gone):
        application = make_application(world)
        world.applications.kept.clear()
        assert gone(link_of(world, application))

    def test_an_application_that_waits_for_something_else_has_no_link(self, world, gone):
        assert gone(link_of(world, make_application(world, state="documents")))

    def test_a_forged_link_is_refused_before_anything_is_read(self, world, gone):
        application = make_application(world)
        forger = Keyring("k1", {"k1": SigningKey(b"guessed")})
        genuine, world.keys.ring = world.keys.ring, forger
        token = link_of(world, application)
        world.keys.ring = genuine
        assert gone(token)
        assert world.calls == []

    def test_a_number_that_has_an_account_by_now_gets_no_second_one(self, world, follow):
        token = link_of(world, make_application(world))
        account = make_account(world, password_hash="hash:the first")
        with pytest.raises(TokenGone):
            follow(token, PASSWORD)
        assert world.accounts.only == account

    def test_a_token_of_another_purpose_is_gone(self, world, gone):
        application = make_application(world)
        assert gone(world.keys.write("reset", application.slot, application.token_id))

    @pytest.mark.parametrize("token_id", ["x", "x-", "-1", "x-y", "x--1", "01KJM5Q7G0ABCDEFGHJKMNP000-²"])
    def test_an_id_that_names_no_link_is_gone(self, world, gone, token_id):
        application = make_application(world)
        assert gone(world.keys.write("confirm", application.slot, token_id))


class TestAChangedAddress:
    """The new address counts once its own link was followed."""

    NEW = "nueva@example.ec"

    @pytest.fixture
    def account(self, world):
        return make_account(world)

    @pytest.fixture
    def slot(self, world, account):
        slot = Slot(
            ADDRESS,
            account.slot,
            random_id(),
            "demo",
            NUMBER,
            account.epoch,
            world.clock.now() + timedelta(hours=24),
            self.NEW,
        )
        world.slots.hold(slot, instead_of=None)
        return slot

    @pytest.fixture
    def token(self, world, slot):
        return world.keys.write(ADDRESS, slot.slot, slot.id)

    def test_its_link_takes_it_over_ends_all_sessions_and_tells_the_old_address(self, world, account, token, follow):
        answer = follow(token)
        changed, owed = world.accounts.only, world.outbox.only
        assert (answer.status, answer.next, answer.portal) == ("active", "sign_in", "demo")
        assert (changed.email, changed.epoch) == (self.NEW, account.epoch + 1)
        assert changed == dataclasses.replace(account, email=self.NEW, epoch=account.epoch + 1)
        assert owed.kind == "address_changed"
        assert owed.about == {"portal": "demo", "number": NUMBER, "to": EMAIL, "new": self.NEW}
        assert world.accounts.states[account.ref].epoch == changed.epoch

    def test_a_session_of_before_has_ended(self, world, account, token, follow):
        current = enter(world, account)
        follow(token)
        assert not current.session.lives(world.clock.now(), world.accounts.states[account.ref].epoch)

    def test_it_works_once(self, world, account, token, follow):
        follow(token)
        with pytest.raises(TokenGone):
            follow(token)

    def test_it_needs_no_password_and_takes_none(self, world, account, token, follow):
        assert follow(token, "whatever").status == "active"

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda world, account, slot: world.clock.advance(hours=24),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, epoch=account.epoch + 1)),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, status="locked")),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, status="closed")),
            lambda world, account, slot: world.slots.hold(dataclasses.replace(slot, id=random_id()), instead_of=slot),
            lambda world, account, slot: world.slots.hold(dataclasses.replace(slot, email=None), instead_of=slot),
            lambda world, account, slot: world.slots.held.clear(),
        ],
        ids=["expired", "password changed meanwhile", "locked", "closed", "superseded", "no address", "used"],
    )
    def test_what_is_no_longer_so_makes_it_gone(self, world, account, slot, token, follow, spoil):
        spoil(world, account, slot)
        with pytest.raises(TokenGone):
            follow(token)
        assert world.accounts.only.email == EMAIL
