"""Review: who holds the role decides; grants, places and what is owed change together or not at all."""

import dataclasses
from datetime import timedelta

import pytest

from tests.fakes import NOW, World
from tests.papers import ANA, JOSE, LUIS, ROSA, RUC, identifier, of_seps, of_staff, portal
from tests.usecases.conftest import enter, link_of, make_account, refusals
from ventanilla.domain.documents import signed_name
from ventanilla.domain.errors import NotFound, NotWaiting, OwnApplication, QuotaUsed, Refused
from ventanilla.domain.grants import Grant, Seat
from ventanilla.domain.institutions import Institution
from ventanilla.schemas.applications import Decision
from ventanilla.schemas.verification import PasswordChoice
from ventanilla.usecases import review
from ventanilla.usecases.verify import set_password

ACOPIO = Grant("acopio", RUC)
PLACE = ("seps", ACOPIO, 1)
FORMER = {"identifier": identifier(LUIS), "full_name": "Luis Paz"}


@pytest.fixture
def world():
    return World(portal("seps"), portal("staff"), portal("buzonec"))


@pytest.fixture
def enter_as(world):
    def enter_as(*grants, portal="staff", number=ROSA):
        return enter(world, make_account(world, portal=portal, number=number, grants=grants))

    return enter_as


@pytest.fixture
def reviewer(enter_as):
    return enter_as(Grant("reviewer", "seps"))


@pytest.fixture
def submit(world):
    """Put an application down that waits for its decision."""

    def submit(application=None, **changes):
        waiting = {"state": "review", "reviewed": True, **changes}
        return world.applications.keep(dataclasses.replace(application or of_seps(), **waiting))

    return submit


@pytest.fixture
def queue(world):
    def queue(current, portal="seps", state="review", cursor=None):
        return review.queue(portal, state, cursor, current, portals=world.portals, applications=world.applications)

    return queue


@pytest.fixture
def look(world):
    def look(named, current):
        stores = {"portals": world.portals, "applications": world.applications}
        return review.look(named, current, locale="es", clock=world.clock, **stores)

    return look


@pytest.fixture
def decide(world, reviewer):
    def decide(application, decision="approve", reason=None, current=reviewer):
        return review.decide(
            name_of(application),
            Decision(decision=decision, reason=reason),
            current,
            locale="es",
            portals=world.portals,
            applications=world.applications,
            reviews=world.reviews,
            clock=world.clock,
        )

    return decide


def name_of(application):
    return f"{application.slot}.{application.id}"


def make_user(world, number, *grants, **changes):
    """Somebody who has an account with roles, and their places."""
    world.accounts.seats.update({("seps", grant, 1): (number, None) for grant in grants})
    return make_account(world, portal="seps", number=number, grants=grants, **changes)


def given_up(role="acopio", **sections):
    """A request of an organisation that only gives a role up."""
    return dataclasses.replace(
        of_seps((role, "deactivation"), **sections), number=RUC, kind="ruc", email="gerencia@example.ec", profile={}
    )


def kept(world, application):
    return world.applications.kept[application.slot, application.id]


class TestWhoMay:
    @pytest.mark.parametrize("scope", ["seps", "platform"])
    def test_whoever_holds_the_role_for_the_portal_or_everywhere(self, submit, enter_as, queue, look, scope):
        application = submit()
        current = enter_as(Grant("reviewer", scope))
        assert [one.id for one in queue(current).items] == [name_of(application)]
        assert look(name_of(application), current).state == "review"

    @pytest.mark.parametrize("grant", [("reviewer", "buzonec"), ("agent", "seps"), ("platform_admin", "platform")])
    def test_for_others_there_is_nothing(self, world, submit, enter_as, queue, look, decide, grant):
        application = submit()
        current = enter_as(Grant(*grant))
        for act in (
            lambda: queue(current),
            lambda: look(name_of(application), current),
            lambda: decide(application, current=current),
        ):
            with pytest.raises(NotFound):
                act()
        assert kept(world, application) == application

    def test_a_role_of_the_same_name_at_another_portal_gives_no_power(self, submit, enter_as, queue, look):
        current = enter_as(Grant("reviewer", "seps"), portal="seps")
        with pytest.raises(NotFound):
            queue(current)
        with pytest.raises(NotFound):
            look(name_of(submit()), current)

    @pytest.mark.parametrize("number", [ANA, JOSE], ids=["the applicant", "who signs for the organisation"])
    def test_nobody_decides_on_their_own(self, world, submit, enter_as, decide, number):
        application = submit()
        current = enter_as(Grant("reviewer", "seps"), number=number)
        with pytest.raises(OwnApplication):
            decide(application, current=current)
        assert kept(world, application) == application

    @pytest.mark.parametrize("named", ["", ".", "x", "x.y", "x.", ".y", "x" * 5000, "x.y.z"])
    def test_a_name_that_stands_for_nothing(self, reviewer, look, named):
        with pytest.raises(NotFound):
            look(named, reviewer)

    def test_what_has_expired_is_gone(self, world, submit, reviewer, look, decide):
        application = submit()
        world.clock.advance(days=30)
        with pytest.raises(NotFound):
            look(name_of(application), reviewer)
        with pytest.raises(NotFound):
            decide(application)


