"""Register: a wish is put down, nothing is read, nobody learns anything."""

import dataclasses
from datetime import timedelta
from typing import ClassVar

import pytest

from tests.makers import make_ruc
from tests.usecases.conftest import EMAIL, NUMBER, PASSWORD, make_account, make_application, refusals
from ventanilla.domain.errors import Refused
from ventanilla.domain.portal_texts import Role
from ventanilla.domain.portals import Field, Portal, Section
from ventanilla.schemas.registration import Registration
from ventanilla.usecases.register import register

FORM = {
    "identifier": {"kind": "cedula", "number": NUMBER},
    "given_names": "Ana Lucía",
    "surnames": "Prueba",
    "email": EMAIL,
}
ADDRESS = "198.51.100.7"
OPEN = {**FORM, "password": PASSWORD}
IPSOT = {
    **OPEN,
    "organization": "17",
    "unit": "Unidad GAD",
    "position": "Técnica",
    "work_phone": "02 234 5678",
    "mobile_phone": "0991234567",
}


@pytest.fixture
def submit(world, catalogues):
    def submit(portal: Portal, form, locale="es"):
        return register(
            portal,
            Registration.model_validate(form),
            locale=locale,
            address=ADDRESS,
            catalogues=catalogues,
            applications=world.applications,
            captcha=world.captcha,
            counters=world.counters,
            registry=world.registry,
            hasher=world.hasher,
            keys=world.keys,
            clock=world.clock,
        )

    return submit


@pytest.fixture
def refused(submit):
    def refused(portal: Portal, form):
        with pytest.raises(Refused) as raised:
            submit(portal, form)
        return refusals(raised.value)

    return refused


class TestNobodyLearnsAnything:
    def test_a_registration_is_one_write_and_reads_nothing(self, world, demo, submit):
        submit(demo, OPEN)
        assert world.calls == ["hash", "submit"]

    def test_a_taken_number_is_answered_alike_with_the_same_calls(self, world, demo, submit):
        first = submit(demo, OPEN)
        calls = list(world.calls)
        make_account(world)
        make_application(world)
        world.calls.clear()
        assert submit(demo, OPEN) == first
        assert world.calls == calls

    def test_nothing_is_reserved_and_each_wish_is_kept(self, world, demo, submit):
        submit(demo, OPEN)
        world.clock.advance(seconds=1)
        submit(demo, {**OPEN, "email": "otra@example.ec"})
        assert sorted(one.email for one in world.applications.kept.values()) == [EMAIL, "otra@example.ec"]
        assert world.outbox.kinds == ["registration", "registration"]


class TestWhatIsKept:
    def test_the_application_waits_for_its_confirmation_as_long_as_the_portal_says(self, world, demo, submit):
        answer = submit(demo, OPEN)
        kept, now = world.applications.only, world.clock.now()
        assert (answer.status, answer.next) == ("pending", "check_email")
        assert (kept.state, kept.link, kept.tries, kept.locale) == ("confirm", 1, 0, "es")
        assert kept.link_expires_at == now + timedelta(hours=24)
        assert kept.expires_at == now + timedelta(days=30)
        assert kept.profile == {"given_names": "Ana Lucía", "surnames": "Prueba"}
        assert kept.link_lives(now)

    def test_of_the_password_only_a_hash_is_kept(self, world, demo, submit):
        submit(demo, OPEN)
        assert world.applications.only.password_hash == f"hash:{PASSWORD}"

    def test_what_is_owed_names_the_application_and_no_person(self, world, demo, submit):
        submit(demo, OPEN)
        kept, owed = world.applications.only, world.outbox.only
        assert (owed.kind, owed.lane) == ("registration", "urgent")
        assert owed.about == {"slot": kept.slot, "application": kept.id}

    def test_what_is_typed_is_normalised(self, world, ipsot, submit):
        submit(ipsot, {**IPSOT, "identifier": {"kind": "cedula", "number": f" {NUMBER[:9]}-{NUMBER[9]} "}})
        kept = world.applications.only
        assert kept.number == NUMBER
        assert kept.profile["work_phone"] == "+59322345678"
        assert kept.profile["mobile_phone"] == "+593991234567"
        assert kept.profile["organization"] == "17"
        assert "identifier" not in kept.profile
        assert "email" not in kept.profile

    def test_the_language_of_the_form_is_that_of_the_mails(self, world, demo, submit):
        submit(demo, OPEN, locale="en")
        assert world.applications.only.locale == "en"

    def test_a_passport_keeps_its_country(self, world, office, submit):
        form = {**FORM, "identifier": {"kind": "passport", "number": "ab123456", "country": "PE"}}
        submit(office, {**form, "born_on": "1990-02-28"})
        kept = world.applications.only
        assert (kept.kind, kept.number, kept.country) == ("passport", "PE-AB123456", "PE")
        assert kept.profile["born_on"] == "1990-02-28"

    def test_sections_are_kept_beside_the_profile(self, world, office, submit):
        ruc = make_ruc(17, 1_234_567)
        company = {"ruc": ruc, "is_public": False}
        submit(office, {**FORM, "identifier": {"kind": "ruc", "number": ruc}, "company": company})
        assert world.applications.only.sections == {"company": company}

    def test_accepted_texts_are_kept_with_their_version(self, world, office, submit):
        submit(office, {**FORM, "accept": ["use"]})
        assert world.applications.only.accepted == {"use": "2"}


