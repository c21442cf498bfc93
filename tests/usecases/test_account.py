"""Account: a person's own data, password and consents."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import NOW
from tests.usecases.conftest import EMAIL, NEW_PASSWORD, NUMBER, PASSWORD, enter, make_account, post, refusals
from ventanilla.domain.accounts import Slot
from ventanilla.domain.errors import InvalidCredentials, Refused, TokenGone, TooManyAttempts, Unauthenticated
from ventanilla.schemas.profile import PasswordAgain, PasswordChange, ProfileChange, TermsAccepted
from ventanilla.usecases import account as usecase
from ventanilla.usecases.verify import ADDRESS

NEW = "nueva@example.ec"


@pytest.fixture
def person(world):
    return make_account(world)


@pytest.fixture
def current(world, person):
    return enter(world, person)


@pytest.fixture
def change(world, catalogues):
    def change(current, **fields):
        return usecase.change_profile(
            ProfileChange.model_validate(fields),
            current,
            portals=world.portals,
            catalogues=catalogues,
            accounts=world.accounts,
            sessions=world.sessions,
            slots=world.slots,
            hasher=world.hasher,
            clock=world.clock,
        )

    return change


@pytest.fixture
def change_password(world):
    def change_password(current, old=PASSWORD, new=NEW_PASSWORD):
        return usecase.change_password(
            PasswordChange(current=old, new=new),
            current,
            portals=world.portals,
            accounts=world.accounts,
            sessions=world.sessions,
            hasher=world.hasher,
            clock=world.clock,
        )

    return change_password


@pytest.fixture
def accept(world):
    return lambda current, *terms: usecase.accept_terms(
        TermsAccepted(accept=list(terms)), current, portals=world.portals, accounts=world.accounts, clock=world.clock
    )


@pytest.fixture
def export(world):
    return lambda current: usecase.export(
        current,
        portals=world.portals,
        accounts=world.accounts,
        sessions=world.sessions,
        notifications=world.notifications,
        audits=world.audits,
        sign_ons=world.sign_ons,
    )


@pytest.fixture
def close(world):
    def close(current, password=PASSWORD):
        usecase.close(
            PasswordAgain(current_password=password),
            current,
            portals=world.portals,
            accounts=world.accounts,
            sessions=world.sessions,
            hasher=world.hasher,
            clock=world.clock,
        )

    return close


def show(world, current):
    return usecase.me(current, portals=world.portals, accounts=world.accounts, clock=world.clock)


class TestMe:
    def test_the_profile_is_shown(self, world, person, current):
        me = show(world, current)
        assert (me.portal, me.identifier.kind, me.identifier.number) == ("demo", "cedula", NUMBER)
        assert (me.email, me.profile, me.assurance, me.locale) == (EMAIL, person.profile, "self_asserted", "es")
        assert (me.consents, me.pending) == ([], [])

    def test_consents_are_shown_with_version_and_hour(self, world):
        at = (world.clock.now() - timedelta(days=1)).isoformat()
        current = enter(world, make_account(world, portal="office", accepted={"use": "1"}, accepted_at={"use": at}))
        [consent] = show(world, current).consents
        assert (consent.id, consent.version) == ("use", "1")
        assert show(world, current).pending == ["accept_terms"]

    @pytest.mark.parametrize("change", [{"epoch": 2}, {"status": "locked"}, {"status": "closed"}])
    def test_an_account_that_has_changed_since_the_session_was_read_is_not_shown(self, world, person, current, change):
        world.accounts.keep(dataclasses.replace(person, **change))
        with pytest.raises(Unauthenticated):
            show(world, current)


class TestProfile:
    def test_fields_are_corrected_and_normalised(self, world, change):
        account = make_account(world, portal="office")
        me = change(enter(world, account), surnames="Ejemplo", mobile_phone="099 123 4567")
        assert me.profile == {**account.profile, "surnames": "Ejemplo", "mobile_phone": "+593991234567"}
        assert world.accounts.only.profile == me.profile
        assert world.accounts.only.epoch == account.epoch
        assert world.outbox.items == {}

    @pytest.mark.parametrize("nothing", ["", None])
    def test_a_field_that_may_be_left_empty_can_be_emptied(self, world, change, nothing):
        account = make_account(world, portal="office", profile={"given_names": "Ana", "mobile_phone": "+593991234567"})
        change(enter(world, account), mobile_phone=nothing)
        assert world.accounts.only.profile == {"given_names": "Ana"}

    def test_a_field_for_other_identifiers_can_not_be_filled_in(self, world, change):
        citizen = make_account(world, portal="office")
        with pytest.raises(Refused) as refused:
            change(enter(world, citizen), born_on="1960-01-01")
        assert refusals(refused.value) == [("born_on", "unknown_field")]
        foreigner = make_account(world, portal="office", number="PE-AB123456", kind="passport", country="PE")
        assert change(enter(world, foreigner), born_on="1960-01-01").profile["born_on"] == "1960-01-01"

    @pytest.mark.parametrize("nothing", ["", None])
    def test_a_field_that_is_demanded_cannot(self, world, person, current, change, nothing):
        with pytest.raises(Refused):
            change(current, surnames=nothing)
        assert world.accounts.only == person

    @pytest.mark.parametrize(
        ("fields", "refused"),
        [
            ({"surnames": "4", "role": "admin"}, {("surnames", "person_name"), ("role", "unknown_field")}),
            ({"identifier": {"kind": "cedula", "number": NUMBER}}, {("identifier", "unknown_field")}),
            ({"password": NEW_PASSWORD}, {("password", "unknown_field")}),
            ({"assurance": "proven"}, {("assurance", "unknown_field")}),
            ({"email": 7}, {("email", "text_expected")}),
            ({"email": "ana"}, {("email", "email")}),
        ],
    )
    def test_what_does_not_fit_is_refused_and_nothing_changes(self, world, person, current, change, fields, refused):
        with pytest.raises(Refused) as raised:
            change(current, **fields)
        assert set(refusals(raised.value)) == refused
        assert world.accounts.only == person

    def test_the_language_of_the_mails_can_be_changed(self, world, current, change):
        assert change(current, locale="en").locale == "en"
        assert change(current, surnames="Ejemplo").locale == "en"

    def test_even_an_empty_change_completes_check_data(self, world, change):
        account = make_account(world, portal="office", todo=("check_data",), accepted={"use": "2", "privacy": "1"})
        current = enter(world, account)
        assert current.pending == ("check_data",)
        assert change(current).pending == []
        assert world.accounts.only.todo == ()
        assert world.accounts.states[account.ref].todo == ()


class TestAddress:
    def test_a_new_address_takes_effect_when_its_own_link_is_followed(self, world, person, current, change):
        me = change(current, email=NEW, current_password=PASSWORD)
        owed, slot = world.outbox.only, world.slots.slot(ADDRESS, person.slot)
        assert (me.email, me.email_pending) == (EMAIL, True)
        assert world.accounts.only.email == EMAIL
        assert (slot.email, slot.epoch) == (NEW, person.epoch)
        assert slot.expires_at == world.clock.now() + timedelta(hours=24)
        assert (owed.kind, owed.about) == ("address_confirm", {"portal": "demo", "number": NUMBER, "id": slot.id})

    def test_what_is_owed_does_not_name_the_address(self, world, current, change):
        change(current, email=NEW, current_password=PASSWORD)
        assert NEW not in repr(world.outbox.only)

    def test_it_demands_the_password(self, world, person, current, change):
        with pytest.raises(Refused) as raised:
            change(current, email=NEW)
        assert refusals(raised.value) == [("current_password", "missing")]
        with pytest.raises(InvalidCredentials):
            change(current, email=NEW, current_password=NEW_PASSWORD)
        assert world.slots.held == {}
        assert world.outbox.items == {}

    def test_guessing_the_password_makes_wait(self, world, current, change):
        for _ in range(5):
            with pytest.raises(InvalidCredentials):
                change(current, email=NEW, current_password=NEW_PASSWORD)
        with pytest.raises(TooManyAttempts):
            change(current, email=NEW, current_password=PASSWORD)

    @pytest.mark.parametrize("same", [EMAIL, EMAIL.upper(), f" {EMAIL} "])
    def test_ones_own_address_is_no_change(self, world, person, current, change, same):
        assert not change(current, email=same).email_pending
        assert world.slots.held == {}
        assert world.accounts.only == person

    def test_the_last_address_that_was_asked_for_is_the_one(self, world, person, current, change):
        change(current, email="primera@example.ec", current_password=PASSWORD)
        change(current, email=NEW, current_password=PASSWORD)
        assert world.slots.slot(ADDRESS, person.slot).email == NEW
        assert world.outbox.kinds == ["address_confirm", "address_confirm"]

    def test_of_two_at_the_same_time_one_is_refused(self, world, person, current, change):
        other = Slot(
            ADDRESS, person.slot, "other", "demo", NUMBER, 1, world.clock.now() + timedelta(hours=1), "x@example.ec"
        )
        world.slots.before_holding = lambda: world.slots.hold(other, instead_of=None)
        with pytest.raises(TokenGone):
            change(current, email=NEW, current_password=PASSWORD)
        assert world.outbox.items == {}

    def test_other_fields_change_at_once(self, world, current, change):
        change(current, email=NEW, surnames="Ejemplo", current_password=PASSWORD)
        assert world.accounts.only.profile["surnames"] == "Ejemplo"


class TestPassword:
    def test_all_other_sessions_end_and_the_owner_is_told(self, world, person, current, change_password):
        other = enter(world, person)
        answer = change_password(current)
        changed, owed = world.accounts.only, world.outbox.only
        assert answer.pending == []
        assert changed == dataclasses.replace(person, password_hash=f"hash:{NEW_PASSWORD}", epoch=person.epoch + 1)
        living = [one.id for one in world.sessions.all_of(person.ref) if one.lives(world.clock.now(), changed.epoch)]
        assert living == [current.session.id] != [other.session.id]
        assert (owed.kind, owed.about) == ("password_changed", {"portal": "demo", "number": NUMBER})

    def test_it_takes_the_old_one(self, world, person, current, change_password):
        with pytest.raises(InvalidCredentials):
            change_password(current, old=NEW_PASSWORD)
        assert world.accounts.only == person

    @pytest.mark.parametrize(
        ("new", "code"), [("corta", "password_short"), (f"{NUMBER} {NUMBER}", "password_personal")]
    )
    def test_the_policy_speaks_of_the_new_one(self, world, person, current, change_password, new, code):
        with pytest.raises(Refused) as raised:
            change_password(current, new=new)
        assert ("new", code) in refusals(raised.value)
        assert world.accounts.only == person

    def test_a_temporary_one_is_changed_first_and_what_follows_is_told(self, world, change_password):
        current = enter(world, make_account(world, portal="office", todo=("change_password", "check_data")))
        assert current.pending[0] == "change_password"
        assert change_password(current).pending == ["check_data", "accept_terms"]

    def test_of_two_at_the_same_time_one_is_refused(self, world, person, current, change_password):
        world.hasher.hash = lambda password: world.accounts.keep(dataclasses.replace(person, epoch=9)) and "hash:x"
        with pytest.raises(TokenGone):
            change_password(current)


class TestTerms:
    @pytest.fixture
    def current(self, world):
        return enter(
            world, make_account(world, portal="office", accepted={"use": "1"}, accepted_at={"use": "long ago"})
        )

    def test_what_is_accepted_is_kept_with_version_and_hour(self, world, current, accept):
        assert accept(current, "use").pending == ["accept_terms"]
        assert accept(current, "privacy").pending == []
        account, now = world.accounts.only, world.clock.now().isoformat()
        assert (account.accepted, account.accepted_at) == ({"use": "2", "privacy": "1"}, {"use": now, "privacy": now})
        assert world.accounts.states[account.ref].accepted == account.accepted

    def test_nothing_accepted_changes_nothing(self, world, current, accept):
        before = world.accounts.only
        assert accept(current).pending == ["accept_terms"]
        assert world.accounts.only == before

    def test_a_text_that_the_portal_does_not_have_is_refused(self, world, current, accept):
        before = world.accounts.only
        with pytest.raises(Refused) as raised:
            accept(current, "use", "other")
        assert refusals(raised.value) == [("accept", "terms")]
        assert world.accounts.only == before


class TestExport:
    def test_it_holds_profile_sessions_and_notifications(self, world, current, export):
        post(world)
        exported = export(current)
        assert exported["email"] == EMAIL
        assert [one["device"] for one in exported["sessions"]] == ["Browser"]
        assert [(one["reference"], one["subject"]) for one in exported["notifications"]] == [("RES-1", "Resolución")]

    def test_it_shows_no_letter_of_a_mailbox_that_the_account_does_not_open(self, world, export):
        # whoever registers with somebody else's number must not learn what the State writes to them
        post(world, portal="office")
        stranger = make_account(world, portal="office", assurance="self_asserted")
        assert export(enter(world, stranger))["notifications"] == []

    def test_it_shows_those_of_one_that_it_opens(self, world, export):
        post(world, portal="office")
        proven = make_account(world, portal="office", assurance="proven")
        assert len(export(enter(world, proven))["notifications"]) == 1

    def test_a_portal_without_a_mailbox_has_none_to_export(self, world, export):
        assert export(enter(world, make_account(world, portal="ipsot")))["notifications"] == []


class TestClosing:
    def test_personal_data_go_sessions_end_and_the_owner_is_told(self, world, person, current, close):
        close(current)
        closed, owed = world.accounts.only, world.outbox.only
        assert (closed.status, closed.epoch) == ("closed", person.epoch + 1)
        assert (closed.profile, closed.email, closed.password_hash, closed.accepted) == ({}, "", "", {})
        assert world.sessions.read(person.ref, current.session.secret_hash) is None
        assert (owed.kind, owed.about["to"], owed.about["locale"]) == ("account_closed", EMAIL, "es")

    def test_the_mailbox_shuts(self, world, current, close):
        close(current)
        assert not world.notifications.mailbox("demo", NUMBER).open
        assert post(world)[0].state == "waiting_for_account"

    def test_an_account_that_opens_no_mailbox_shuts_none(self, world, close):
        close(enter(world, make_account(world, portal="ipsot")))
        assert world.notifications.mailboxes == {}

    def test_it_demands_the_password(self, world, person, current, close):
        with pytest.raises(InvalidCredentials):
            close(current, NEW_PASSWORD)
        assert world.accounts.only == person
        assert world.outbox.items == {}

    def test_the_number_is_free_again(self, world, current, close):
        close(current)
        assert world.accounts.get("demo", NUMBER) is None


class TestAddressThatMailsComeBackFrom:
    @pytest.fixture
    def stopped(self, world):
        person = make_account(world, bounces=3, bounced_at=NOW, bounced_mail="m", todo=("check_data",))
        return enter(world, person)

    def test_the_profile_says_so(self, world, stopped):
        shown = usecase.me(stopped, portals=world.portals, accounts=world.accounts, clock=world.clock)
        assert (shown.email_status, shown.pending) == ("stopped", ["check_data"])

    def test_an_empty_change_completes_the_step_and_no_more(self, stopped, change):
        shown = change(stopped)
        assert (shown.email_status, shown.pending) == ("stopped", [])

    @pytest.mark.parametrize("typed", [EMAIL, EMAIL.upper()])
    def test_whoever_names_the_address_again_is_tried_once_more(self, world, stopped, change, typed):
        shown = change(stopped, email=typed)
        assert (shown.email_status, shown.pending) == ("bounced", [])
        assert world.accounts.only.with_bounce("n", NOW).email_status == "stopped"

    def test_a_new_address_is_ok_once_its_link_is_followed(self, world, stopped, change):
        shown = change(stopped, email=NEW, current_password=PASSWORD)
        assert (shown.email_status, shown.email_pending) == ("stopped", True)