class TestQueue:
    def test_who_waits_longest_comes_first_and_the_next_page_goes_on(self, submit, reviewer, queue):
        ids = [f"01M820W7VM6936SBWHP3DGQ{index:03}" for index in range(25)]
        for one in reversed(ids):
            submit(id=one)
        first = queue(reviewer)
        second = queue(reviewer, cursor=first.next_cursor)
        assert [line.id[-26:] for line in (*first.items, *second.items)] == ids
        assert (len(first.items), second.next_cursor) == (20, None)

    def test_a_line_says_who_wants_what_for_whom(self, submit, reviewer, queue):
        submit()
        [line] = queue(reviewer).items
        assert (line.portal, line.channel, line.state) == ("seps", "application", "review")
        assert (line.name, line.scope, line.created_at) == ("Ana María Núñez Pérez", RUC, NOW)

    def test_other_states_and_portals_are_asked_for(self, submit, enter_as, queue):
        submit(state="rejected")
        current = enter_as(Grant("reviewer", "seps"), Grant("platform_admin", "platform"))
        assert queue(current).items == []
        assert len(queue(current, state="rejected").items) == 1
        submit(of_staff("institution"))
        assert [line.portal for line in queue(current, portal="staff").items] == ["staff"]

    def test_a_state_that_is_none_is_refused(self, reviewer, queue):
        with pytest.raises(Refused) as refused:
            queue(reviewer, state="x")
        assert refusals(refused.value) == [("state", "choice")]


class TestLook:
    def test_the_data_stand_beside_the_documents(self, submit, reviewer, look):
        record = {"signature": "scan", "sha256": "0" * 64, "at": NOW.isoformat()}
        application = submit(documents={"solicitud": record})
        seen = look(name_of(application), reviewer)
        assert (seen.identifier, seen.email) == (identifier(ANA), "ana@example.ec")
        assert (seen.profile, seen.sections) == (application.profile, application.sections)
        assert [(one.kind, one.received) for one in seen.documents] == [
            ("solicitud", True),
            ("acuerdo", False),
            ("consentimiento", False),
        ]
        assert seen.missing == ["acuerdo", "consentimiento"]

    def test_a_document_is_seen_as_it_was_sent_in(self, world, submit, reviewer, enter_as):
        application = submit(documents={"solicitud": {"signature": "scan", "sha256": "0" * 64, "at": "-"}})
        files = {signed_name(application.slot, application.id, "solicitud", "0" * 64): b"%PDF- signed"}

        def see(kind, current=reviewer):
            stores = {"portals": world.portals, "applications": world.applications, "files": files}
            return review.received_document(name_of(application), kind, current, clock=world.clock, **stores)

        assert see("solicitud") == b"%PDF- signed"
        for act in (
            lambda: see("acuerdo"),
            lambda: see("nothing"),
            lambda: see("solicitud", enter_as(Grant("reviewer", "buzonec"))),
        ):
            with pytest.raises(NotFound):
                act()


