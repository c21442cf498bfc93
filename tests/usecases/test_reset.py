"""Reset: a wish is put down without reading anything; the mailed link sets the password."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import World
from tests.papers import portal
from tests.usecases.conftest import NEW_PASSWORD, NUMBER, PASSWORD, enter, make_account, refusals
from ventanilla.domain.accounts import TRIES, Slot
from ventanilla.domain.errors import InvalidCredentials, NotFound, Refused, TokenGone
from ventanilla.domain.ids import random_id
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.schemas.resets import ResetConfirmation, ResetOpening, ResetWish
from ventanilla.usecases import reset
from ventanilla.usecases.reset import RESET


@pytest.fixture
def ask(world):
    def ask(portal="demo", number=NUMBER, captcha=None):
        wish = ResetWish(portal=portal, identifier=number, captcha=captcha)
        return reset.ask(
            wish,
            portals=world.portals,
            outbox=world.outbox,
            captcha=world.captcha,
            slots=world.slots,
            clock=world.clock,
        )

    return ask


@pytest.fixture
def look(world):
    return lambda token: reset.look(
        ResetOpening(token=token),
        keys=world.keys,
        portals=world.portals,
        accounts=world.accounts,
        slots=world.slots,
        clock=world.clock,
    )


@pytest.fixture
def confirm(world, catalogues):
    def confirm(token, password=NEW_PASSWORD, data=None):
        reset.confirm(
            ResetConfirmation(token=token, password=password, data=data),
            keys=world.keys,
            portals=world.portals,
            catalogues=catalogues,
            accounts=world.accounts,
            slots=world.slots,
            hasher=world.hasher,
            clock=world.clock,
        )

    return confirm


def hold(world, account) -> Slot:
    """The slot of a link that was just mailed."""
    lives = world.clock.now() + timedelta(hours=24)
    slot = Slot(RESET, account.slot, random_id(), account.portal, account.number, account.epoch, lives)
    assert world.slots.hold(slot, instead_of=None)
    return slot


def token_of(world, slot):
    return world.keys.write(RESET, slot.slot, slot.id)


class TestAsking:
    def test_nothing_is_read_and_a_wish_is_put_down(self, world, ask):
        make_account(world)
        ask()
        owed = world.outbox.only
        assert world.calls == []
        assert (owed.kind, owed.lane, owed.about) == ("reset", "urgent", {"portal": "demo", "number": NUMBER})

    def test_the_answer_is_the_same_for_anybody(self, world, ask):
        answers = [ask(number="0912345678"), make_account(world) and ask(), ask(number="nobody")]
        assert {answer.model_dump_json() for answer in answers} == {'{"status":"pending","next":"check_email"}'}

    def test_the_number_is_meant_however_it_was_typed(self, world, ask):
        ask(number=f" {NUMBER[:9]}-{NUMBER[9]}")
        assert world.outbox.only.about["number"] == NUMBER

    def test_a_portal_that_is_not_there_is_said_not_to_be(self, world, ask):
        with pytest.raises(NotFound):
            ask(portal="atlantis")
        assert world.outbox.items == {}


class TestCaptcha:
    """Where the portal wants one, it stands before the wish and is used up by it."""

    @pytest.fixture
    def world(self, demo):
        return World(dataclasses.replace(demo, captcha=("reset",)))

    def test_a_solved_one_is_good_once(self, world, ask):
        ask(captcha="reset demo secret")
        with pytest.raises(Refused) as refused:
            ask(captcha="reset demo secret")
        assert refusals(refused.value) == [("captcha", "captcha_used")]
        assert len(world.outbox.items) == 1

    @pytest.mark.parametrize(
        ("captcha", "code"),
        [(None, "captcha_missing"), ("register demo x", "captcha_wrong"), ("reset office x", "captcha_wrong")],
    )
    def test_without_one_nothing_is_put_down(self, world, ask, captcha, code):
        with pytest.raises(Refused) as refused:
            ask(captcha=captcha)
        assert refusals(refused.value) == [("captcha", code)]
        assert world.outbox.items == {}


class TestCode:
    """Where the portal mails a code, the user name is typed with it."""

    NEW = "Doce volcanes 7!"

    @pytest.fixture
    def world(self):
        return World(portal("ibarra"))

    @pytest.fixture
    def slot(self, world):
        return hold(world, make_account(world, portal="ibarra"))

    @pytest.fixture
    def look(self, world, slot):
        def look(code, number=NUMBER):
            return reset.look(
                ResetOpening(token=token_of(world, slot), identifier=number, code=code),
                keys=world.keys,
                portals=world.portals,
                accounts=world.accounts,
                slots=world.slots,
                clock=world.clock,
            )

        return look

    @pytest.fixture
    def confirm(self, world, slot, catalogues):
        def confirm(code, number=NUMBER):
            reset.confirm(
                ResetConfirmation(token=token_of(world, slot), password=self.NEW, identifier=number, code=code),
                keys=world.keys,
                portals=world.portals,
                catalogues=catalogues,
                accounts=world.accounts,
                slots=world.slots,
                hasher=world.hasher,
                clock=world.clock,
            )

        return confirm

    @pytest.fixture
    def code(self, world, slot):
        return world.keys.ring.code(OneTimeToken(RESET, slot.slot, slot.id))

    def test_both_open_it_however_they_are_spaced(self, world, look, confirm, code):
        assert look(code, f" {NUMBER[:9]}-{NUMBER[9]}").portal == "ibarra"
        confirm(f"{code[:4].lower()} {code[4:]}")
        assert world.accounts.only.password_hash == f"hash:{self.NEW}"
        assert world.slots.held == {}

    @pytest.mark.parametrize(
        ("changes", "missing"), [({"code": None}, ["code"]), ({"code": None, "number": None}, ["identifier", "code"])]
    )
    def test_who_has_only_the_link_has_nothing(self, world, slot, look, confirm, changes, missing):
        for act in (look, confirm):
            with pytest.raises(Refused) as refused:
                act(**changes)
            assert refusals(refused.value) == [(name, "missing") for name in missing]
        assert world.slots.slot(RESET, slot.slot).tries == 0

    def test_a_wrong_one_takes_a_try_and_so_does_another_user_name(self, world, slot, look, confirm, code):
        for tries, typed in enumerate((("AAAAAAAA",), (code, "0912345678")), start=1):
            with pytest.raises(InvalidCredentials):
                (look if tries == 1 else confirm)(*typed)
            assert world.slots.slot(RESET, slot.slot).tries == tries

    def test_the_last_try_may_be_the_right_one_at_both_steps(self, look, confirm, code):
        for _ in range(TRIES - 1):
            with pytest.raises(InvalidCredentials):
                look("AAAAAAAA")
        look(code)
        confirm(code)

    def test_after_five_the_link_is_gone_for_the_right_one_too(self, world, look, confirm, code):
        before = world.accounts.only
        for _ in range(TRIES):
            with pytest.raises(InvalidCredentials):
                look("AAAAAAAA")
        for act in (look, confirm):
            with pytest.raises(TokenGone):
                act(code)
        assert world.accounts.only == before

    def test_a_temporary_password_that_is_replaced_no_longer_ends(self, world, confirm, code):
        account = world.accounts.only
        world.accounts.keep(dataclasses.replace(account, password_expires_at=world.clock.now()))
        confirm(code)
        assert world.accounts.only.password_expires_at is None


class TestLooking:
    def test_a_portal_that_wants_data_checked_shows_them_and_others_show_none(self, world, look):
        here, there = make_account(world), make_account(world, portal="office")
        assert look(token_of(world, hold(world, here))).data == {}
        opened = look(token_of(world, hold(world, there)))
        assert (opened.portal, opened.data) == ("office", there.profile)

    def test_it_uses_nothing_up(self, world, look, confirm):
        token = token_of(world, hold(world, make_account(world)))
        assert look(token) == look(token)
        confirm(token)


class TestConfirming:
    def test_the_password_is_set_all_sessions_end_and_the_owner_is_told(self, world, confirm):
        account = make_account(world)
        current = enter(world, account)
        confirm(token_of(world, hold(world, account)))
        changed, owed = world.accounts.only, world.outbox.only
        assert changed == dataclasses.replace(account, password_hash=f"hash:{NEW_PASSWORD}", epoch=account.epoch + 1)
        assert not current.session.lives(world.clock.now(), world.accounts.states[account.ref].epoch)
        assert (owed.kind, owed.about) == ("password_changed", {"portal": "demo", "number": NUMBER})

    def test_it_does_not_enter(self, world, confirm):
        confirm(token_of(world, hold(world, make_account(world))))
        assert world.sessions.kept == {}

    def test_a_link_works_once(self, world, confirm):
        token = token_of(world, hold(world, make_account(world)))
        confirm(token)
        with pytest.raises(TokenGone):
            confirm(token, PASSWORD)
        assert world.accounts.only.password_hash == f"hash:{NEW_PASSWORD}"

    def test_a_temporary_password_need_not_be_changed_any_more(self, world, confirm):
        account = make_account(world, portal="office", todo=("change_password", "check_data"))
        confirm(token_of(world, hold(world, account)))
        assert world.accounts.only.todo == ("check_data",)

    def test_data_are_corrected_on_the_way(self, world, confirm):
        account = make_account(world, portal="office")
        confirm(token_of(world, hold(world, account)), data={"given_names": "Ana  María"})
        assert world.accounts.only.profile == {**account.profile, "given_names": "Ana María"}

    @pytest.mark.parametrize(
        ("password", "data", "refused"),
        [
            ("corta y 1", None, ("password", "password_short")),
            (f"{NUMBER} {NUMBER}", None, ("password", "password_personal")),
            ("prueba lucía prueba", None, ("password", "password_personal")),
            (NEW_PASSWORD, {"email": "otra@example.ec"}, ("email", "unknown_field")),
            (NEW_PASSWORD, {"given_names": ""}, ("given_names", "person_name")),
        ],
    )
    def test_what_does_not_fit_is_refused_and_the_link_lives_on(self, world, confirm, password, data, refused):
        account = make_account(world)
        token = token_of(world, hold(world, account))
        with pytest.raises(Refused) as raised:
            confirm(token, password, data)
        assert refused in refusals(raised.value)
        assert world.accounts.only == account
        confirm(token)


class TestGone:
    """Unknown, used, superseded, expired: one and the same answer, whether one looks or confirms."""

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda world, account, slot: world.clock.advance(hours=24),
            lambda world, account, slot: world.slots.held.clear(),
            lambda world, account, slot: world.slots.hold(dataclasses.replace(slot, id=random_id()), instead_of=slot),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, epoch=account.epoch + 1)),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, status="locked")),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, status="closed")),
            lambda world, account, slot: world.accounts.kept.clear(),
        ],
        ids=["expired", "used", "superseded", "changed meanwhile", "locked", "closed", "no account"],
    )
    def test_a_link_that_does_not_live_is_gone(self, world, look, confirm, spoil):
        account = make_account(world)
        slot = hold(world, account)
        spoil(world, account, slot)
        for act in (look, confirm):
            with pytest.raises(TokenGone) as raised:
                act(token_of(world, slot))
            assert raised.value.facts == {}

    @pytest.mark.parametrize("purpose", ["confirm", "address", "device"])
    def test_a_token_of_another_purpose_is_gone(self, world, look, confirm, purpose):
        slot = hold(world, make_account(world))
        for act in (look, confirm):
            with pytest.raises(TokenGone):
                act(world.keys.write(purpose, slot.slot, slot.id))

    def test_a_forged_one_is_refused_before_anything_is_read(self, world, look, confirm):
        slot = hold(world, make_account(world))
        for act in (look, confirm):
            with pytest.raises(TokenGone):
                act(token_of(world, slot)[:-1] + "!")
        assert world.calls == []