class TestChannels:
    def test_a_channel_that_ends_in_a_link_takes_no_password(self, world, office, submit, refused):
        submit(office, FORM)
        assert world.applications.only.password_hash is None
        assert refused(office, OPEN) == [("password", "unknown_field")]

    def test_a_channel_with_documents_owes_no_mail_yet(self, world, office, submit):
        answer = submit(office, {**FORM, "channel": "certificate"})
        assert answer.next == "documents"
        assert world.applications.only.state == "documents"
        assert world.outbox.items == {}

    @pytest.mark.parametrize("channel", ["desk", "other", 7, ["link"]])
    def test_a_channel_that_is_not_open_to_everybody_is_refused(self, office, refused, channel):
        assert refused(office, {**FORM, "channel": channel}) == [("channel", "channel")]

    def test_a_kind_of_identifier_that_the_channel_does_not_take_is_refused(self, office, refused):
        form = {**OPEN, "channel": "form", "identifier": {"kind": "passport", "number": "AB123456", "country": "PE"}}
        assert refused(office, form) == [("identifier.kind", "choice")]

    def test_a_field_is_asked_for_where_it_applies(self, office, refused):
        assert refused(office, {**FORM, "born_on": "1990-02-28"}) == [("born_on", "unknown_field")]

    def test_a_field_that_may_be_left_empty_may_be_sent_empty(self, world, office, submit):
        submit(office, {**FORM, "mobile_phone": ""})
        assert "mobile_phone" not in world.applications.only.profile


class TestRefusals:
    def test_all_that_is_wrong_is_said_at_once_the_password_too(self, world, ipsot, refused):
        wrong = {
            **IPSOT,
            "identifier": {"kind": "cedula", "number": "1"},
            "email": "ana",
            "unit": "x",
            "password": "1234",
        }
        assert set(refused(ipsot, {**wrong, "organization": "999999"})) == {
            ("identifier.number", "cedula_length"),
            ("email", "email"),
            ("unit", "choice"),
            ("organization", "organization"),
            ("password", "password_short"),
            ("password", "password_common"),
        }
        assert world.applications.kept == {}
        assert world.calls == []

    @pytest.mark.parametrize("name", ["identifier", "given_names", "email", "password"])
    def test_what_is_demanded_is_missed(self, demo, refused, name):
        form = {key: value for key, value in OPEN.items() if key != name}
        assert refused(demo, form) == [(name, "missing")]

    def test_a_field_that_nobody_knows_is_refused(self, demo, refused):
        assert refused(demo, {**OPEN, "role": "admin"}) == [("role", "unknown_field")]

    @pytest.mark.parametrize("password", [f"{NUMBER}{NUMBER}", "ana lucía prueba", "Portal de demostración"])
    def test_a_password_made_of_ones_own_or_the_portals_words_is_refused(self, demo, refused, password):
        assert ("password", "password_personal") in refused(demo, {**OPEN, "password": password})

    @pytest.mark.parametrize("name", ["<b>Ana</b>", "http://x.ec", "Ana\u202e", "4na", "", " ", "Ana\x00"])
    def test_a_name_is_made_of_letters(self, demo, refused, name):
        assert [field for field, _ in refused(demo, {**OPEN, "given_names": name})] == ["given_names"]

    def test_texts_that_the_portal_does_not_have_cannot_be_accepted(self, office, refused, demo):
        assert refused(office, {**FORM, "accept": ["use", "other"]}) == [("accept.1", "choice")]
        assert refused(demo, {**OPEN, "accept": []}) == [("accept", "unknown_field")]

    def test_without_an_optional_section_nothing_of_it_is_missed_but_half_of_one_is(self, office, refused):
        ruc = make_ruc(17, 1_234_567)
        form = {**FORM, "identifier": {"kind": "ruc", "number": ruc}, "company": {"ruc": ruc}}
        assert refused(office, form) == [("company.is_public", "missing")]


