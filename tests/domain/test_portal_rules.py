"""Each mistake of a definition is found, at its place, and said in a sentence."""

import dataclasses
from datetime import timedelta

import pytest

from ventanilla.domain.passwords import PasswordPolicy
from ventanilla.domain.portal_rules import mistakes
from ventanilla.domain.portal_texts import Category, Document, Role, Terms
from ventanilla.domain.portals import Channel, Eligibility, Field, Lifetimes, Mailbox, Portal, ResetRules, Section

EMAIL = Field("email", "email", "Correo")
CHANNEL = Channel("self", ("cedula",), ("form", "confirm"), "form")
SECTION = Section("applicant", (EMAIL,))
SIGNED = Document("request", "Solicitud", "applicant", ("electronic",))


def portal(**changes) -> Portal:
    return Portal(
        **{"id": "p", "name": "P", "institution": "I", "channels": (CHANNEL,), "sections": (SECTION,), **changes}
    )


def with_channel(**changes) -> Portal:
    return portal(channels=(dataclasses.replace(CHANNEL, **changes),))


def with_fields(*fields: Field) -> Portal:
    return portal(sections=(Section("applicant", (EMAIL, *fields)),))


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


BROKEN = {
    "no channel": (
        portal(channels=()),
        "channels",
        "a portal needs at least one channel to an account",
    ),
    "a channel twice": (portal(channels=(CHANNEL, CHANNEL)), "channels", "self stands there 2 times"),
    "a section twice": (
        portal(sections=(SECTION, Section("x", ()), Section("x", ()))),
        "sections",
        "x stands there 2 times",
    ),
    "nobody who reviews": (
        with_channel(steps=("form", "review", "confirm"), credential="link", reviewed_by="mayor"),
        "channels.self.reviewed_by",
        "who reviews is a reviewer or platform_admin",
    ),
    "a scope that nobody types": (
        with_channel(grants="organization.ruc"),
        "channels.self.grants",
        "no section has a field organization.ruc",
    ),
    "a role that there is not": (
        with_channel(grants_role="admin"),
        "channels.self.grants_role",
        "there is no role admin among [[roles]]",
    ),
    "an activation that nobody reviews": (
        with_channel(activates=("buzonec",)),
        "channels.self.activates",
        "a channel that activates an institution is reviewed, and grants by its RUC",
    ),
    "a status that the registry never says": (
        portal(eligibility=Eligibility(identity_status=("valid", "vigente"))),
        "eligibility.identity_status",
        "vigente is none of valid, expired, annulled",
    ),
    "a signer whom the form does not ask for": (
        portal(documents=(dataclasses.replace(SIGNED, signer="organization.representative"),)),
        "documents.request.signer",
        "is applicant, or the form has a field representative_identifier in section organization",
    ),
    "a condition of a fact that there is not": (
        with_fields(Field("x", "text", "X", when={"chanel": ["self"]})),
        "sections.applicant.x.when",
        "there is no fact chanel: a condition names channel, identifier, action, roles",
    ),
    "a condition that never holds": (
        portal(documents=(dataclasses.replace(SIGNED, when={"channel": ["other"]}),)),
        "documents.request.when",
        "channel is never other: it may be self",
    ),
    "terms thrice": (portal(terms=(Terms("use", "Uso", "1", "f"),) * 3), "terms", "use stands there 3 times"),
    "a step twice": (
        with_channel(steps=("form", "form", "confirm")),
        "channels.self.steps",
        "form stands there 2 times",
    ),
    "no form": (
        with_channel(steps=("identity_check", "confirm")),
        "channels.self.steps",
        "a channel has the step form, and ends with the step confirm",
    ),
    "no confirmation at the end": (
        with_channel(steps=("form", "confirm", "documents")),
        "channels.self.steps",
        "a channel has the step form, and ends with the step confirm",
    ),
    "no steps": (
        with_channel(steps=()),
        "channels.self.steps",
        "a channel has the step form, and ends with the step confirm",
    ),
    "documents before the form": (
        dataclasses.replace(with_channel(steps=("documents", "form", "confirm")), documents=(SIGNED,)),
        "channels.self.steps",
        "only identity_check may come before the form",
    ),
    "a review by nobody": (
        with_channel(steps=("form", "review", "confirm"), credential="link"),
        "channels.self.reviewed_by",
        "a channel has a step review where reviewed_by names who reviews, and only there",
    ),
    "a reviewer of nothing": (
        with_channel(reviewed_by="reviewer"),
        "channels.self.reviewed_by",
        "a channel has a step review where reviewed_by names who reviews, and only there",
    ),
    "documents that are not described": (
        with_channel(steps=("form", "documents", "confirm"), credential="link"),
        "channels.self.steps",
        "there is a step documents, but the portal has no [[documents]]",
    ),
    "a password of the form that waits for documents": (
        dataclasses.replace(with_channel(steps=("form", "documents", "confirm")), documents=(SIGNED,)),
        "channels.self.credential",
        "a password chosen in the form is confirmed right after the form",
    ),
    "no identifiers": (
        with_channel(identifiers=()),
        "channels.self.identifiers",
        "a channel names the identifiers that it takes: cedula, ruc, passport",
    ),
    "no address": (
        portal(sections=(Section("applicant", ()),)),
        "sections.applicant",
        "the applicant of channel self has exactly one field of kind email",
    ),
    "two addresses": (
        with_fields(Field("other", "email", "Otro")),
        "sections.applicant",
        "the applicant of channel self has exactly one field of kind email",
    ),
    "an address of another name": (
        portal(sections=(Section("applicant", (Field("correo", "email", "Correo"),)),)),
        "sections.applicant",
        "the applicant's field of kind email is named email",
    ),
    "two identifiers": (
        with_fields(Field("a", "identifier", "A"), Field("b", "identifier", "B")),
        "sections.applicant",
        "the applicant of channel self has one field of kind identifier at most",
    ),
    "a field twice": (
        with_fields(Field("a", "text", "A"), Field("a", "text", "A")),
        "sections.applicant.fields",
        "a stands there 2 times",
    ),
    "a choice of nothing": (
        with_fields(Field("unit", "choice", "Unidad")),
        "sections.applicant.unit",
        "a field of kind choice names its choices",
    ),
    "an organisation of no catalogue": (
        with_fields(Field("gad", "organization", "GAD")),
        "sections.applicant.gad",
        "a field of kind organization names its catalogue",
    ),
    "roles that are not described": (
        with_fields(Field("roles", "roles", "Roles")),
        "sections.applicant.roles",
        "a field of kind roles needs [[roles]]",
    ),
    "short passwords": (
        portal(password=PasswordPolicy(min_length=14)),
        "password.min_length",
        "today's standards demand 15; say why in `legacy` if it must be less",
    ),
    "short passwords beside a second factor": (
        portal(password=PasswordPolicy(min_length=7), second_factor=True),
        "password.min_length",
        "today's standards demand 8; say why in `legacy` if it must be less",
    ),
    "no long passwords": (
        portal(password=PasswordPolicy(max_length=63)),
        "password.max_length",
        "passwords of 64 characters must be possible",
    ),
    "lengths the wrong way round": (
        portal(password=PasswordPolicy(min_length=100, max_length=80)),
        "password.max_length",
        "passwords of 64 characters must be possible",
    ),
    "a link that lives too long": (
        portal(lifetimes=Lifetimes(confirm=hours(25))),
        "lifetimes.confirm",
        "what is mailed may live 24 hours at most here",
    ),
    "a reviewed link that lives too long": (
        dataclasses.replace(
            with_channel(steps=("form", "review", "confirm"), credential="link", reviewed_by="reviewer"),
            lifetimes=Lifetimes(confirm=hours(73)),
        ),
        "lifetimes.confirm",
        "what is mailed may live 72 hours at most here",
    ),
    "a temporary password that lives too long": (
        dataclasses.replace(with_channel(credential="temporary"), lifetimes=Lifetimes(confirm=hours(169))),
        "lifetimes.confirm",
        "what is mailed may live 168 hours at most here",
    ),
    "a reset that lives too long": (
        portal(lifetimes=Lifetimes(reset=hours(24.5))),
        "lifetimes.reset",
        "what is mailed may live 24 hours at most here",
    ),
    "a code that lives too long": (
        portal(reset=ResetRules("code"), lifetimes=Lifetimes(reset=hours(0.25))),
        "lifetimes.reset",
        "what is mailed may live 10 minutes at most here",
    ),
    "a mailbox that would never open": (
        portal(mailbox=Mailbox("proven")),
        "mailbox.assurance",
        "no channel proves as much as the mailbox demands, so it would never open",
    ),
    **{
        f"no {name}": (
            portal(lifetimes=Lifetimes(**{name: timedelta(0)})),
            f"lifetimes.{name}",
            "a lifetime is longer than nothing",
        )
        for name in ("application", "confirm", "reset", "session", "session_idle")
    },
}