class TestApproval:
    def test_a_newcomer_is_mailed_a_link_and_the_place_is_kept_for_them(self, world, reviewer, submit, decide):
        application = submit()
        world.clock.advance(hours=1)
        answer = decide(application)
        after, now = kept(world, application), world.clock.now()
        assert answer.state == after.state == "confirm"
        assert (after.grants, after.seats) == ((ACOPIO,), (Seat("acopio", RUC, 1),))
        assert (after.link_expires_at, after.tries) == (now + timedelta(hours=72), 0)
        assert after.history[-1] == {"state": "confirm", "at": now.isoformat(), "by": reviewer.state.ref}
        assert after.expires_at == now + timedelta(days=30)
        assert world.accounts.seats == {PLACE: (ANA, after.expires_at)}
        assert world.outbox.only.about == {"slot": application.slot, "application": application.id}
        assert world.outbox.kinds == ["registration"]

    def test_what_was_approved_opens_the_account_with_its_role_and_place(self, world, submit, decide, catalogues):
        application = submit()
        decide(application)
        set_password(
            PasswordChoice(token=link_of(world, kept(world, application)), password="cuatro llamas bajo la lluvia"),
            keys=world.keys,
            portals=world.portals,
            catalogues=catalogues,
            applications=world.applications,
            accounts=world.accounts,
            hasher=world.hasher,
            clock=world.clock,
        )
        account = world.accounts.get("seps", ANA)
        assert account.grants == world.accounts.states[account.ref].grants == (ACOPIO,)
        assert world.accounts.seats == {PLACE: (ANA, None)}

    def test_somebody_with_an_account_has_the_role_at_once(self, world, submit, decide):
        auditor = Grant("auditor_externo", RUC)
        before = make_user(world, ANA, auditor)
        application = submit()
        assert decide(application).state == "done"
        assert world.accounts.get("seps", ANA) == dataclasses.replace(before, grants=(auditor, ACOPIO))
        assert world.accounts.seats[PLACE] == (ANA, None)
        assert world.outbox.kinds == ["roles_given"]
        assert world.outbox.only.about["number"] == ANA

    def test_who_holds_the_role_already_keeps_one_place(self, world, submit, decide):
        make_user(world, ANA, ACOPIO)
        decide(submit())
        assert world.accounts.seats == {PLACE: (ANA, None)}
        assert world.accounts.get("seps", ANA).grants == (ACOPIO,)

    def test_a_locked_account_gets_no_role(self, world, submit, decide):
        before = make_user(world, ANA, status="locked")
        assert decide(submit()).state == "confirm"
        assert world.accounts.get("seps", ANA) == before

    def test_a_place_is_had_once(self, world, submit, decide):
        make_user(world, JOSE, ACOPIO)
        application = submit()
        with pytest.raises(QuotaUsed):
            decide(application)
        assert kept(world, application) == application
        assert world.outbox.items == {}

    def test_a_place_that_nobody_confirmed_is_free_again(self, world, submit, decide):
        world.accounts.seats[PLACE] = JOSE, NOW + timedelta(days=1)
        application = submit()
        with pytest.raises(QuotaUsed):
            decide(application)
        world.clock.advance(days=1)
        decide(application)
        assert world.accounts.seats[PLACE][0] == ANA

    def test_the_former_users_place_passes_on_and_they_are_told(self, world, submit, decide):
        make_user(world, LUIS, ACOPIO)
        decide(submit(of_seps(former_user=FORMER)))
        assert world.accounts.get("seps", LUIS).grants == ()
        assert world.accounts.seats[PLACE][0] == ANA
        assert world.outbox.kinds == ["registration", "roles_ended"]
        [told] = world.outbox.of("roles_ended")
        assert (told.about["number"], told.about["roles"]) == (LUIS, "acopio")

    def test_one_person_may_give_a_role_up_and_take_another(self, world, submit, decide):
        make_user(world, ANA, ACOPIO)
        own = {"identifier": identifier(ANA), "full_name": "Ana María Núñez Pérez"}
        decide(submit(of_seps(("acopio", "deactivation"), ("auditor_externo", "access"), former_user=own)))
        auditor = Grant("auditor_externo", RUC)
        assert world.accounts.get("seps", ANA).grants == (auditor,)
        assert world.accounts.seats == {("seps", auditor, 1): (ANA, None)}
        assert sorted(world.outbox.kinds) == ["roles_ended", "roles_given"]

    def test_a_former_user_who_holds_no_place_of_it_gives_none(self, world, submit, decide):
        make_user(world, JOSE, ACOPIO)
        make_user(world, LUIS)
        with pytest.raises(QuotaUsed):
            decide(submit(of_seps(former_user=FORMER)))

    def test_a_role_is_given_up_and_whoever_asked_is_told(self, world, submit, decide):
        make_user(world, LUIS, ACOPIO)
        assert decide(submit(given_up(former_user=FORMER))).state == "done"
        assert world.accounts.get("seps", LUIS).grants == ()
        assert world.accounts.seats == {}
        assert world.accounts.get("seps", RUC) is None
        assert sorted(item.about["to"] for item in world.outbox.of("roles_removed")) == [
            "cooperativa@example.ec",
            "gerencia@example.ec",
        ]
        assert len(world.outbox.of("roles_ended")) == 1

    @pytest.mark.parametrize("sections", [{}, {"former_user": FORMER}], ids=["nobody named", "not the holder"])
    def test_a_role_that_the_former_user_does_not_hold_is_not_given_up(self, world, submit, decide, sections):
        make_user(world, JOSE, ACOPIO)
        with pytest.raises(Refused) as refused:
            decide(submit(given_up(**sections)))
        assert refusals(refused.value) == [("former_user.identifier", "former_user")]
        assert world.accounts.seats == {PLACE: (JOSE, None)}

    def test_a_platform_administrator_admits_an_institutions_administrator(self, world, submit, enter_as, decide):
        application = submit(of_staff("institution"))
        decide(application, current=enter_as(Grant("platform_admin", "platform")))
        assert kept(world, application).grants == (Grant("institution_admin", "1760001550001"),)

    def test_an_activation_puts_the_institution_down_with_the_decision(self, world, submit, enter_as, decide):
        decide(submit(of_staff("institution")), current=enter_as(Grant("platform_admin", "platform")))
        assert world.institutions.get("1760001550001") == Institution(
            id="1760001550001",
            name="Instituto Imaginario de Catastros",
            contact={"email": "ana@example.ec", "phone": "+59322345678"},
            portals=("buzonec",),
            ruc="1760001550001",
            modality="interconnection",
            activated_at=world.clock.now(),
        )

    @pytest.mark.parametrize(("channel", "decision"), [("administrator", "approve"), ("institution", "reject")])
    def test_no_other_decision_does(self, world, submit, enter_as, decide, channel, decision):
        mintel = enter_as(Grant("platform_admin", "platform"))
        decide(submit(of_staff(channel)), decision, "No procede." if decision == "reject" else None, mintel)
        assert world.institutions.kept == {}


