"""Administering institutions: who may, what is written down of it, and keys whose time comes and goes."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.usecases.staff_world import ANA, EVA, World
from ventanilla.domain.audit import is_whole
from ventanilla.domain.errors import Busy, Forbidden, InstitutionExists, NotFound, Refused
from ventanilla.domain.grants import Grant
from ventanilla.domain.institutions import Institution, trail_of
from ventanilla.schemas.institutions import InstitutionPatch, NewInstitutionKey
from ventanilla.schemas.staff import Because
from ventanilla.usecases import institution_admin, institution_keys
from ventanilla.usecases.institutions import set_canton, set_effect

RUC, OTHER = "1760000150001", "1760013210001"
PEM, OTHER_PEM = (
    ed25519.Ed25519PrivateKey.from_private_bytes(bytes([seed] * 32))
    .public_key()
    .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    .decode()
    for seed in (0, 1)
)
BECAUSE = Because(reason="Clave comprometida")


@pytest.fixture
def world():
    world = World()
    world.institutions.add(Institution(RUC, "Municipio de Ejemplo", {"email": "m@example.ec"}, ("buzonec",), ruc=RUC))
    world.institutions.add(Institution(OTHER, "Otra"))
    return world


@pytest.fixture
def admin(world):
    grant = Grant("institution_admin", RUC)
    world.accounts.seats["staff", grant, 1] = ANA, None
    return world.enter(world.account(grants=(grant,)))


@pytest.fixture
def mintel(world):
    return world.enter(
        world.account(number=EVA, grants=(Grant("platform_admin", "platform"),), profile={"full_name": "Eva Paz"})
    )


@pytest.fixture
def ask(world):
    """Do something to an institution, as somebody."""

    def ask(what, current, *said, institution=RUC):
        shared = {"institutions": world.institutions, "accounts": world.accounts, "audits": world.audits}
        if what.__module__.endswith("institution_admin"):
            shared |= {"reviews": world.reviews, "portals": world.portals}
        if what is institution_keys.listed:
            shared = {"institutions": world.institutions}
        if what is not institution_admin.show:
            shared["clock"] = world.clock
        return what(institution, *said, current, **shared)

    return ask


def patch(**contact):
    return InstitutionPatch.model_validate({"contact": contact})


def new_key(**changes):
    return NewInstitutionKey.model_validate({"public_key": PEM, **changes})


class TestWhoMay:
    CALLS = (
        (institution_admin.show,),
        (institution_admin.change_contact, patch(email="n@example.ec")),
        (institution_keys.listed,),
        (institution_keys.register, new_key()),
        (institution_keys.revoke, "k1"),
    )

    @pytest.mark.parametrize("call", CALLS, ids=lambda call: call[0].__name__)
    @pytest.mark.parametrize(
        "grants",
        [(), (Grant("institution_admin", OTHER),), (Grant("portal_admin", RUC),), (Grant("platform_admin", RUC),)],
    )
    def test_to_others_it_is_not_there(self, world, ask, call, grants):
        with pytest.raises(NotFound):
            ask(call[0], world.enter(world.account(grants=grants)), *call[1:])

    @pytest.mark.parametrize("call", CALLS[:4], ids=lambda call: call[0].__name__)
    def test_its_administrator_and_the_platforms_may(self, ask, admin, mintel, call):
        ask(call[0], admin, *call[1:])
        ask(call[0], mintel, *call[1:])

    def test_a_citizens_account_with_the_same_grant_may_not(self, world, ask):
        citizen = world.enter(world.account("demo", grants=(Grant("institution_admin", RUC),)))
        with pytest.raises(NotFound):
            ask(institution_admin.show, citizen)

    @pytest.mark.parametrize("status", ["suspended", "active"])
    def test_only_the_platforms_suspends_and_resumes(self, ask, admin, status):
        with pytest.raises(NotFound):
            ask(institution_admin.set_status, admin, status, BECAUSE)

    def test_one_that_is_not_there_is_told_to_nobody(self, ask, mintel):
        with pytest.raises(NotFound):
            ask(institution_admin.show, mintel, institution="1790000000001")


class TestTheInstitution:
    def test_it_is_shown_with_who_administers_it(self, ask, admin):
        shown = ask(institution_admin.show, admin)
        assert (shown.id, shown.ruc, shown.name, shown.portals) == (RUC, RUC, "Municipio de Ejemplo", ["buzonec"])
        assert (shown.status, shown.modality, shown.administrators) == ("active", "interconnection", ["Ana Prueba"])

    def test_a_place_that_is_kept_for_somebody_without_an_account_names_nobody(self, world, ask, admin):
        world.accounts.seats["staff", Grant("institution_admin", RUC), 2] = EVA, world.clock.now() + timedelta(days=3)
        assert ask(institution_admin.show, admin).administrators == ["Ana Prueba"]

    def test_its_contact_changes_value_by_value(self, world, ask, admin):
        ask(institution_admin.change_contact, admin, patch(phone="022345678", website="https://example.ec"))
        shown = ask(institution_admin.change_contact, admin, patch(email=None, phone="022345678"))
        assert shown.contact == {"phone": "+59322345678", "website": "https://example.ec"}
        assert [(line.act, line.by, line.detail) for line in shown.audit] == [
            ("contact_changed", "Ana Prueba", "phone website"),
            ("contact_changed", "Ana Prueba", "email"),
        ]
        assert world.institutions.get(RUC).contact == shown.contact

    def test_what_does_not_change_is_not_written_down(self, ask, admin):
        assert ask(institution_admin.change_contact, admin, patch(email="m@example.ec")).audit == []

    def test_suspending_and_resuming_are_written_down_with_their_reason(self, world, ask, mintel):
        for _ in range(2):
            assert ask(institution_admin.set_status, mintel, "suspended", BECAUSE).status == "suspended"
        shown = ask(institution_admin.set_status, mintel, "active", Because(reason="Clave renovada"))
        assert (shown.status, world.institutions.get(RUC).status) == ("active", "active")
        assert [(line.act, line.by, line.reason) for line in shown.audit] == [
            ("suspended", "Eva Paz", "Clave comprometida"),
            ("resumed", "Eva Paz", "Clave renovada"),
        ]
        assert is_whole(world.audits.trail(trail_of(RUC)), trail_of(RUC))

    def test_of_two_changes_at_once_one_is_told_to_come_again(self, world, ask, admin, monkeypatch):
        monkeypatch.setattr(world.institutions, "change", lambda *_: False)
        with pytest.raises(Busy):
            ask(institution_admin.change_contact, admin, patch(email="n@example.ec"))


class TestKeys:
    def test_several_are_in_force_at_once_and_named_in_their_order(self, ask, admin):
        first = ask(institution_keys.register, admin, new_key())
        ask(institution_keys.register, admin, new_key(name="rotation-2027"))
        ask(institution_keys.register, admin, new_key())
        assert first.key_id == f"{RUC}.k1"
        listed = ask(institution_keys.listed, admin).items
        assert [(key.name, key.state) for key in listed] == [
            ("k1", "active"),
            ("rotation-2027", "active"),
            ("k2", "active"),
        ]

    def test_the_fingerprint_is_that_of_the_subject_public_key_info(self, ask, admin):
        # `openssl pkey -pubin -outform DER | sha256sum`
        expected = "339e2ff917630507b6a423b5ce084e285d1fa65d93b3e27a6195d3bbebc9ae23"
        assert ask(institution_keys.register, admin, new_key()).fingerprint == expected

    def test_its_time_comes_and_goes(self, world, ask, admin):
        now = world.clock.now()
        times = {
            "not_before": (now + timedelta(days=1)).isoformat(),
            "not_after": (now + timedelta(days=2)).isoformat(),
        }
        assert ask(institution_keys.register, admin, new_key(**times)).state == "early"
        states = []
        for _ in range(2):
            world.clock.advance(days=1)
            states += [key.state for key in ask(institution_keys.listed, admin).items]
        assert states == ["active", "expired"]

    @pytest.mark.parametrize(("begins", "ends"), [(None, 0), (None, -1), (2, 2), (2, 1)])
    def test_a_time_that_is_over_or_ends_before_it_begins_is_refused(self, world, ask, admin, begins, ends):
        now = world.clock.now()
        times = {"not_after": (now + timedelta(days=ends)).isoformat()}
        if begins is not None:
            times["not_before"] = (now + timedelta(days=begins)).isoformat()
        with pytest.raises(Refused) as raised:
            ask(institution_keys.register, admin, new_key(**times))
        assert [(error.field, error.code) for error in raised.value.errors] == [("not_after", "key_time")]

    @pytest.mark.parametrize("named", ["k1", f"{RUC}.k1"])
    def test_it_is_revoked_by_its_name_or_its_whole_id_once(self, ask, admin, named):
        ask(institution_keys.register, admin, new_key())
        ask(institution_keys.revoke, admin, named)
        with pytest.raises(NotFound):
            ask(institution_keys.revoke, admin, named)
        assert [key.state for key in ask(institution_keys.listed, admin).items] == ["revoked"]

    def test_a_name_is_not_given_again(self, ask, admin):
        ask(institution_keys.register, admin, new_key(name="k1"))
        ask(institution_keys.revoke, admin, "k1")
        with pytest.raises(InstitutionExists):
            ask(institution_keys.register, admin, new_key(name="k1", public_key=OTHER_PEM))
        assert ask(institution_keys.register, admin, new_key(public_key=OTHER_PEM)).name == "k2"

    def test_a_test_key_is_said_to_be_one_and_revoked_by_its_whole_id_alone(self, ask, admin):
        added = ask(institution_keys.register, admin, new_key(test=True))
        assert (added.key_id, added.name, added.test) == (f"test-{RUC}.k1", "k1", True)
        with pytest.raises(NotFound):
            ask(institution_keys.revoke, admin, "k1")
        assert not ask(institution_keys.register, admin, new_key()).test
        ask(institution_keys.revoke, admin, f"test-{RUC}.k1")
        listed = {key.key_id: key.state for key in ask(institution_keys.listed, admin).items}
        assert listed == {f"{RUC}.k1": "active", f"test-{RUC}.k1": "revoked"}
        audited = [(line.act, line.detail) for line in ask(institution_admin.show, admin).audit]
        assert audited == [("key_added", f"test-{RUC}.k1"), ("key_added", "k1"), ("key_revoked", f"test-{RUC}.k1")]

    def test_who_did_it_is_written_down(self, ask, admin, mintel):
        ask(institution_keys.register, admin, new_key())
        ask(institution_keys.revoke, mintel, "k1")
        assert [(line.act, line.by, line.detail) for line in ask(institution_admin.show, admin).audit] == [
            ("key_added", "Ana Prueba", "k1"),
            ("key_revoked", "Eva Paz", "k1"),
        ]


class TestActingForAnInstitution:
    def of(self, world, *scopes, portal="staff"):
        return world.enter(world.account(portal, grants=tuple(Grant("institution_admin", scope) for scope in scopes)))

    def test_the_only_one_need_not_be_named(self, world):
        assert institution_admin.administered(self.of(world, RUC), None) == RUC
        assert institution_admin.administered(self.of(world, RUC), RUC) == RUC

    def test_of_several_one_is_named_and_the_refusal_says_which_there_are(self, world):
        current = self.of(world, RUC, OTHER)
        assert institution_admin.administered(current, OTHER) == OTHER
        with pytest.raises(Refused) as raised:
            institution_admin.administered(current, None)
        [error] = raised.value.errors
        assert (error.field, error.params) == ("institution", {"institutions": f"{RUC}, {OTHER}"})

    @pytest.mark.parametrize("named", [OTHER, ""])
    def test_another_is_not_there(self, world, named):
        with pytest.raises(NotFound):
            institution_admin.administered(self.of(world, RUC), named)

    def test_who_administers_none_may_not(self, world):
        for current in (self.of(world), self.of(world, RUC, portal="demo")):
            with pytest.raises(Forbidden):
                institution_admin.administered(current, RUC)


class TestEffect:
    @pytest.fixture
    def set_(self, world):
        def set_(effect, institution=RUC):
            set_effect(institution, effect, institutions=world.institutions, audits=world.audits, clock=world.clock)

        return set_

    def test_the_rule_is_set_by_the_operator_and_written_down_once(self, world, ask, admin, set_):
        for effect in (5, 5, "opening", None):
            set_(effect)
            assert world.institutions.get(RUC).effect == effect
        shown = ask(institution_admin.show, admin)
        assert [(line.by, line.detail) for line in shown.audit] == [
            ("operator", "5"),
            ("operator", "opening"),
            ("operator", "none"),
        ]

    def test_of_what_is_not_there_no_rule_is_set(self, set_):
        with pytest.raises(NotFound):
            set_(5, "nobody")


class TestCanton:
    @pytest.fixture
    def set_(self, world):
        def set_(canton, institution=RUC):
            set_canton(institution, canton, institutions=world.institutions, audits=world.audits, clock=world.clock)

        return set_

    def test_it_is_set_by_the_operator_shown_and_written_down_once(self, ask, admin, set_):
        for canton in ("1701", "1701", None, "0901"):
            set_(canton)
            assert ask(institution_admin.show, admin).canton == canton
        shown = ask(institution_admin.show, admin)
        assert [(line.act, line.detail) for line in shown.audit] == [
            ("canton_changed", "1701"),
            ("canton_changed", "none"),
            ("canton_changed", "0901"),
        ]

    def test_what_is_none_is_refused(self, set_):
        with pytest.raises(Refused):
            set_("17")

    def test_of_what_is_not_there_none_is_set(self, set_):
        with pytest.raises(NotFound):
            set_("1701", "nobody")