@pytest.mark.parametrize(("broken", "where", "message"), BROKEN.values(), ids=BROKEN)
def test_a_mistake_is_found_at_its_place_and_said_in_a_sentence(broken, where, message):
    found = [(one.where, one.message, one.severity) for one in mistakes(broken)]
    assert (where, message, "error") in found


@pytest.mark.parametrize(
    "sound",
    [
        portal(),
        portal(mailbox=Mailbox("self_asserted")),
        with_channel(steps=("identity_check", "form", "confirm")),
        dataclasses.replace(
            with_channel(steps=("form", "review", "confirm"), credential="link", reviewed_by="reviewer"),
            lifetimes=Lifetimes(confirm=hours(72)),
        ),
        dataclasses.replace(with_channel(by="operator", credential="link"), lifetimes=Lifetimes(confirm=hours(72))),
        dataclasses.replace(with_channel(credential="temporary"), lifetimes=Lifetimes(confirm=timedelta(days=7))),
        portal(reset=ResetRules("code"), lifetimes=Lifetimes(reset=timedelta(minutes=10))),
        portal(password=PasswordPolicy(min_length=8), second_factor=True),
        dataclasses.replace(with_fields(Field("roles", "roles", "Roles")), roles=(Role("auditor"),)),
        dataclasses.replace(with_channel(steps=("form", "documents", "confirm"), credential="link"), documents=(SIGNED,), mailbox=Mailbox("proven")),
    ],
)  # fmt: skip
def test_a_sound_definition_has_no_mistakes(sound):
    assert list(mistakes(sound)) == []


