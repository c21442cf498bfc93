"""Apply: an applicant sees how far it has come and sends it in; what follows by itself is done at once."""

import dataclasses
from datetime import date, timedelta

import pytest

from tests.fakes import NOW, World
from tests.papers import ANA, of_buzonec, of_seps, portal
from ventanilla.domain.errors import DocumentsMissing, NotFound, NotWaiting, RegistryDown
from ventanilla.domain.registry import RegistryRecord
from ventanilla.usecases import apply

RECORD = RegistryRecord("cedula", ANA, given_names="ANA", email="ana@example.ec", birth_date=date(1990, 6, 15))
SEPS = ("solicitud", "acuerdo", "consentimiento")


@pytest.fixture
def world():
    world = World(portal("seps"), portal("buzonec"))
    world.registry.people[ANA] = RECORD
    return world


@pytest.fixture
def begin(world):
    """Put an application down, with some of its documents; return what its applicant holds."""

    def begin(application, *kinds, **changes):
        came = {kind: {"signature": "electronic", "signer": "ANA", "sha256": "0" * 64, "at": "-"} for kind in kinds}
        kept = world.applications.keep(dataclasses.replace(application, documents=came, **changes))
        return f"{kept.slot}.{kept.id}", world.keys.write("application", kept.slot, kept.id)

    return begin


@pytest.fixture
def show(world):
    def show(named, token, locale="es"):
        stores = {"keys": world.keys, "portals": world.portals, "applications": world.applications}
        return apply.show(named, token, locale=locale, clock=world.clock, **stores)

    return show


@pytest.fixture
def submit(world):
    def submit(named, token):
        stores = {"keys": world.keys, "portals": world.portals, "applications": world.applications}
        return apply.submit(named, token, locale="es", registry=world.registry, clock=world.clock, **stores)

    return submit


class TestItsOwn:
    @pytest.fixture
    def nothing(self, world, show, submit):
        def nothing(named, token):
            for act in (show, submit):
                with pytest.raises(NotFound):
                    act(named, token)
            return "find" not in world.calls

        return nothing

    def test_its_token_opens_it_any_number_of_times(self, begin, show):
        named, token = begin(of_seps())
        assert show(named, token) == show(named, token)
        assert show(named, token).id == named

    @pytest.mark.parametrize("token", [None, "", "x", "application.k1.slot.id.mac", "x" * 5000])
    def test_no_token_opens_nothing(self, begin, nothing, token):
        named, _ = begin(of_buzonec(), "activation")
        assert nothing(named, token)

    def test_the_token_of_another_opens_nothing(self, begin, nothing):
        named, token = begin(of_buzonec(), "activation")
        other, other_token = begin(of_seps(), *SEPS)
        assert nothing(named, other_token)
        assert nothing(other, token)

    def test_nor_does_one_of_another_purpose(self, world, begin, nothing):
        named, _ = begin(of_buzonec(), "activation")
        slot, _, short_id = named.partition(".")
        assert nothing(named, world.keys.write("confirm", slot, short_id))

    def test_what_has_expired_is_gone(self, world, begin, nothing):
        named, token = begin(of_buzonec(), "activation")
        world.clock.advance(days=30)
        assert nothing(named, token)


class TestShow:
    def test_it_says_what_has_come_and_what_is_missing(self, begin, show):
        history = ({"state": "documents", "at": NOW.isoformat(), "by": "applicant"},)
        seen = show(*begin(of_seps(), "solicitud", history=history))
        assert (seen.portal, seen.channel, seen.state) == ("seps", "application", "documents")
        assert [(one.kind, one.received, one.signature) for one in seen.documents] == [
            ("solicitud", True, "electronic"),
            ("acuerdo", False, None),
            ("consentimiento", False, None),
        ]
        assert seen.missing == ["acuerdo", "consentimiento"]
        assert [(one.state, one.at, one.reason) for one in seen.history] == [("documents", NOW, None)]

    def test_it_does_not_say_who_decided(self, begin, show):
        history = ({"state": "rejected", "at": NOW.isoformat(), "by": "ref-of-rosa", "reason": "No se lee."},)
        seen = show(*begin(of_seps(), state="rejected", history=history))
        assert seen.history[0].reason == "No se lee."
        assert "ref-of-rosa" not in seen.model_dump_json()

    def test_where_roles_are_only_given_up_fewer_documents_are_due(self, begin, show):
        assert show(*begin(of_seps(("acopio", "deactivation")))).missing == ["solicitud"]


