"""Administering other people's accounts: by the role, in its scope, never one's own, and all of it written down."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.usecases.staff_world import ANA, EVA, FILES, World
from ventanilla.domain.audit import is_whole
from ventanilla.domain.errors import Busy, Forbidden, NotFound, OwnAccount, Refused
from ventanilla.domain.grants import Grant
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.staff import AccountCorrection, Because
from ventanilla.usecases import roles, staff

ADMIN = (Grant("portal_admin", "demo"), Grant("portal_admin", "staff"))


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def ana(world):
    return world.account("demo", ANA)


@pytest.fixture
def eva(world):
    account = world.account("staff", EVA, grants=ADMIN, profile={"full_name": "Eva Paz"}, email="eva@mintel.gob.ec")
    return world.enter(account)


@pytest.fixture
def find(world):
    def find(current, identifier=ANA, portal="demo"):
        return staff.find_account(
            portal, identifier, current, portals=FILES, accounts=world.accounts, audits=world.audits, clock=world.clock
        )

    return find


@pytest.fixture
def act(world):
    def act(name, current, account_id, reason="porque sí"):
        status = {"lock": ("locked",), "unlock": ("active",), "close": ()}[name]
        verb = staff.set_status if status else staff.close_account
        return verb(
            account_id,
            *status,
            Because(reason=reason),
            current,
            portals=FILES,
            accounts=world.accounts,
            audits=world.audits,
            clock=world.clock,
        )

    return act


@pytest.fixture
def correct(world):
    def correct(current, account_id, reason="lo pidió", **changes):
        return staff.correct_account(
            account_id,
            AccountCorrection(reason=reason, **changes),
            current,
            portals=FILES,
            catalogues=FILES.catalogue,
            accounts=world.accounts,
            audits=world.audits,
            slots=world.slots,
            clock=world.clock,
        )

    return correct


def with_grants(world, current, *grants, portal="staff"):
    account = world.accounts.keep(replace(world.accounts.kept["staff", EVA], grants=grants))
    current = world.enter(account)
    return CurrentSession(current.session, replace(current.state, portal=portal), current.pending)


def owed(world):
    return [(item.kind, item.about.get("reason")) for item in world.outbox.items.values()]


VERBS = ("lock", "unlock", "close")


class TestWhoMay:
    def test_who_holds_the_role_for_the_portal(self, ana, eva, find):
        [line] = find(eva).items
        assert (line.id, line.identifier.number, line.email, line.status) == (ana.ref, ANA, ana.email, "active")

    @pytest.mark.parametrize(
        "grants",
        [(), (Grant("portal_admin", "ipsot"),), (Grant("reviewer", "demo"),), (Grant("portal_admin", "platform"),)],
    )
    def test_nobody_else_looks(self, world, ana, eva, find, grants):
        with pytest.raises(Forbidden):
            find(with_grants(world, eva, *grants))
        assert world.audits.trails == {}

    @pytest.mark.parametrize("verb", VERBS)
    def test_without_the_role_anywhere_nothing_is_done(self, world, ana, eva, act, verb):
        with pytest.raises(Forbidden):
            act(verb, with_grants(world, eva, Grant("reviewer", "demo")), ana.ref)

    @pytest.mark.parametrize("verb", VERBS)
    def test_an_account_of_a_portal_that_others_administer_is_not_there(self, world, ana, eva, act, verb):
        with pytest.raises(NotFound):
            act(verb, with_grants(world, eva, Grant("portal_admin", "ipsot")), ana.ref)

    def test_a_grant_of_another_portal_than_the_staffs_gives_no_power(self, world, ana, eva, find):
        with pytest.raises(Forbidden):
            find(with_grants(world, eva, *ADMIN, portal="demo"))

    def test_nobody_administers_their_own_account_at_any_portal(self, world, eva, find, act, correct):
        own = world.account("demo", EVA)
        for what in (
            lambda: find(eva, EVA),
            lambda: find(eva, EVA, "staff"),
            lambda: correct(eva, own.ref, given_names="Otra"),
            lambda: act("unlock", eva, eva.state.ref),
            *(lambda verb=verb: act(verb, eva, own.ref) for verb in VERBS),
        ):
            with pytest.raises(OwnAccount):
                what()
        assert world.accounts.kept["demo", EVA] == own

    def test_a_portal_that_is_not_in_force_is_not_there(self, eva, find):
        with pytest.raises(NotFound):
            find(eva, portal="nowhere")

    @pytest.mark.parametrize("reference", ["", "x", "x" * 5000, "01K0000000000000000000000A"])
    def test_a_reference_that_stands_for_nothing(self, eva, act, reference):
        with pytest.raises(NotFound):
            act("lock", eva, reference)

    def test_a_role_can_be_required_by_any_call(self, eva):
        roles.require_role(eva, "portal_admin", "demo")
        with pytest.raises(Forbidden):
            roles.require_role(eva, "portal_admin", "ipsot")


class TestLooking:
    def test_a_number_without_an_account_finds_nothing_and_leaves_no_trace(self, world, eva, find):
        assert find(eva).items == []
        assert world.audits.trails == {}

    def test_the_number_may_be_typed_as_people_do(self, ana, eva, find):
        assert find(eva, f" {ANA[:9]}-{ANA[9]} ").items[0].id == ana.ref

    def test_that_somebody_looked_is_written_down_once_an_hour(self, world, ana, eva, find):
        find(eva)
        world.clock.at += timedelta(minutes=30)
        [line] = find(eva).items[0].audit
        assert (line.act, line.by, line.reason) == ("looked_up", "Eva Paz", "")
        world.clock.at += timedelta(minutes=31)
        assert len(find(eva).items[0].audit) == 2

    def test_two_who_look_at_the_same_time_are_both_written_down(self, world, ana, eva, find, monkeypatch):
        append, first = world.audits.append, [True]

        def race(entry):
            if first:
                first.clear()
                append(replace(entry, by="another", by_name="Luz"))
            return append(entry)

        monkeypatch.setattr(world.audits, "append", race)
        assert [line.by for line in find(eva).items[0].audit] == ["Luz", "Eva Paz"]
        assert is_whole(world.audits.trail(ana.ref), ana.ref)

    def test_a_closed_account_is_none(self, world, ana, eva, find):
        world.accounts.keep(ana.closed())
        assert find(eva).items == []


class TestCorrecting:
    def test_names_are_corrected_at_once(self, world, ana, eva, correct):
        answer = correct(eva, ana.ref, given_names="  Ana   María ")
        assert answer.profile == {"given_names": "Ana María", "surnames": "Prueba"}
        assert world.accounts.kept["demo", ANA].profile == answer.profile
        assert owed(world) == [("account_corrected", "lo pidió")]

    def test_an_address_takes_effect_by_its_own_link_and_both_are_told(self, world, ana, eva, correct):
        answer = correct(eva, ana.ref, email="nueva@example.ec")
        assert (answer.email, answer.email_pending) == (ana.email, True)
        assert world.accounts.kept["demo", ANA].email == ana.email
        [slot] = world.slots.held.values()
        assert (slot.purpose, slot.email, slot.epoch) == ("address", "nueva@example.ec", ana.epoch)
        assert world.outbox.kinds == ["account_corrected", "address_confirm"]

    def test_what_was_changed_is_named_without_its_values(self, world, ana, eva, correct):
        [line] = correct(eva, ana.ref, email="nueva@example.ec", surnames="Quishpe").audit
        assert (line.act, line.detail, line.reason, line.by) == ("corrected", "email surnames", "lo pidió", "Eva Paz")
        assert "nueva@" not in repr(world.audits.trail(ana.ref))

    def test_what_is_the_same_changes_nothing(self, world, ana, eva, correct):
        answer = correct(eva, ana.ref, email=ana.email.upper(), given_names="Ana Lucía")
        assert answer.audit == []
        assert world.outbox.items == {}

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"email": "no address"}, ("email", "email")),
            ({"email": 5}, ("email", "text_expected")),
            ({"given_names": "<b>"}, ("given_names", "person_name")),
            ({"password": "x"}, ("password", "unknown_field")),
            ({"identifier": "1"}, ("identifier", "unknown_field")),
            ({"grants": []}, ("grants", "unknown_field")),
        ],
    )
    def test_nothing_else_is_changed(self, world, ana, eva, correct, changes, fault):
        with pytest.raises(Refused) as raised:
            correct(eva, ana.ref, **changes)
        assert [(one.field, one.code) for one in raised.value.errors] == [fault]
        assert world.accounts.kept["demo", ANA] == ana

    def test_only_names_of_the_form_not_its_other_fields(self, world, eva, correct):
        world.accounts.keep(replace(world.accounts.kept["staff", EVA], grants=(Grant("portal_admin", "ipsot"),)))
        technician = world.account("ipsot", ANA)
        with pytest.raises(Refused) as raised:
            correct(world.current(eva.session), technician.ref, position="Alcalde")
        assert [(one.field, one.code) for one in raised.value.errors] == [("position", "unknown_field")]


class TestLocking:
    def test_a_locked_account_is_entered_by_nobody(self, world, ana, eva, act):
        assert act("lock", eva, ana.ref, "robo").status == "locked"
        account = world.accounts.kept["demo", ANA]
        assert (account.status, account.epoch) == ("locked", ana.epoch + 1)
        assert owed(world) == [("account_locked", "robo")]

    def test_unlocked_it_is_as_before(self, world, ana, eva, act):
        act("lock", eva, ana.ref)
        assert act("unlock", eva, ana.ref, "comprobó").status == "active"
        assert world.accounts.kept["demo", ANA].epoch == ana.epoch + 1  # what was ended stays so
        assert owed(world)[-1] == ("account_unlocked", "comprobó")

    @pytest.mark.parametrize(("verb", "status"), [("lock", "locked"), ("unlock", "active")])
    def test_what_is_so_already_is_done_once(self, world, ana, eva, act, verb, status):
        world.accounts.keep(replace(ana, status=status))
        assert act(verb, eva, ana.ref).status == status
        assert (world.outbox.items, world.audits.trails) == ({}, {})

    def test_every_act_is_written_down_in_one_unbroken_trail(self, world, ana, eva, act, correct, find):
        find(eva)
        correct(eva, ana.ref, surnames="Quishpe")
        act("lock", eva, ana.ref)
        act("unlock", eva, ana.ref)
        act("close", eva, ana.ref)
        trail = world.audits.trail(ana.ref)
        assert [entry.act for entry in trail] == ["looked_up", "corrected", "locked", "unlocked", "closed"]
        assert {entry.by for entry in trail} == {eva.state.ref}
        assert is_whole(trail, ana.ref)

    def test_of_two_at_the_same_time_one_has_to_come_again(self, world, ana, eva, act):
        world.accounts.before_writing.append(lambda: world.accounts.keep(replace(ana, epoch=9)))
        with pytest.raises(Busy):
            act("lock", eva, ana.ref)
        assert world.audits.trails == {}


class TestClosing:
    def test_its_personal_data_go_and_the_person_is_told_why(self, world, ana, eva, act):
        act("close", eva, ana.ref, "lo pidió en la ventanilla")
        closed = world.accounts.kept["demo", ANA]
        assert (closed.status, closed.email, closed.profile) == ("closed", "", {})
        item = world.outbox.only
        assert item.kind == "account_closed"
        assert item.about == {
            "portal": "demo",
            "number": ANA,
            "to": ana.email,
            "locale": "es",
            "reason": "lo pidió en la ventanilla",
        }

    def test_a_locked_one_can_be_closed(self, world, ana, eva, act):
        world.accounts.keep(replace(ana, status="locked"))
        act("close", eva, ana.ref)
        assert world.accounts.kept["demo", ANA].status == "closed"

    def test_what_was_written_down_stays(self, world, ana, eva, act):
        act("lock", eva, ana.ref)
        act("close", eva, ana.ref)
        assert [entry.act for entry in world.audits.trail(ana.ref)] == ["locked", "closed"]


@pytest.mark.parametrize("reason", ["", "  ", "ab", "x" * 501, "dos\nlíneas", "a\x1bb\x07c"])
def test_a_reason_says_something_in_one_line(reason):
    with pytest.raises(ValueError, match="reason"):
        Because(reason=reason)
