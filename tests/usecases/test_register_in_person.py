"""In person: an agent types what a document says, and hands over the code that the mailed link asks for."""

import dataclasses
from datetime import date

import pytest

from tests.fakes import World
from tests.papers import ANA, ROSA, identifier, portal
from tests.usecases.conftest import enter, link_of, make_account, refusals
from ventanilla.domain.accounts import TRIES
from ventanilla.domain.errors import Forbidden, InvalidCredentials, NotEligible, Refused, RegistryDown, TokenGone
from ventanilla.domain.grants import Grant
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.registry import RegistryRecord
from ventanilla.schemas.registration import Registration
from ventanilla.schemas.verification import PasswordChoice, Verification
from ventanilla.usecases.eligibility import check_identity
from ventanilla.usecases.register_in_person import is_in_person, register_in_person
from ventanilla.usecases.verify import set_password, verify

RECORD = RegistryRecord("cedula", ANA, given_names="ANA", birth_date=date(1990, 6, 15))
FORM = {"channel": "in_person", "identifier": identifier(ANA), "email": "ana@example.ec"}


@pytest.fixture
def buzonec():
    return portal("buzonec")


@pytest.fixture
def world(buzonec):
    world = World(buzonec, portal("staff"))
    world.registry.people[ANA] = RECORD
    return world


@pytest.fixture
def enter_as(world):
    def enter_as(*grants, portal="staff"):
        return enter(world, make_account(world, portal=portal, number=ROSA, grants=grants))

    return enter_as


@pytest.fixture
def agent(enter_as):
    return enter_as(Grant("agent", "buzonec"))


@pytest.fixture
def submit(world, buzonec, agent, catalogues):
    def submit(current=agent, **said):
        return register_in_person(
            buzonec,
            Registration.model_validate({**FORM, **said}),
            current,
            locale="es",
            catalogues=catalogues,
            applications=world.applications,
            accounts=world.accounts,
            registry=world.registry,
            hasher=world.hasher,
            keys=world.keys,
            clock=world.clock,
        )

    return submit


@pytest.fixture
def choose(world, catalogues):
    def choose(code, password="cuatro llamas bajo la lluvia"):
        return set_password(
            PasswordChoice(token=link_of(world, world.applications.only), password=password, code=code),
            keys=world.keys,
            portals=world.portals,
            catalogues=catalogues,
            applications=world.applications,
            accounts=world.accounts,
            hasher=world.hasher,
            clock=world.clock,
        )

    return choose


class TestWhoMay:
    @pytest.mark.parametrize(
        ("grant", "at"), [(None, "staff"), (("agent", "ibarra"), "staff"), (("reviewer", "buzonec"), "staff")]
    )
    def test_who_is_no_agent_of_the_portal_is_refused_before_anything_is_asked(
        self, world, submit, enter_as, grant, at
    ):
        current = enter_as(*([Grant(*grant)] if grant else []), portal=at)
        world.calls.clear()
        with pytest.raises(Forbidden):
            submit(current)
        assert world.calls == []

    def test_a_role_of_the_same_name_at_another_portal_gives_no_power(self, submit, enter_as):
        with pytest.raises(Forbidden):
            submit(enter_as(Grant("agent", "buzonec"), portal="buzonec"))

    @pytest.mark.parametrize(("channel", "is_it"), [("in_person", True), ("certificate", False), (None, False)])
    def test_the_channel_says_whether_it_is_an_agents(self, buzonec, channel, is_it):
        assert is_in_person(buzonec, Registration.model_validate({**FORM, "channel": channel})) is is_it

    def test_other_channels_are_not_the_agents(self, submit):
        with pytest.raises(Refused) as refused:
            submit(channel="certificate")
        assert [field for field, _ in refusals(refused.value)] == ["channel"]