class TestSubmit:
    def test_what_is_reviewed_waits_for_its_reviewer(self, world, begin, submit):
        world.clock.advance(days=3)
        assert submit(*begin(of_seps(), *SEPS)).state == "review"
        kept, now = world.applications.only, world.clock.now()
        assert kept.history[-1] == {"state": "review", "at": now.isoformat(), "by": "applicant"}
        assert kept.expires_at == now + timedelta(days=30)  # the longest wait at one step
        assert world.outbox.items == {}
        assert "find" not in world.calls

    def test_what_nobody_reviews_is_looked_up_and_its_link_mailed(self, world, begin, submit):
        assert submit(*begin(of_buzonec(), "activation")).state == "confirm"
        kept, owed = world.applications.only, world.outbox.only
        assert [one["state"] for one in kept.history] == ["identity_check", "confirm"]
        assert (kept.link, kept.link_expires_at) == (2, world.clock.now() + timedelta(hours=24))
        assert (owed.kind, owed.about) == ("registration", {"slot": kept.slot, "application": kept.id})

    @pytest.mark.parametrize("came", [(), ("solicitud",), ("solicitud", "acuerdo")])
    def test_it_is_sent_in_whole(self, world, begin, submit, came):
        held = begin(of_seps(), *came)
        before = world.applications.only
        with pytest.raises(DocumentsMissing) as missing:
            submit(*held)
        assert missing.value.facts == {"documents": ", ".join(SEPS[len(came) :])}
        assert world.applications.only == before

    def test_the_registry_is_asked_only_behind_the_signature(self, world, begin, submit):
        with pytest.raises(DocumentsMissing):
            submit(*begin(of_buzonec()))
        assert "find" not in world.calls

    @pytest.mark.parametrize(
        ("record", "reasons"),
        [
            (None, "not_registered"),
            (dataclasses.replace(RECORD, deceased=True), "deceased"),
            (dataclasses.replace(RECORD, identity_status="expired", birth_date=date(2015, 1, 1)), "identity_status"),
        ],
    )
    def test_what_the_registry_says_against_it_refuses_it(self, world, begin, submit, record, reasons):
        world.registry.people = {ANA: record} if record else {}
        answer = submit(*begin(of_buzonec(), "activation"))
        assert answer.state == world.applications.only.state == "refused"
        assert answer.history[-1].reason.startswith(reasons)
        assert world.applications.only.history[-1]["by"] == "registry"
        assert world.outbox.items == {}

    def test_while_the_registry_is_down_it_waits_where_it_was(self, world, begin, submit):
        held = begin(of_buzonec(), "activation")
        before = world.applications.only
        world.registry.is_down = True
        with pytest.raises(RegistryDown):
            submit(*held)
        assert (world.applications.only, world.outbox.items) == (before, {})
        world.registry.is_down = False
        assert submit(*held).state == "confirm"

    @pytest.mark.parametrize("state", ["review", "confirm", "rejected", "refused", "done"])
    def test_it_is_sent_in_once(self, world, begin, submit, state):
        with pytest.raises(NotWaiting):
            submit(*begin(of_seps(), *SEPS, state=state))
        assert world.outbox.items == {}

    def test_of_two_at_the_same_time_one_sends_it_in(self, world, begin, submit):
        held = begin(of_buzonec(), "activation")
        world.applications.before_writing.append(lambda: submit(*held))
        with pytest.raises(NotWaiting):
            submit(*held)
        assert world.outbox.kinds == ["registration"]
