"""What the registry adds to a form, and whom it keeps out: to a stranger nothing is given away."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.fakes import World
from tests.usecases.registry_world import ADDRESS, ANA, COMPANY, FILES, NUMBER, OPEN, check, make_world
from ventanilla.domain.errors import NotEligible, Refused, RegistryDown, TooManyAttempts
from ventanilla.domain.identifiers import parse
from ventanilla.domain.portals import Eligibility, Portal
from ventanilla.domain.registry import RegistryRecord
from ventanilla.domain.throttling import FREE_LOOKUPS
from ventanilla.schemas.registration import Form, Registration, read_form
from ventanilla.usecases.registry_fields import with_registry


@pytest.fixture
def world() -> World:
    return make_world()


def form_of(email: str, portal: Portal = OPEN, identifier: dict[str, str] | None = None, **said: Any) -> Form:
    typed = {"identifier": identifier or {"kind": "cedula", "number": NUMBER}, "email": email, **said}
    return read_form(portal, portal.channels[0], Registration.model_validate(typed), FILES.catalogue)


def complete(world: World, form: Form, portal: Portal = OPEN) -> Form:
    channel = portal.channels[0]
    return with_registry(
        form, portal, channel, ADDRESS, registry=world.registry, counters=world.counters, clock=world.clock
    )


class TestRegistryFields:
    def test_what_the_registry_may_know_can_be_left_out_of_the_form(self):
        assert form_of("ana@example.ec").profile == {}
        [channel] = OPEN.channels
        demanded = {field.name for field in OPEN.applicant_fields(channel) if channel.demands(field)}
        assert demanded == {"identifier", "email"}

    def test_where_no_check_comes_first_it_cannot(self):
        [channel] = OPEN.channels
        later = replace(OPEN, channels=(replace(channel, steps=("form", "confirm")),))
        with pytest.raises(Refused) as refused:
            form_of("ana@example.ec", later)
        assert {(error.field, error.code) for error in refused.value.errors} == {
            ("given_names", "missing"),
            ("surnames", "missing"),
        }

    @pytest.mark.parametrize("email", ["ana@example.ec", "ANA@Example.ec"])
    def test_it_is_filled_in_where_the_mail_goes_to_the_registrys_own_address(self, world, email):
        assert complete(world, form_of(email)).profile == {"given_names": "ANA LUCÍA", "surnames": "QUISHPE"}

    def test_at_any_other_address_nothing_is_filled_in(self, world):
        form = form_of("stranger@example.ec")
        assert complete(world, form) == form

    def test_nor_where_the_registry_knows_no_address(self, world):
        world.registry.people[NUMBER] = replace(ANA, email="")
        assert complete(world, form_of("stranger@example.ec")).profile == {}

    @pytest.mark.parametrize("email", ["ana@example.ec", "stranger@example.ec"])
    def test_what_was_typed_stands(self, world, email):
        form = form_of(email, given_names="Anita", surnames="Quishpe de Mora", phone="0991234567")
        assert complete(world, form).profile == {
            "given_names": "Anita",
            "surnames": "Quishpe de Mora",
            "phone": "+593991234567",
        }

    def test_a_part_that_was_typed_is_completed(self, world):
        profile = complete(world, form_of("ana@example.ec", given_names="Anita")).profile
        assert profile == {"given_names": "Anita", "surnames": "QUISHPE"}

    def test_only_fields_that_apply_are_filled_in(self, world):
        world.registry.people[NUMBER] = replace(ANA, legal_name="QUISHPE ANA LUCÍA")
        assert "legal_name" not in complete(world, form_of("ana@example.ec")).profile
        world.registry.people[COMPANY] = RegistryRecord("ruc", COMPANY, legal_name="TEJIDOS", email="t@example.ec")
        company = form_of("t@example.ec", identifier={"kind": "ruc", "number": COMPANY})
        assert complete(world, company).profile == {"legal_name": "TEJIDOS"}

    def test_a_date_of_birth_is_filled_in_as_forms_write_it(self, world):
        section = OPEN.sections[0]
        born = replace(section.fields[1], name="birth_date", kind="date", when={})
        portal = replace(OPEN, sections=(replace(section, fields=(*section.fields, born)),))
        assert complete(world, form_of("ana@example.ec", portal), portal).profile["birth_date"] == "1990-06-15"

    def test_a_field_that_is_not_marked_is_not_filled_in(self, world):
        section = OPEN.sections[0]
        fields = tuple(replace(field, registry=False, required=False) for field in section.fields)
        fields = tuple(replace(field, required=field.kind in ("identifier", "email")) for field in fields)
        portal = replace(OPEN, sections=(replace(section, fields=fields),))
        assert complete(world, form_of("ana@example.ec", portal), portal).profile == {}

    def test_where_no_check_comes_first_the_registry_is_not_asked(self, world):
        demo = FILES.get("demo")
        form = Form(parse("cedula", NUMBER), "ana@example.ec", {}, {}, None, {})
        assert complete(world, form, demo) is form
        assert world.calls == []


class TestEligible:
    def test_who_is_not_known_may_not_register(self, world):
        world.registry.people.clear()
        with pytest.raises(NotEligible) as refused:
            complete(world, form_of("ana@example.ec"))
        assert refused.value.reasons == ("not_registered",)
        assert [(error.field, error.code) for error in refused.value.errors] == [("identifier", "not_registered")]

    def test_nor_who_is_not_what_the_portal_demands(self, world):
        portal = replace(OPEN, eligibility=Eligibility(below_age=18))
        with pytest.raises(NotEligible) as refused:
            complete(world, form_of("ana@example.ec"), portal)
        assert refused.value.reasons == ("too_old",)

    def test_ages_are_of_the_day_in_ecuador(self, world):
        world.registry.people[NUMBER] = replace(ANA, birth_date=date(2009, 3, 2))
        portal = replace(OPEN, eligibility=Eligibility(min_age=18))
        world.clock.at = datetime(2027, 3, 2, 4, 59, tzinfo=UTC)  # still the first of March there
        with pytest.raises(NotEligible):
            complete(world, form_of("ana@example.ec"), portal)
        world.clock.at += timedelta(minutes=1)
        complete(world, form_of("ana@example.ec"), portal)

    def test_refusals_are_counted_and_nothing_else(self, world):
        complete(world, form_of("ana@example.ec"))
        assert world.calls == ["find"]
        world.registry.people.clear()
        for _ in range(FREE_LOOKUPS):
            with pytest.raises(NotEligible):
                complete(world, form_of("ana@example.ec"))
        with pytest.raises(TooManyAttempts):
            complete(world, form_of("ana@example.ec"))

    def test_whoever_waits_is_told_nothing_of_anybody(self, world):
        for _ in range(FREE_LOOKUPS):
            check(world)
        with pytest.raises(TooManyAttempts):
            complete(world, form_of("ana@example.ec"))

    def test_while_the_registry_is_down_nobody_is_refused_nor_counted(self, world):
        world.registry.is_down = True
        with pytest.raises(RegistryDown):
            complete(world, form_of("ana@example.ec"))
        assert world.calls == ["find"]
