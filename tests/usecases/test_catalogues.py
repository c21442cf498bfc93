"""Public: what a portal's pages need, and its catalogues."""

import pytest

from tests.usecases.conftest import refusals
from ventanilla.domain.errors import NotFound, Refused
from ventanilla.usecases import catalogues as usecase
from ventanilla.usecases.catalogues import list_portals, search_organizations


def show_portal(portal, locale):
    """What is shown of a portal that asks no security questions."""
    return usecase.show_portal(portal, locale, questions=pytest.fail, texts=lambda name: f"# {name}")


def test_the_list_names_the_portals_in_force(demo, office):
    assert [one.model_dump() for one in list_portals([demo, office]).items] == [
        {"id": "demo", "name": "Portal de demostración", "institution": "Ventanilla"},
        {"id": "office", "name": "Oficina de pruebas", "institution": "Instituto Imaginario"},
    ]


class TestShowing:
    def test_the_fields_are_those_of_the_default_channel_with_the_password_last_where_it_is_chosen(self, demo, ipsot):
        assert [field.name for field in show_portal(demo, "es").fields] == [
            "identifier",
            "given_names",
            "surnames",
            "email",
            "password",
        ]
        assert show_portal(ipsot, "es").fields[-1].kind == "password"

    def test_where_the_password_is_set_behind_a_link_the_form_has_none(self, office):
        assert "password" not in [field.name for field in show_portal(office, "es").fields]

    def test_texts_are_in_the_language_asked_for(self, demo, ipsot):
        assert show_portal(demo, "es").fields[1].label == "Nombres"
        assert show_portal(demo, "en").fields[1].label == "Given names"
        assert show_portal(demo, "en").fields[-1].label == "Password"
        assert (show_portal(demo, "es").submit, show_portal(ipsot, "en").submit) == ("Crear cuenta", "Register")

    def test_what_is_said_in_one_language_is_said_in_it(self, ipsot):
        shown = show_portal(ipsot, "en")
        assert shown.procedure["cost"] == "El trámite no tiene costo"
        [service] = shown.services
        assert service == {"name": "Plataforma IPSOT", "url": "https://ipsot.sot.gob.ec/", "client": None}

    def test_a_field_says_its_form(self, ipsot, office):
        fields = {field.name: field for field in show_portal(ipsot, "es").fields}
        assert fields["identifier"].pattern == "[0-9]{10}"
        assert fields["unit"].choices == ["Unidad GAD"]
        assert fields["position"].max_length == 120
        several = {field.name: field for field in show_portal(office, "es").fields}
        assert several["identifier"].pattern is None
        assert several["born_on"].when == {"identifier": ["passport"]}
        assert (several["mobile_phone"].required, several["email"].required) == (False, True)

    def test_sections_beside_the_applicants_are_shown_with_their_fields(self, office):
        sections = {section.id: section for section in show_portal(office, "es").sections}
        assert (sections["company"].optional, [field.name for field in sections["company"].fields]) == (
            True,
            ["ruc", "is_public"],
        )
        assert sections["company"].fields[0].pattern == "[0-9]{13}"
        assert (sections["company"].when, sections["applicant"].when) == ({"identifier": ["ruc"]}, None)

    def test_channels_are_shown_with_what_they_prove(self, office):
        channels = [(one.id, one.by, one.credential, one.assurance) for one in show_portal(office, "es").channels]
        assert channels == [
            ("link", None, "link", "self_asserted"),
            ("form", None, "form", "self_asserted"),
            ("certificate", None, "link", "proven"),
            ("desk", "agent", "link", "proven"),
        ]

    def test_it_is_shown_how_long_what_is_mailed_is_good(self, office):
        assert show_portal(office, "es").confirm_hours == 24

    def test_terms_are_shown_with_their_version_and_text(self, office):
        assert show_portal(office, "en").terms[0] == {
            "id": "use",
            "title": "Terms of use",
            "version": "2",
            "file": "office/use.md",
            "text": "# office/use.md",
        }

    def test_the_policy_of_passwords_is_shown(self, demo):
        policy = show_portal(demo, "es").password_policy
        assert (policy.min_length, policy.max_length, policy.require) == (15, 128, [])

    def test_a_mailbox_is_shown_where_there_is_one(self, demo, ipsot):
        assert show_portal(demo, "es").mailbox == {"assurance": "self_asserted"}
        assert show_portal(ipsot, "es").mailbox is None


class TestSearching:
    @pytest.fixture
    def search(self, ipsot, catalogues):
        def search(q="", level=None, cursor=None, portal=ipsot):
            return search_organizations(portal, catalogues, q=q, level=level, cursor=cursor)

        return search

    def test_namesakes_are_told_apart_by_level_province_and_canton(self, search):
        found = search("ibarra").items
        assert ("Imbabura", "Ibarra") in {(one.province, one.canton) for one in found}
        assert {one.level for one in found} >= {"municipal"}

    def test_the_next_page_goes_on(self, search):
        first = search("san")
        second = search("san", cursor=first.next_cursor)
        assert not {one.code for one in first.items} & {one.code for one in second.items}

    def test_a_level_narrows_it(self, search):
        assert {one.level for one in search("", "provincial").items} == {"provincial"}

    def test_a_text_of_any_length_may_be_typed(self, search):
        assert search("a" * 100_000).items == []

    def test_a_cursor_that_is_none_of_ours_is_refused(self, search):
        with pytest.raises(Refused) as raised:
            search(cursor="x")
        assert refusals(raised.value) == [("cursor", "cursor")]

    def test_a_portal_without_a_catalogue_has_none(self, search, demo):
        with pytest.raises(NotFound):
            search(portal=demo)
