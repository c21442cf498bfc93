"""Mails of applications: each channel's own, and what decisions owe to whom."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import BASE_URL, World
from tests.papers import ANA, JOSE, LUIS, RUC, identifier, of_seps, portal
from tests.usecases.conftest import EMAIL, NUMBER, link_of, make_account, make_application
from ventanilla.domain.accounts import Slot
from ventanilla.domain.grants import Grant
from ventanilla.domain.ids import random_id, slot_of, time_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.usecases.mail import deliver

COOPERATIVE = "Cooperativa «El Ejemplo» Ltda."
ROLES = ["Rol de Acopio de Información"]


@pytest.fixture
def world(demo, office):
    return World(demo, office, *(portal(name) for name in ("seps", "ibarra", "buzonec", "staff")))


@pytest.fixture
def owe(world):
    def owe(kind, application=None, **about):
        if application:
            about |= {"slot": application.slot, "application": application.id}
        item = OutboxItem(kind, about, world.clock.now())
        world.outbox.put(item)
        return deliver(item.id, world.desk)[1]

    return owe


class TestConfirmations:
    @pytest.mark.parametrize(
        ("at", "channel", "name"),
        [
            ("demo", "self", "confirm"),
            ("office", "link", "confirm"),
            ("office", "certificate", "certificate"),
            ("buzonec", "certificate", "certificate"),
            ("office", "desk", "in_person"),
            ("buzonec", "in_person", "in_person"),
            ("seps", "application", "approved"),
            ("staff", "invitation", "invitation"),
            ("staff", "institution", "approved"),
            ("ibarra", "self", "temporary_password"),
        ],
    )
    def test_each_channel_has_its_own(self, world, owe, at, channel, name):
        application = make_application(world, portal=at, channel=channel, password_hash=None)
        assert owe("registration", application) == "sent"
        assert (world.mailer.only.name, world.mailer.only.to) == (name, EMAIL)

    @pytest.mark.parametrize(
        ("at", "channel"), [("office", "certificate"), ("office", "desk"), ("seps", "application")]
    )
    def test_they_bear_the_link(self, world, owe, at, channel):
        application = make_application(world, portal=at, channel=channel, password_hash=None)
        owe("registration", application)
        assert world.mailer.only.variables["link"] == f"{BASE_URL}/verify#token={link_of(world, application)}"

    def test_what_was_approved_says_which_roles_and_where(self, world, owe):
        application = dataclasses.replace(of_seps(), state="confirm")
        owe("registration", world.applications.keep(application))
        said = world.mailer.only.variables
        assert (said["roles"], said["organization"]) == (ROLES, COOPERATIVE)

    def test_an_invitation_says_for_whom(self, world, owe):
        grants = (Grant("reviewer", "seps"), Grant("agent", "buzonec"), Grant("platform_admin", "platform"))
        owe("registration", make_application(world, portal="staff", channel="invitation", grants=grants))
        named = world.mailer.only.variables["organization"]
        assert named == f"{portal('seps').institution}; {portal('buzonec').institution}"

    def test_a_code_that_was_handed_over_is_in_no_mail(self, world, owe):
        application = make_application(world, portal="office", channel="desk", password_hash=None)
        owe("registration", application)
        handed_over = OneTimeToken("confirm", application.slot, application.id)
        assert world.keys.ring.code(handed_over) not in repr(world.mailer.only)


class TestTemporaryPassword:
    @pytest.fixture
    def application(self, world):
        now = world.clock.now()
        ends = now + timedelta(hours=72)
        return make_application(world, id=time_id(now), portal="ibarra", password_hash=None, link_expires_at=ends)

    def password_of(self, world, application):
        return world.keys.ring.temporary_password(OneTimeToken("confirm", application.slot, application.token_id))

    def test_it_comes_with_user_name_and_address_and_without_a_link(self, world, owe, application):
        owe("registration", application)
        said = world.mailer.only.variables
        assert (said["user"], said["password"]) == (NUMBER, self.password_of(world, application))
        assert (said["sign_in"], said["expires"]) == (f"{BASE_URL}/ibarra/", "72 horas")
        assert "link" not in said

    def test_a_reset_mails_it_anew_once_it_has_ended(self, world, owe, application):
        world.clock.advance(hours=72)
        assert owe("reset", portal="ibarra", number=NUMBER) == "sent"
        renewed = world.applications.only
        assert renewed.link == 2
        assert world.mailer.only.variables["password"] == self.password_of(world, renewed)


class TestResetCode:
    def test_the_code_comes_with_the_link_that_it_goes_with(self, world, owe):
        make_account(world, portal="ibarra")
        owe("reset", portal="ibarra", number=NUMBER)
        slot = world.slots.slot("reset", slot_of("ibarra", NUMBER))
        token = OneTimeToken("reset", slot.slot, slot.id)
        mail = world.mailer.only
        assert mail.name == "reset_code"
        assert (mail.variables["user"], mail.variables["code"]) == (NUMBER, world.keys.ring.code(token))
        assert mail.variables["link"] == f"{BASE_URL}/reset#token={world.keys.ring.write(token)}"

    def test_one_whose_tries_were_used_up_is_followed_by_another(self, world, owe):
        account = make_account(world, portal="ibarra")
        ends = world.clock.now() + timedelta(hours=1)
        spent = Slot("reset", account.slot, random_id(), "ibarra", NUMBER, account.epoch, ends, tries=5)
        world.slots.hold(spent, instead_of=None)
        owe("reset", portal="ibarra", number=NUMBER)
        assert world.slots.slot("reset", account.slot).id != spent.id


class TestRecovery:
    def test_a_proven_application_of_a_taken_number_gets_its_link(self, world, owe):
        make_account(world, portal="office", email="antes@example.ec")
        owe("registration", make_application(world, portal="office", channel="desk", password_hash=None))
        assert (world.mailer.only.name, world.mailer.only.to) == ("in_person", EMAIL)

    def test_the_address_that_was_before_is_told_with_half_of_the_new_one(self, world, owe):
        make_account(world, portal="office")
        owe("account_recovered", portal="office", number=NUMBER, to="antes@example.ec", new="nueva@example.ec")
        mail = world.mailer.only
        assert (mail.name, mail.to) == ("account_recovered", "antes@example.ec")
        assert "nueva@example.ec" not in repr(mail)


class TestDecisions:
    @pytest.fixture
    def application(self, world):
        history = (
            {"state": "review", "at": "-", "by": "applicant"},
            {"state": "rejected", "at": "-", "by": "ref", "reason": "La firma no se lee."},
        )
        former = {"identifier": identifier(LUIS), "full_name": "Luis Paz"}
        return world.applications.keep(dataclasses.replace(of_seps(former_user=former), history=history))

    @pytest.mark.parametrize(("to", "name"), [("ana@example.ec", "Ana María Núñez Pérez"), ("gerencia@example.ec", "")])
    def test_a_rejection_says_why(self, world, owe, application, to, name):
        assert owe("rejected", application, to=to) == "sent"
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.variables["recipient_name"]) == ("rejected", to, name)
        assert mail.variables["reason"] == "La firma no se lee."
        assert (mail.variables["roles"], mail.variables["organization"]) == (ROLES, COOPERATIVE)

    @pytest.mark.parametrize(("kind", "number"), [("roles_given", ANA), ("roles_ended", LUIS)])
    def test_whose_roles_change_is_told_at_the_accounts_address(self, world, owe, application, kind, number):
        make_account(world, portal="seps", number=number, email="cuenta@example.ec", locale="en")
        assert owe(kind, application, portal="seps", number=number, roles="liquidador") == "sent"
        mail = world.mailer.only
        ended = ["Rol de Liquidador"]  # of the former user's places not each has passed on
        assert mail.variables["roles"] == (ROLES if kind == "roles_given" else ended)
        assert (mail.name, mail.to, mail.locale) == (kind, "cuenta@example.ec", "en")
        assert mail.variables["organization"] == COOPERATIVE

    @pytest.mark.parametrize("kind", ["roles_given", "roles_ended"])
    def test_whoever_has_closed_the_account_meanwhile_is_not(self, world, owe, application, kind):
        make_account(world, portal="seps", number=ANA, status="closed", email="")
        assert owe(kind, application, portal="seps", number=ANA, roles="acopio") == "not_owed"

    def test_who_asked_for_roles_to_be_given_up_is_told_that_it_is_done(self, world, owe, application):
        owe("roles_removed", application, to="cooperativa@example.ec")
        mail = world.mailer.only
        assert (mail.name, mail.to) == ("roles_removed_done", "cooperativa@example.ec")

    @pytest.mark.parametrize("kind", ["rejected", "roles_given", "roles_ended", "roles_removed"])
    def test_of_what_is_gone_nothing_is_told(self, world, owe, application, kind):
        make_account(world, portal="seps", number=JOSE)
        world.applications.kept.clear()
        about = {"to": "ana@example.ec", "portal": "seps", "number": JOSE, "roles": "acopio"}
        assert owe(kind, application, **about) == "not_owed"
        assert RUC not in repr(world.mailer.sent)


class TestTold:
    @pytest.mark.parametrize(
        "kind", ["account_locked", "account_unlocked", "account_corrected", "second_factor_changed"]
    )
    def test_the_owner_is_told_why(self, world, owe, kind):
        make_account(world, status="locked" if kind == "account_locked" else "active")
        assert owe(kind, portal="demo", number=NUMBER, reason="Lo pidió por teléfono.") == "sent"
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.variables["reason"]) == (kind, EMAIL, "Lo pidió por teléfono.")

    def test_of_a_closed_account_nobody_is(self, world, owe):
        make_account(world, status="closed", email="")
        assert owe("account_locked", portal="demo", number=NUMBER) == "not_owed"
