"""What follows from a definition: fields, assurance, first entry, what is pending; nothing is declared twice."""

import dataclasses

import pytest

from ventanilla.domain.errors import FieldError, Refused
from ventanilla.domain.portal_texts import Document, Terms, say
from ventanilla.domain.portals import Channel, Field, Mailbox, Portal, Section, SecurityQuestions, Step, applies


def channel(*steps: Step, credential="link", **more) -> Channel:
    return Channel("one", ("cedula",), steps or ("form", "confirm"), credential, **more)


def portal(*channels: Channel, **more) -> Portal:
    return Portal("p", "Portal", "Institución", channels or (channel(),), more.pop("sections", ()), **more)


SIGNED = Document("request", "Solicitud", "applicant", ("electronic",))


class TestChannels:
    def test_the_first_channel_that_is_open_to_everybody_is_meant_if_none_is_named(self, office):
        assert office.channel(None).id == "link"
        first_by_agent = portal(channel(by="agent"), dataclasses.replace(channel(), id="two"))
        assert first_by_agent.channel(None).id == "two"

    def test_a_channel_is_chosen_by_its_id(self, office):
        assert office.channel("certificate").id == "certificate"

    @pytest.mark.parametrize("wanted", ["desk", "other", "", 1, ["link"], {"id": "link"}])
    def test_a_channel_that_is_not_open_to_everybody_is_refused_with_those_that_are(self, office, wanted):
        with pytest.raises(Refused) as raised:
            office.channel(wanted)
        assert raised.value.errors == (FieldError("channel", "channel", {"channels": "link, form, certificate"}),)

    def test_an_application_finds_the_channel_that_it_came_by_whoever_opened_it(self, office):
        assert office.channel_of("desk").by == "agent"

    def test_an_application_waits_for_the_step_after_the_form(self):
        assert channel("form", "confirm").first_waiting == "confirm"
        assert channel("identity_check", "form", "documents", "confirm").first_waiting == "documents"

    def test_the_steps_follow_each_other_and_end(self):
        steps = channel("form", "documents", "review", "confirm")
        assert [steps.after(step) for step in steps.steps] == ["documents", "review", "confirm", None]


class TestFields:
    def test_the_identifier_comes_first_unless_the_definition_draws_it_elsewhere(self, office, ipsot):
        assert [field.name for field in office.applicant_fields(office.channel(None))][:2] == [
            "identifier",
            "given_names",
        ]
        drawn = [field.name for field in ipsot.applicant_fields(ipsot.channel(None))]
        assert drawn[:3] == ["organization", "unit", "identifier"]
        assert drawn.count("identifier") == 1

    def test_a_section_is_asked_for_where_its_condition_holds_of_the_channel(self):
        everywhere = Section("applicant", (Field("email", "email", "Correo"),))
        elsewhere = Section("applicant", (Field("position", "text", "Cargo"),), when={"channel": ["other"]})
        both = portal(channel(), sections=(everywhere, elsewhere))
        assert both.sections_of(both.channels[0]) == (everywhere,)
        assert [field.name for field in both.applicant_fields(both.channels[0])] == ["identifier", "email"]
        other = dataclasses.replace(both.channels[0], id="other")
        assert [field.name for field in both.applicant_fields(other)] == ["identifier", "email", "position"]

    @pytest.mark.parametrize(
        ("condition", "facts", "holds"),
        [
            ({}, {}, True),
            ({"kind": ["ruc"]}, {"kind": ("ruc",)}, True),
            ({"kind": ["ruc"]}, {"kind": ("cedula",)}, False),
            ({"kind": ["ruc"]}, {}, True),  # what is unknown does not count
            ({"kind": ["ruc", "passport"], "channel": ["self"]}, {"kind": ("passport",), "channel": ("self",)}, True),
            ({"kind": ["ruc"], "channel": ["self"]}, {"kind": ("ruc",), "channel": ("agent",)}, False),
            ({"roles": ["auditor"]}, {"roles": ("clerk", "auditor")}, True),  # one of several will do
            ({"roles": ["auditor"]}, {"roles": ("clerk",)}, False),
        ],
    )
    def test_a_condition_holds_of_what_is_known(self, condition, facts, holds):
        assert applies(condition, facts) is holds


