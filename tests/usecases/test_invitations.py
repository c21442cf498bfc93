"""Invitations: the operator lets somebody into the staff, and takes away a second factor that was lost."""

from datetime import timedelta

import pytest

from tests.makers import make_company_ruc
from tests.usecases.staff_world import ANA, FILES, World
from ventanilla.domain.errors import NotFound, Refused
from ventanilla.domain.grants import Grant
from ventanilla.usecases.invitations import Invitation, invite, reset_second_factor

FORM = {"full_name": "Ana Prueba", "position": "Analista", "email": "ana@mintel.gob.ec", "work_phone": "022345678"}
REVIEWER = Grant("reviewer", "ibarra")


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def add(world):
    def add(*grants, fields=FORM, number=ANA):
        return invite(
            Invitation("cedula", number, fields, grants or (REVIEWER,)),
            portals=FILES,
            catalogues=FILES.catalogue,
            applications=world.applications,
            accounts=world.accounts,
            audits=world.audits,
            hasher=world.hasher,
            clock=world.clock,
        )

    return add


def faults(raised):
    return [(one.field, one.code) for one in raised.value.errors]


class TestInviting:
    def test_an_application_waits_for_its_link(self, world, add):
        assert add() == "invited"
        application = world.applications.only
        assert (application.portal, application.channel, application.state) == ("staff", "invitation", "confirm")
        assert (application.number, application.email) == (ANA, "ana@mintel.gob.ec")
        assert application.grants == (REVIEWER,)
        assert application.password_hash is None
        assert application.link_expires_at == world.clock.at + timedelta(hours=72)
        assert [(one["state"], one["by"]) for one in application.history] == [("confirm", "operator")]

    def test_its_mail_is_owed(self, world, add):
        add()
        application = world.applications.only
        assert [(item.kind, item.about) for item in world.outbox.items.values()] == [
            ("registration", {"slot": application.slot, "application": application.id})
        ]

    def test_two_parts_of_a_name_are_one_where_the_form_asks_for_the_whole(self, world, add):
        fields = {name: value for name, value in FORM.items() if name != "full_name"}
        add(fields={**fields, "given_names": "Ana Lucía", "surnames": "Prueba"})
        assert world.applications.only.profile["full_name"] == "Ana Lucía Prueba"

    def test_several_roles_go_at_once(self, world, add):
        grants = (REVIEWER, Grant("agent", "demo"), Grant("platform_admin", "platform"))
        add(*grants)
        assert world.applications.only.grants == grants

    @pytest.mark.parametrize("scope", ["demo", "platform", make_company_ruc(17, 1_234)])
    def test_a_scope_is_a_portal_an_organisation_or_the_platform(self, world, add, scope):
        add(Grant("portal_admin", scope))
        assert world.applications.only.grants[0].scope == scope

    @pytest.mark.parametrize(
        ("grant", "fault"),
        [
            (Grant("reviewer", "nowhere"), ("scope", "scope")),
            (Grant("reviewer", ""), ("scope", "scope")),
            (Grant("king", "demo"), ("role", "choice")),
            (Grant("institution_admin", "1790012345001"), ("role", "role_by_application")),
        ],
    )
    def test_what_is_no_role_or_scope_is_refused(self, world, add, grant, fault):
        with pytest.raises(Refused) as raised:
            add(grant)
        assert faults(raised) == [fault]
        assert world.applications.kept == {}

    @pytest.mark.parametrize(
        ("changes", "fault"),
        [
            ({"email": "none"}, ("email", "email")),
            ({"full_name": ""}, ("full_name", "person_name")),
            ({"nickname": "Anita"}, ("nickname", "unknown_field")),
        ],
    )
    def test_the_form_is_checked_as_everybodys(self, world, add, changes, fault):
        with pytest.raises(Refused) as raised:
            add(fields={**FORM, **changes})
        assert fault in faults(raised)
        assert world.applications.kept == {}

    def test_a_wrong_number_is_refused(self, add):
        with pytest.raises(Refused) as raised:
            add(number="1234567890")
        assert faults(raised)[0][0] == "identifier.number"


class TestWhoIsThereAlready:
    def test_gains_the_roles_at_once_and_is_told(self, world, add):
        account = world.account(grants=(Grant("agent", "demo"),))
        assert add(REVIEWER, Grant("agent", "demo")) == "given"
        assert world.accounts.kept["staff", ANA].grants == (Grant("agent", "demo"), REVIEWER)
        assert world.accounts.kept["staff", ANA].epoch == account.epoch
        assert world.outbox.kinds == ["roles_given"]
        application = world.applications.only
        assert application.state == "done"

    def test_and_it_is_written_down(self, world, add):
        account = world.account()
        add()
        [entry] = world.audits.trail(account.ref)
        assert (entry.act, entry.by, entry.detail) == ("grants_given", "operator", "reviewer:ibarra")


class TestALostSecondFactor:
    def reset(self, world, identifier=ANA):
        reset_second_factor(
            identifier, "perdió el teléfono", accounts=world.accounts, audits=world.audits, clock=world.clock
        )

    def test_it_is_taken_away_and_another_is_enrolled_at_the_next_entry(self, world):
        world.account(second_factor="one", second_factor_step=5, recovery_codes=("h",) * 10, todo=("check_data",))
        self.reset(world)
        account = world.accounts.kept["staff", ANA]
        assert (account.second_factor, account.second_factor_step, account.recovery_codes) == (None, None, ())
        assert account.todo == ("second_factor_enrolment", "check_data")
        assert account.password_hash

    def test_sessions_end_the_owner_is_told_and_it_is_written_down(self, world):
        account = world.account(second_factor="one")
        self.reset(world)
        assert world.accounts.kept["staff", ANA].epoch == account.epoch + 1
        item = world.outbox.only
        assert (item.kind, item.about["reason"]) == ("second_factor_changed", "perdió el teléfono")
        [entry] = world.audits.trail(account.ref)
        assert (entry.act, entry.by, entry.reason) == ("second_factor_reset", "operator", "perdió el teléfono")

    def test_nobody_of_the_staff_has_nothing_to_lose(self, world):
        world.account("demo")
        with pytest.raises(NotFound):
            self.reset(world)