class TestRegistering:
    def test_the_registry_is_asked_at_once_and_the_link_mailed(self, world, agent, submit):
        answer = submit()
        kept, owed = world.applications.only, world.outbox.only
        assert (answer.status, answer.next, answer.existing) == ("pending", "check_email", False)
        assert (kept.state, kept.number, kept.email, kept.password_hash) == ("confirm", ANA, "ana@example.ec", None)
        assert kept.link_lives(world.clock.now())
        assert kept.history[-1]["by"] == agent.state.ref
        assert (owed.kind, owed.about) == ("registration", {"slot": kept.slot, "application": kept.id})

    def test_the_agent_learns_that_there_is_an_account(self, world, submit):
        make_account(world, portal="buzonec", number=ANA)
        assert submit().existing is True

    def test_all_that_is_wrong_with_the_form_is_said(self, world, submit):
        with pytest.raises(Refused) as refused:
            submit(email="x", identifier=identifier("1"))
        assert {field.split(".")[0] for field, _ in refusals(refused.value)} == {"email", "identifier"}
        assert "find" not in world.calls

    def test_what_the_registry_says_against_it_is_told_and_nothing_put_down(self, world, submit):
        world.registry.people[ANA] = dataclasses.replace(RECORD, deceased=True)
        with pytest.raises(NotEligible) as refused:
            submit()
        assert refused.value.reasons == ("deceased",)
        assert (world.applications.kept, world.outbox.items) == ({}, {})

    def test_while_the_registry_is_down_nothing_is_put_down(self, world, submit):
        world.registry.is_down = True
        with pytest.raises(RegistryDown):
            submit()
        assert (world.applications.kept, world.outbox.items) == ({}, {})


class TestTheCode:
    def test_it_opens_a_proven_account_with_its_mailbox(self, world, submit, choose):
        code = submit().code
        choose(f" {code[:4].lower()}-{code[4:]} ")
        account = world.accounts.get("buzonec", ANA)
        assert account.assurance == "proven"
        assert world.notifications.mailbox("buzonec", ANA).open

    def test_the_link_says_that_it_is_asked_for(self, world, submit):
        submit()
        answer = verify(
            Verification(token=link_of(world, world.applications.only)),
            keys=world.keys,
            portals=world.portals,
            applications=world.applications,
            accounts=world.accounts,
            slots=world.slots,
            hasher=world.hasher,
            clock=world.clock,
        )
        assert (answer.next, answer.code_required) == ("set_password", True)

    def test_who_has_only_the_link_has_nothing(self, world, submit, choose):
        submit()
        with pytest.raises(Refused) as refused:
            choose(None)
        assert refusals(refused.value) == [("code", "missing")]
        assert world.applications.only.tries == 0

    def test_a_wrong_one_takes_a_try_and_the_last_takes_the_link(self, world, submit, choose):
        code = submit().code
        for tries in range(1, TRIES + 1):
            with pytest.raises(InvalidCredentials):
                choose("AAAAAAAA")
            assert world.applications.only.tries == tries
        with pytest.raises(TokenGone):
            choose(code)
        assert world.accounts.get("buzonec", ANA) is None

    def test_a_password_that_the_policy_refuses_takes_no_try(self, world, submit, choose):
        code = submit().code
        with pytest.raises(Refused):
            choose(code, "corta")
        assert world.applications.only.tries == 0

    def test_the_same_one_goes_with_a_link_that_was_mailed_anew(self, world, submit, choose):
        code = submit().code
        kept = world.applications.only
        world.clock.advance(hours=25)
        assert world.applications.renew_link(kept, kept.expires_at)
        choose(code)
        assert world.accounts.get("buzonec", ANA).assurance == "proven"

    def test_that_of_another_application_is_another(self, world, submit, choose):
        first = submit().code
        world.applications.kept.clear()
        world.clock.advance(seconds=1)
        assert submit().code != first
        with pytest.raises(InvalidCredentials):
            choose(first)


class TestEligibility:
    IT = Identifier("cedula", ANA)

    def check(self, world, portal):
        return check_identity(self.IT, portal, registry=world.registry, now=world.clock.now())

    def test_nothing_stands_against_whom_the_portal_wants(self, world, buzonec):
        assert self.check(world, buzonec) == ()

    def test_all_that_does_is_said(self, world, buzonec):
        world.registry.people[ANA] = dataclasses.replace(RECORD, identity_status="expired", birth_date=date(2015, 1, 1))
        assert self.check(world, buzonec) == ("identity_status", "too_young")

    def test_birthdays_are_those_of_ecuador(self, world, buzonec):
        world.registry.people[ANA] = dataclasses.replace(RECORD, birth_date=date(2009, 3, 2))
        world.clock.advance(hours=10)  # 2 March in Greenwich, still 1 March in Ecuador
        assert self.check(world, buzonec) == ("too_young",)
        world.clock.advance(hours=5)
        assert self.check(world, buzonec) == ()

    def test_a_portal_that_demands_nothing_asks_nobody(self, world):
        world.registry.is_down = True
        assert self.check(world, portal("staff")) == ()