class TestKindsOfFields:
    """Each kind validates and normalises; the portal is made for them."""

    ROLES = (Role("auditor"), Role("representative"))

    @pytest.fixture
    def portal(self, demo):
        fields = (
            Field("email", "email", "Correo"),
            Field("is_public", "yes_no", "¿Pública?", required=False),
            Field("born_on", "date", "Nacimiento", required=False),
            Field("ruc", "ruc", "RUC", required=False),
            Field("gad", "organization", "GAD", catalogue="ipsot/gads.csv", required=False),
            Field("level", "choice", "Nivel", choices=("a", "b"), required=False),
            Field("roles", "roles", "Roles", required=False),
            Field("note", "text", "Nota", max=10, required=False),
            Field("phone", "phone", "Teléfono", required=False),
        )
        return dataclasses.replace(demo, sections=(Section("applicant", fields),), roles=self.ROLES)

    BASE = {"identifier": FORM["identifier"], "email": EMAIL, "password": PASSWORD}

    @pytest.mark.parametrize(
        ("name", "typed", "kept"),
        [
            ("is_public", False, False),
            ("born_on", "2000-02-29", "2000-02-29"),
            ("ruc", f"{make_ruc(17, 1_234_567)[:10]} 001", make_ruc(17, 1_234_567)),
            ("gad", "1701", "1701"),
            ("level", "b", "b"),
            ("roles", [{"role": "auditor", "action": "access"}], [{"role": "auditor", "action": "access"}]),
            ("note", "  dos\nlíneas ", "dos\nlíneas"),
            ("phone", "+593 2 234-5678", "+59322345678"),
        ],
    )
    def test_what_fits_is_kept_in_its_normal_form(self, world, portal, submit, name, typed, kept):
        submit(portal, {**self.BASE, name: typed})
        assert world.applications.only.profile == {name: kept}

    @pytest.mark.parametrize(
        ("name", "typed", "where", "code"),
        [
            ("is_public", "yes", "is_public", "yes_no"),
            ("is_public", 1, "is_public", "yes_no"),
            ("born_on", "29.2.2000", "born_on", "date_form"),
            ("born_on", "2001-02-29", "born_on", "date_form"),
            ("ruc", make_ruc(17, 1_234_567)[:12], "ruc", "ruc_length"),
            ("ruc", f"{NUMBER}000", "ruc", "ruc_form"),
            ("gad", "9999", "gad", "organization"),
            ("level", "c", "level", "choice"),
            ("level", 1, "level", "choice"),
            ("roles", [], "roles", "list_short"),
            ("roles", [{"role": "auditor", "action": "access"}] * 3, "roles", "list_long"),
            ("roles", [{"role": "king", "action": "access"}], "roles.0.role", "choice"),
            ("roles", [{"role": "auditor"}], "roles.0.action", "missing"),
            ("roles", "auditor", "roles", "list_expected"),
            ("note", "x" * 11, "note", "too_long"),
            ("note", "\x07", "note", "text_control"),
            ("phone", "123", "phone", "phone"),
            ("phone", "teléfono", "phone", "phone"),
            ("phone", "+1 202 555 0123", "phone", "phone"),
            ("email", "ana@localhost", "email", "email"),
            ("email", "ana@example.ec\nbcc: x@example.ec", "email", "email"),
            ("email", "Ana <ana@example.ec>", "email", "email"),
        ],
    )
    def test_what_does_not_is_refused_by_its_name(self, world, portal, refused, name, typed, where, code):
        assert refused(portal, {**self.BASE, name: typed}) == [(where, code)]


class TestCaptcha:
    """Where the portal wants one, it is used up by the write that puts the form down."""

    @pytest.fixture
    def wary(self, demo):
        return dataclasses.replace(demo, captcha=("register",))

    SOLVED: ClassVar = {**OPEN, "captcha": "register demo secret"}

    def test_a_solved_one_is_good_once(self, world, wary, submit, refused):
        submit(wary, self.SOLVED)
        assert refused(wary, self.SOLVED) == [("captcha", "captcha_used")]
        assert len(world.applications.kept) == 1

    @pytest.mark.parametrize(
        ("captcha", "code"),
        [(None, "captcha_missing"), ("reset demo x", "captcha_wrong"), ("register office x", "captcha_wrong")],
    )
    def test_without_one_nothing_is_put_down(self, world, wary, refused, captcha, code):
        assert refused(wary, {**OPEN, "captcha": captcha}) == [("captcha", code)]
        assert world.applications.kept == {}

    def test_a_form_that_is_wrong_uses_none_up(self, world, wary, refused, submit):
        assert refused(wary, {**self.SOLVED, "email": "x"}) == [("email", "email")]
        submit(wary, self.SOLVED)

    def test_a_refused_one_is_asked_of_no_registry(self, world, wary, refused):
        refused(wary, OPEN)
        assert world.calls == []


class TestHandle:
    def test_who_has_documents_to_send_in_finds_the_application_again(self, world, office, submit):
        answer = submit(office, {**FORM, "channel": "certificate"})
        kept = world.applications.only
        assert answer.application.id == f"{kept.slot}.{kept.id}"
        assert answer.application.access_token == world.keys.write("application", kept.slot, kept.id)
        assert kept.history == ({"state": "documents", "at": kept.created_at.isoformat(), "by": "applicant"},)

    def test_who_only_waits_for_a_mail_gets_none(self, demo, submit):
        assert submit(demo, OPEN).application is None


def test_a_link_never_outlives_its_application(world, demo, submit):
    short = dataclasses.replace(demo, lifetimes=dataclasses.replace(demo.lifetimes, application=timedelta(hours=1)))
    submit(short, OPEN)
    kept = world.applications.only
    assert not kept.link_lives(kept.expires_at)
