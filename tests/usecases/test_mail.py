"""Mail: which mail is owed, to whom, in which words; at least once, never for what did not happen."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import BASE_URL
from tests.usecases.conftest import (
    EMAIL,
    INSTITUTION,
    NEW_PASSWORD,
    NUMBER,
    PASSWORD,
    make_account,
    make_application,
    post,
    sender,
)
from ventanilla.domain.accounts import Slot
from ventanilla.domain.errors import InvalidCredentials
from ventanilla.domain.ids import random_id, slot_of
from ventanilla.domain.notifications import notification_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.verification import Verification
from ventanilla.usecases import sent
from ventanilla.usecases.mail import deliver
from ventanilla.usecases.verify import ADDRESS, verify

WHO = {"portal": "demo", "number": NUMBER}
ID = notification_id(INSTITUTION.id, "RES-1")


@pytest.fixture
def owe(world):
    """Deliver something that is owed; what came of it."""

    def owe(kind, about=None, item_id=None, created_at=None):
        item = OutboxItem(kind, about or WHO, created_at or world.clock.now(), id=item_id or random_id())
        world.outbox.put(item)
        return deliver(item.id, world.desk)

    return owe


def registration_of(application):
    return {"slot": application.slot, "application": application.id}


def token_in(mail):
    return mail.variables["link"].partition("#token=")[2]


class TestDelivering:
    def test_what_was_sent_is_no_longer_owed(self, world, owe):
        make_account(world)
        assert owe("password_changed") == ("password_changed", "sent")
        assert world.outbox.items == {}

    def test_what_is_not_owed_any_more_is_not_sent(self, world, owe):
        assert owe("password_changed") == ("password_changed", "not_owed")
        assert (world.outbox.items, world.mailer.sent) == ({}, [])

    def test_what_was_done_already_is_done_once(self, world):
        assert deliver("gone", world.desk) == ("gone", "not_owed")

    def test_what_could_not_be_sent_stays_owed_and_is_sent_later_as_it_was(self, world, owe):
        application = make_application(world)
        item = OutboxItem("registration", registration_of(application), world.clock.now())
        world.outbox.put(item)
        world.mailer.down = True
        for _ in range(5):  # which does not use up the mails of the hour
            with pytest.raises(ConnectionError):
                deliver(item.id, world.desk)
        assert world.outbox.items == {item.id: item}
        world.mailer.down = False
        assert deliver(item.id, world.desk) == ("registration", "sent")
        assert token_in(world.mailer.only) == world.keys.write("confirm", application.slot, application.token_id)

    def test_it_comes_in_the_portals_name(self, world, owe):
        make_account(world)
        owe("password_changed")
        assert (world.mailer.only.sender_name, world.mailer.only.variables["portal"].id) == (
            "Portal de demostración",
            "demo",
        )

    def test_or_in_the_name_that_the_portal_gives_to_this_mail(self, world, owe):
        owe(
            "registration",
            registration_of(make_application(world, portal="office", channel="link", password_hash=None)),
        )
        assert world.mailer.only.sender_name == "Mesa de entradas"


class TestRegistration:
    @pytest.mark.parametrize("locale", ["es", "en"])
    def test_a_free_number_gets_the_link_that_confirms(self, world, owe, locale):
        application = make_application(world, locale=locale)
        assert owe("registration", registration_of(application)) == ("registration", "sent")
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.locale) == ("confirm", EMAIL, locale)
        assert mail.variables["link"].startswith(f"{BASE_URL}/verify#token=confirm.k1.")
        assert mail.variables["recipient_name"] == "Ana Lucía Prueba"
        assert mail.variables["expires"] == {"es": "24 horas", "en": "24 hours"}[locale]

    def test_the_number_is_shown_masked(self, world, owe):
        owe("registration", registration_of(make_application(world)))
        assert world.mailer.only.variables["identifier"] == "•" * 7 + NUMBER[-3:]
        assert NUMBER not in repr(world.mailer.only.variables["identifier"])

    @pytest.mark.parametrize(("channel", "password_hash", "again"), [("form", "hash:x", True), ("link", None, False)])
    def test_it_says_whether_the_password_is_asked_for_again(self, world, owe, channel, password_hash, again):
        application = make_application(world, portal="office", channel=channel, password_hash=password_hash)
        owe("registration", registration_of(application))
        assert world.mailer.only.variables["password_again"] is again

    def test_a_taken_number_is_told_to_its_owner_and_not_to_who_registered(self, world, owe):
        make_account(world, email="duena@example.ec", locale="en")
        application = make_application(world, email="extrano@example.ec")
        assert owe("registration", registration_of(application)) == ("registration", "sent")
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.locale) == ("already_registered", "duena@example.ec", "en")
        assert mail.variables["sign_in"] == f"{BASE_URL}/demo/"
        assert mail.variables["reset"] == f"{BASE_URL}/reset"
        assert "link" not in mail.variables
        assert "extrano" not in repr(mail)

    def test_a_closed_account_is_none(self, world, owe):
        make_account(world, status="closed", email="")
        owe("registration", registration_of(make_application(world)))
        assert world.mailer.only.name == "confirm"

    def test_an_application_that_is_gone_gets_nothing(self, world, owe):
        about = registration_of(make_application(world))
        world.applications.kept.clear()
        assert owe("registration", about) == ("registration", "not_owed")

    def test_one_that_waits_for_something_else_gets_nothing(self, world, owe):
        assert owe("registration", registration_of(make_application(world, state="documents"))) == (
            "registration",
            "not_owed",
        )

    def test_one_that_has_expired_gets_nothing(self, world, owe):
        application = make_application(world)
        world.clock.advance(days=30)
        assert owe("registration", registration_of(application)) == ("registration", "not_owed")

    def test_a_link_that_died_before_it_was_mailed_is_followed_by_one_that_lives(self, world, owe):
        application = make_application(world)
        world.clock.advance(hours=24)
        owe("registration", registration_of(application))
        renewed = world.applications.only
        assert (renewed.link, renewed.tries) == (2, 0)
        assert renewed.link_expires_at == world.clock.now() + timedelta(hours=24)
        assert token_in(world.mailer.only) == world.keys.write("confirm", renewed.slot, f"{application.id}-2")
        assert world.mailer.only.variables["expires"] == "24 horas"

    def test_a_renewed_link_does_not_outlive_the_application(self, world, owe):
        application = make_application(world)
        world.clock.advance(days=29, hours=23)
        owe("registration", registration_of(application))
        assert world.applications.only.link_expires_at == application.expires_at
        assert world.mailer.only.variables["expires"] == "1 hora"

    def test_one_that_is_renewed_by_somebody_else_at_the_same_moment_is_left_to_them(self, world, owe, monkeypatch):
        application = make_application(world)
        world.clock.advance(hours=24)
        monkeypatch.setattr(world.applications, "renew_link", lambda *_: None)
        assert owe("registration", registration_of(application)) == ("registration", "not_owed")


class TestLimits:
    """At most three mails an hour for an address and purpose (security.md, 18)."""

    def test_twenty_registrations_make_three_mails(self, world, owe):
        outcomes = [owe("registration", registration_of(make_application(world)))[1] for _ in range(20)]
        assert outcomes == ["sent"] * 3 + ["not_owed"] * 17

    def test_an_hour_later_there_is_room_again(self, world, owe):
        for _ in range(4):
            owe("registration", registration_of(make_application(world)))
        world.clock.advance(hours=1)
        assert owe("registration", registration_of(make_application(world)))[1] == "sent"

    def test_twenty_registrations_of_a_taken_number_tell_its_owner_three_times(self, world, owe):
        make_account(world)
        for serial in range(20):
            owe("registration", registration_of(make_application(world, email=f"a{serial}@example.ec")))
        assert [mail.name for mail in world.mailer.sent] == ["already_registered"] * 3

    def test_twenty_resets_make_three_mails(self, world, owe):
        make_account(world)
        outcomes = [owe("reset")[1] for _ in range(20)]
        assert outcomes == ["sent"] * 3 + ["not_owed"] * 17

    def test_twenty_changes_of_address_make_three_mails_to_it(self, world, owe):
        account = make_account(world)
        for _ in range(20):
            hold(world, account)
            owe("address_confirm", {**WHO, "id": world.slots.slot(ADDRESS, account.slot).id})
        assert [mail.to for mail in world.mailer.sent] == ["nueva@example.ec"] * 3

    def test_one_purpose_does_not_use_up_another(self, world, owe):
        for _ in range(4):
            owe("registration", registration_of(make_application(world)))
        make_account(world)
        assert owe("reset") == ("reset", "sent")

    def test_an_address_counts_however_it_is_written(self, world, owe):
        for email in (EMAIL, EMAIL.upper(), "Ana@Example.ec", EMAIL):
            owe("registration", registration_of(make_application(world, email=email)))
        assert len(world.mailer.sent) == 3


class TestReset:
    def test_an_account_gets_a_link(self, world, owe):
        account = make_account(world, locale="en")
        assert owe("reset") == ("reset", "sent")
        mail, slot = world.mailer.only, world.slots.slot("reset", account.slot)
        assert (mail.name, mail.to, mail.locale) == ("reset", EMAIL, "en")
        assert mail.variables["link"].startswith(f"{BASE_URL}/reset#token=reset.k1.")
        assert token_in(mail) == world.keys.write("reset", account.slot, slot.id)
        assert (slot.epoch, slot.expires_at) == (account.epoch, world.clock.now() + timedelta(hours=24))
        assert mail.variables["expires"] == "24 hours"

    def test_while_a_link_lives_the_same_is_mailed_again(self, world, owe):
        make_account(world)
        owe("reset")
        world.clock.advance(hours=23)
        owe("reset")
        first, second = world.mailer.sent
        assert token_in(first) == token_in(second)
        assert second.variables["expires"] == "1 hora"

    @pytest.mark.parametrize("change", [{"epoch": 2}, None], ids=["void", "expired"])
    def test_a_dead_link_is_followed_by_another(self, world, owe, change):
        account = make_account(world)
        owe("reset")
        if change:
            world.accounts.keep(dataclasses.replace(account, **change))
        world.clock.advance(hours=0 if change else 24)
        owe("reset")
        first, second = world.mailer.sent
        assert token_in(first) != token_in(second)

    def test_two_at_the_same_time_mail_the_same_link(self, world, owe):
        make_account(world)
        world.slots.before_holding = lambda: owe("reset")
        owe("reset")
        first, second = world.mailer.sent
        assert token_in(first) == token_in(second)

    def test_nobody_gets_nothing(self, world, owe):
        assert owe("reset") == ("reset", "not_owed")

    @pytest.mark.parametrize("status", ["locked", "closed"])
    def test_an_account_that_is_locked_or_closed_gets_nothing(self, world, owe, status):
        make_account(world, status=status)
        assert owe("reset") == ("reset", "not_owed")

    def test_a_waiting_application_gets_its_confirmation_anew(self, world, owe):
        application = make_application(world)
        assert owe("reset") == ("reset", "sent")
        mail = world.mailer.only
        assert (mail.name, token_in(mail)) == (
            "confirm",
            world.keys.write("confirm", application.slot, application.token_id),
        )

    def test_the_newest_three_do_each_to_its_own_address(self, world, owe):
        for serial in range(5):
            make_application(world, email=f"a{serial}@example.ec")
        owe("reset")
        assert [mail.to for mail in world.mailer.sent] == ["a4@example.ec", "a3@example.ec", "a2@example.ec"]

    def test_a_confirmation_whose_tries_were_used_up_can_be_had_anew(self, world, owe):
        application = make_application(world)
        for _ in range(5):
            with pytest.raises(InvalidCredentials):
                self.follow(world, world.keys.write("confirm", application.slot, application.token_id), NEW_PASSWORD)
        owe("reset")
        assert self.follow(world, token_in(world.mailer.only), PASSWORD).status == "active"

    def test_asking_again_resets_no_tries_while_the_link_lives(self, world, owe):
        application = make_application(world, tries=4)
        owe("reset")
        assert (world.applications.only.tries, world.applications.only.link) == (4, application.link)

    def follow(self, world, token, password):
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


def hold(world, account, email="nueva@example.ec"):
    """A new address waits for its link."""
    expires_at = world.clock.now() + timedelta(hours=24)
    slot = Slot(ADDRESS, account.slot, random_id(), account.portal, account.number, account.epoch, expires_at, email)
    world.slots.hold(slot, instead_of=world.slots.slot(ADDRESS, account.slot))
    return slot


class TestNewAddress:
    def test_the_link_goes_to_the_new_address(self, world, owe):
        account = make_account(world)
        slot = hold(world, account)
        assert owe("address_confirm", {**WHO, "id": slot.id}) == ("address_confirm", "sent")
        mail = world.mailer.only
        assert (mail.name, mail.to) == ("address_confirm", "nueva@example.ec")
        assert mail.variables["link"] == f"{BASE_URL}/verify#token={world.keys.write(ADDRESS, account.slot, slot.id)}"
        assert mail.variables["expires"] == "24 horas"

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda world, account, slot: hold(world, account, "otra@example.ec"),
            lambda world, account, slot: world.slots.held.clear(),
            lambda world, account, slot: world.clock.advance(hours=24),
            lambda world, account, slot: world.accounts.keep(dataclasses.replace(account, epoch=2)),
            lambda world, account, slot: world.accounts.kept.clear(),
        ],
        ids=["superseded", "used", "expired", "void", "closed"],
    )
    def test_one_that_does_not_live_is_not_mailed(self, world, owe, spoil):
        account = make_account(world)
        slot = hold(world, account)
        spoil(world, account, slot)
        assert owe("address_confirm", {**WHO, "id": slot.id}) == ("address_confirm", "not_owed")

    def test_the_old_address_is_told_and_sees_the_new_one_masked(self, world, owe):
        make_account(world, email="nueva@example.ec", locale="en")
        owe("address_changed", {**WHO, "to": EMAIL, "new": "nueva@example.ec"})
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.locale) == ("address_changed", EMAIL, "en")
        assert mail.variables["new_address"] == "n***@example.ec"
        assert mail.variables["at"] == "Monday, 1 March 2027, 10:00"

    def test_it_is_told_even_if_the_account_has_been_closed_since(self, world, owe):
        assert owe("address_changed", {**WHO, "to": EMAIL, "new": "n@example.ec"}) == ("address_changed", "sent")
        assert (world.mailer.only.locale, world.mailer.only.variables["recipient_name"]) == ("es", "")


class TestWhatTheOwnerIsTold:
    def test_a_changed_password_with_its_hour(self, world, owe):
        make_account(world)
        begun = world.clock.now()
        world.clock.advance(hours=5)
        owe("password_changed", created_at=begun)
        mail = world.mailer.only
        assert (mail.name, mail.to) == ("password_changed", EMAIL)
        assert mail.variables == {
            "portal": world.portals.get("demo"),
            "base_url": BASE_URL,
            "recipient_name": "Ana Lucía Prueba",
            "at": "lunes, 1 de marzo de 2027, 10:00",
        }

    def test_a_closed_account_where_nothing_is_kept_of_it(self, world, owe):
        owe("account_closed", {**WHO, "to": EMAIL, "locale": "en"})
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.locale) == ("account_closed", EMAIL, "en")
        assert mail.variables["recipient_name"] == ""


class TestAlert:
    @pytest.fixture
    def posted(self, world):
        make_account(world)
        post(world)
        world.outbox.items.clear()

    @pytest.fixture
    def alert(self, owe):
        return lambda: owe("alert", {"notification": ID})

    def test_it_names_institution_reference_and_hour_and_nothing_else_of_the_letter(self, world, posted, alert):
        assert alert() == ("alert", "sent")
        mail = world.mailer.only
        assert (mail.name, mail.to) == ("alert", EMAIL)
        assert mail.variables["sender"] == "Municipio de Ejemplo"
        assert mail.variables["reference"] == "RES-1"
        assert mail.variables["at"] == "lunes, 1 de marzo de 2027, 10:00"
        assert mail.variables["sign_in"] == f"{BASE_URL}/demo/"
        said = repr({name: value for name, value in mail.variables.items() if name != "portal"})  # it lists categories
        assert "Resolución" not in said
        assert "resuelto" not in said

    def test_it_is_written_into_the_timeline(self, world, posted, alert):
        alert()
        thread = world.notifications.thread(ID)
        assert (thread.state, thread.moments[-1].by, thread.is_whole()) == ("alerted", "mail", True)
        assert world.notifications.mailbox("demo", NUMBER).unread == 1

    def test_it_goes_out_once(self, world, posted, alert):
        alert()
        assert alert() == ("alert", "not_owed")
        assert len(world.mailer.sent) == 1

    def happen(self, world, event):
        thread = world.notifications.thread(ID)
        moment = thread.next(event, at=world.clock.now(), by="somebody")
        assert world.notifications.advance(thread, moment, before=("available", "alerted"))

    @pytest.mark.parametrize("event", ["opened", "cancelled"])
    def test_what_was_opened_or_taken_back_needs_none(self, world, posted, alert, event):
        self.happen(world, event)
        assert alert() == ("alert", "not_owed")

    @pytest.mark.parametrize("event", ["opened", "cancelled"])
    def test_what_is_so_while_the_mail_goes_out_stays_so_and_the_timeline_tells_the_mail_too(
        self, world, posted, alert, event
    ):
        world.notifications.before_writing = [lambda: self.happen(world, event)]
        assert alert() == ("alert", "sent")
        thread = world.notifications.thread(ID)
        assert [moment.event for moment in thread.moments] == [event, "alerted"]
        assert (thread.state, thread.is_whole()) == (event, True)
        assert world.notifications.mailbox("demo", NUMBER).unread == 0

    def test_two_at_the_same_time_write_it_down_once(self, world, posted, alert):
        world.notifications.before_writing = [lambda: self.happen(world, "alerted")]
        alert()
        assert [moment.event for moment in world.notifications.thread(ID).moments] == ["alerted"]

    def test_a_timeline_that_is_never_at_rest_keeps_no_mail_owed(self, world, posted, alert, monkeypatch):
        monkeypatch.setattr(world.notifications, "advance", lambda *_, **__: False)
        assert alert() == ("alert", "sent")
        assert (len(world.mailer.sent), world.outbox.items) == (1, {})

    def test_what_is_opened_and_still_written_to_meanwhile_gets_its_entry_all_the_same(self, world, posted, alert):
        def tell():
            thread = world.notifications.thread(ID)
            assert world.notifications.append(thread, thread.next("opened", at=world.clock.now(), by="x", key="again"))

        def open_and_tell():
            self.happen(world, "opened")
            world.notifications.before_writing.append(tell)

        world.notifications.before_writing = [open_and_tell]
        assert alert() == ("alert", "sent")
        thread = world.notifications.thread(ID)
        assert [moment.event for moment in thread.moments] == ["opened", "opened", "alerted"]
        assert thread.is_whole()

    def test_a_letter_that_is_not_there_is_not_spoken_of(self, world, alert):
        assert alert() == ("alert", "not_owed")

    def test_a_letter_that_waits_alerts_nobody(self, world, alert):
        post(world)
        make_account(world)
        assert alert() == ("alert", "not_owed")

    def test_a_recipient_who_has_closed_the_account_is_not_written_to(self, world, posted, alert):
        world.accounts.kept.clear()
        assert alert() == ("alert", "not_owed")
        assert world.notifications.thread(ID).state == "available"

    def test_who_proves_too_little_is_not_told_of_somebody_elses_mail(self, world, owe):
        make_account(world, portal="office", assurance="proven")
        post(world, portal="office")
        world.accounts.keep(dataclasses.replace(world.accounts.only, assurance="self_asserted"))
        assert owe("alert", {"notification": ID}) == ("alert", "not_owed")

    def test_an_alert_that_cannot_be_sent_is_not_said_to_have_been(self, world, posted, alert):
        world.mailer.down = True
        with pytest.raises(ConnectionError):
            alert()
        assert world.notifications.thread(ID).state == "available"

    def test_a_letter_that_was_taken_back_is_not_alerted_when_it_is_later_queued_again(self, world, posted, alert):
        sent.cancel(ID, sender(), notifications=world.notifications, holidays=world.holidays, clock=world.clock)
        assert alert() == ("alert", "not_owed")


class TestCancelled:
    @pytest.fixture
    def cancel(self, world):
        return lambda: sent.cancel(
            ID,
            sender(),
            "Dirigida a otra persona",
            notifications=world.notifications,
            holidays=world.holidays,
            clock=world.clock,
        )

    def test_who_was_alerted_is_told_but_not_why(self, world, owe, cancel):
        make_account(world)
        post(world)
        owe("alert", {"notification": ID})
        cancel()
        [item] = world.outbox.of("cancelled")
        assert deliver(item.id, world.desk) == ("cancelled", "sent")
        mail = world.mailer.sent[-1]
        assert (mail.name, mail.variables["sender"], mail.variables["reference"]) == (
            "cancelled",
            INSTITUTION.name,
            "RES-1",
        )
        assert "otra persona" not in repr(mail.variables)

    def test_so_is_who_was_alerted_at_the_very_moment(self, world, owe, cancel):
        make_account(world)
        post(world)
        world.notifications.before_writing = [cancel]
        assert owe("alert", {"notification": ID}) == ("alert", "sent")
        assert len(world.outbox.of("cancelled")) == 1

    def test_what_was_not_taken_back_is_not_said_to_have_been(self, world, owe):
        make_account(world)
        post(world)
        assert owe("cancelled", {"notification": ID}) == ("cancelled", "not_owed")
        assert owe("cancelled", {"notification": "x"}) == ("cancelled", "not_owed")


class TestReleased:
    def test_one_mail_tells_of_all_that_waited(self, world, owe):
        make_account(world)
        assert owe("released", {**WHO, "count": "3"}) == ("released", "sent")
        mail = world.mailer.only
        assert (mail.name, mail.to, mail.variables["count"]) == ("released", EMAIL, 3)
        assert mail.variables["sign_in"] == f"{BASE_URL}/demo/"

    def test_an_account_that_was_closed_since_is_not_written_to(self, world, owe):
        assert owe("released", {**WHO, "count": "3"}) == ("released", "not_owed")


def test_a_person_without_a_name_is_greeted_without_one(world, owe):
    make_account(world, profile={})
    owe("password_changed")
    assert world.mailer.only.variables["recipient_name"] == ""


def test_an_organisation_is_greeted_by_its_own(world, owe):
    make_account(world, profile={"legal_name": "Cooperativa Ejemplo"})
    owe("password_changed")
    assert world.mailer.only.variables["recipient_name"] == "Cooperativa Ejemplo"


def test_a_slot_is_that_of_portal_and_number(world):
    assert make_account(world).slot == make_application(world).slot == slot_of("demo", NUMBER)