class TestRejection:
    def test_it_says_why_to_all_whom_it_concerns(self, world, reviewer, submit, decide):
        application = submit()
        answer = decide(application, "reject", "La firma no se lee.")
        assert (answer.state, answer.history[-1].reason) == ("rejected", "La firma no se lee.")
        assert kept(world, application).history[-1]["by"] == reviewer.state.ref
        assert sorted(item.about["to"] for item in world.outbox.of("rejected")) == [
            "ana@example.ec",
            "cooperativa@example.ec",
            "gerencia@example.ec",
        ]
        assert world.accounts.seats == {}

    def test_a_representative_who_applies_is_told_once(self, world, submit, decide):
        decide(submit(email="gerencia@example.ec"), "reject", "No.")
        assert len(world.outbox.items) == 2

    def test_it_needs_a_reason(self, world, submit, decide):
        application = submit()
        with pytest.raises(Refused) as refused:
            decide(application, "reject")
        assert refusals(refused.value) == [("reason", "missing")]
        assert kept(world, application) == application


class TestOnce:
    @pytest.mark.parametrize("state", ["documents", "confirm", "rejected", "refused", "done"])
    @pytest.mark.parametrize("decision", ["approve", "reject"])
    def test_only_what_waits_for_a_decision_takes_one(self, world, submit, decide, state, decision):
        application = submit(state=state)
        with pytest.raises(NotWaiting):
            decide(application, decision, "porque sí")
        assert (kept(world, application), world.outbox.items) == (application, {})

    @pytest.mark.parametrize(
        "meanwhile",
        [
            lambda world, application: world.applications.keep(dataclasses.replace(application, state="rejected")),
            lambda world, application: world.accounts.seats.update({PLACE: (JOSE, None)}),
            lambda world, application: world.accounts.keep(
                dataclasses.replace(world.accounts.get("seps", ANA), epoch=9)
            ),
        ],
        ids=["another decision", "the place is taken", "the account changes"],
    )
    def test_what_changes_meanwhile_stands_in_the_way(self, world, submit, decide, meanwhile):
        before = make_user(world, ANA)
        application = submit()
        world.reviews.before_writing.append(lambda: meanwhile(world, application))
        with pytest.raises(NotWaiting):
            decide(application)
        assert world.outbox.items == {}
        assert world.accounts.get("seps", ANA).grants == before.grants