def test_what_an_institution_keeps_below_the_standards_is_a_warning_that_gives_its_reason():
    [found] = mistakes(portal(password=PasswordPolicy(6, 25, ("digit",), legacy="the municipality's own")))
    assert (found.where, found.severity) == ("password.min_length", "warning")
    assert found.message == "6 is below today's standards (the municipality's own)"


def test_several_mistakes_are_all_said_at_once():
    broken = dataclasses.replace(
        with_channel(identifiers=()), mailbox=Mailbox("proven"), lifetimes=Lifetimes(reset=timedelta(0))
    )
    assert [one.where for one in mistakes(broken)] == [
        "channels.self.identifiers",
        "lifetimes.reset",
        "mailbox.assurance",
    ]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"categories": (Category("multa", "Multa"), Category("multa", "Otra"))}, "categories"),
        ({"categories": (Category("Resolución", "Resolución"),)}, "categories.Resolución"),
        ({"categories": (Category("multa", "Multa"),), "mailbox": None}, "categories"),
    ],
)
def test_categories_are_of_a_mailbox_each_once_with_an_id_of_plain_letters(changes, where):
    found = mistakes(portal(**{"mailbox": Mailbox("self_asserted"), **changes}))
    assert [one.where for one in found if one.where.startswith("categories")] == [where]