class TestAssurance:
    def test_a_form_proves_nothing_of_who_somebody_is(self):
        assert portal().assurance(channel("form", "confirm")) == "self_asserted"

    def test_an_agent_proves_it(self):
        assert portal().assurance(channel(by="agent")) == "proven"
        assert portal().assurance(channel(by="operator")) == "self_asserted"

    def test_the_applicants_certificate_proves_it_where_it_is_demanded(self):
        with_documents = channel("form", "documents", "confirm")
        assert portal(documents=(SIGNED,)).assurance(with_documents) == "proven"
        assert portal(documents=(SIGNED,)).assurance(channel("form", "confirm")) == "self_asserted"

    @pytest.mark.parametrize(
        "document",
        [
            dataclasses.replace(SIGNED, accept=("electronic", "scan")),
            dataclasses.replace(SIGNED, accept=("scan",)),
            dataclasses.replace(SIGNED, signer="representative"),
        ],
    )
    def test_another_document_does_not(self, document):
        assert portal(documents=(document,)).assurance(channel("form", "documents", "confirm")) == "self_asserted"

    @pytest.mark.parametrize(
        ("demanded", "assurance", "opens"),
        [
            (None, "proven", False),
            ("self_asserted", "self_asserted", True),
            ("self_asserted", "proven", True),
            ("proven", "self_asserted", False),
            ("proven", "proven", True),
        ],
    )
    def test_a_mailbox_opens_for_what_it_demands_and_for_more(self, demanded, assurance, opens):
        assert portal(mailbox=Mailbox(demanded) if demanded else None).opens_mailbox(assurance) is opens


class TestFirstEntry:
    def test_its_steps_come_in_their_order(self):
        everything = portal(second_factor=True, check_data=True, security_questions=SecurityQuestions(3, "q.toml"))
        assert everything.first_entry(channel(credential="temporary")) == (
            "second_factor_enrolment",
            "change_password",
            "check_data",
            "security_questions",
        )

    def test_behind_a_link_the_data_are_checked_before_the_password_is_set_and_not_at_entry(self):
        assert portal(check_data=True).first_entry(channel(credential="link")) == ()
        assert portal(check_data=True).first_entry(channel(credential="form")) == ("check_data",)

    def test_only_a_temporary_password_is_to_be_changed(self):
        assert portal().first_entry(channel(credential="temporary")) == ("change_password",)
        assert portal().first_entry(channel(credential="form")) == ()


class TestTerms:
    TERMS = (Terms("use", "Uso", "2", "use.md"), Terms("privacy", "Privacidad", "1", "privacy.md"))

    @pytest.mark.parametrize(
        ("accepted", "left"),
        [
            ({}, ["use", "privacy"]),
            ({"use": "1"}, ["use", "privacy"]),  # of another version
            ({"use": "2"}, ["privacy"]),
            ({"use": "2", "privacy": "1", "old": "9"}, []),
        ],
    )
    def test_a_version_that_was_not_accepted_is_asked_for(self, accepted, left):
        assert [terms.id for terms in portal(terms=self.TERMS).unaccepted_terms(accepted)] == left


class TestWords:
    @pytest.mark.parametrize(
        ("text", "locale", "said"),
        [
            (None, "es", None),
            ("igual", "en", "igual"),
            ({"es": "sí", "en": "yes"}, "en", "yes"),
            ({"es": "sí"}, "en", "sí"),
            ({"qu": "arí"}, "en", "arí"),
            ({}, "es", None),
        ],
    )
    def test_a_text_is_said_in_the_language_asked_for_else_in_spanish_else_in_any(self, text, locale, said):
        assert say(text, locale) == said

    def test_no_password_is_made_of_the_portals_own_words(self, office):
        assert {"office", "Oficina", "Imaginario"} <= set(office.words)
