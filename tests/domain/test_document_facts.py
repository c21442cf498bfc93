"""What a document says: the definition's labels, the applicant's words, nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.papers import ANA, JOSE, LUIS, RUC, facts, identifier, of_buzonec, of_seps, of_staff
from ventanilla.domain.document_facts import signer_identifier
from ventanilla.domain.identifiers import Identifier


def rows(of: dict[str, object], section: str) -> dict[str, str]:
    sections: object = of["sections"]
    assert isinstance(sections, list)
    [found] = [one for one in sections if one["id"] == section]
    return {row["label"]: row["value"] for row in found["rows"]}


class TestWhatIsSaid:
    def test_labels_are_the_definitions_and_values_are_texts(self) -> None:
        said = facts(of_seps(), "solicitud")
        assert rows(said, "applicant") == {
            "Tipo": "natural",
            "Cédula de Ciudadanía / Identidad": ANA,
            "Nombres Completos": "Ana María Núñez Pérez",
            "Correo electrónico": "ana@example.ec",
            "¿Es empleado de la organización?": "Sí",
            "Función o cargo que desempeña": "Contadora",
        }
        assert rows(said, "organization")["Cédula Rep. Legal"] == JOSE

    def test_roles_come_with_what_they_open(self) -> None:
        [role, other] = facts(of_seps(("acopio", "access"), ("liquidador", "deactivation")), "solicitud")["roles"]
        assert (role["name"], role["action"]) == ("Rol de Acopio de Información", "access")
        assert "Balances" in role["help"]
        assert other["action"] == "deactivation"

    def test_a_section_that_was_left_out_has_no_rows(self) -> None:
        assert rows(facts(of_seps(), "solicitud"), "former_user") == {}
        named = of_seps(former_user={"identifier": identifier(LUIS), "full_name": "Luis Vera"})
        assert rows(facts(named, "solicitud"), "former_user") == {"Cédula": LUIS, "Nombres Completos": "Luis Vera"}

    def test_where_roles_are_only_given_up_nobody_applies(self) -> None:
        leaving = replace(of_seps(("acopio", "deactivation")), number=RUC, kind="ruc", profile={})
        said = facts(leaving, "solicitud")
        assert [one["id"] for one in said["sections"]] == ["request", "former_user", "organization", "third_party"]

    def test_buzonecs_document_says_only_what_was_typed(self) -> None:
        said = facts(of_buzonec(), "activation")
        assert rows(said, "applicant") == {
            "Número de cédula (N.U.I.)": ANA,
            "Correo electrónico habitual": "ana@example.ec",
        }
        assert said["signer"] == {"name": "", "number": ANA, "label": "Cédula"}
        assert len(said["duties"]) == 4

    def test_fields_of_another_channel_are_not_shown(self) -> None:
        assert "Modalidad" in rows(facts(of_staff("institution"), "request"), "organization")
        assert rows(facts(of_staff("administrator"), "delegation"), "organization") == {"RUC": "1760001550001"}


class TestWhen:
    def test_the_date_is_the_applications_in_ecuador(self) -> None:
        late = replace(of_seps(), created_at=datetime(2027, 3, 2, 2, 30, 15, 999, UTC))
        said = facts(late, "solicitud")
        assert said["date"] == "1 de marzo de 2027"
        assert said["made_at"] == "2027-03-02T02:30:15Z"


class TestWhoSigns:
    @pytest.mark.parametrize(
        ("path", "number"), [("applicant", ANA), ("organization.representative", JOSE), ("authority", None)]
    )
    def test_the_definitions_path_leads_to_an_identifier(self, path: str, number: str | None) -> None:
        assert signer_identifier(of_seps(), path) == (Identifier("cedula", number) if number else None)

    def test_name_and_number_stand_below_the_place_for_the_signature(self) -> None:
        assert facts(of_seps(), "solicitud")["signer"] == {
            "name": "José Ignacio Cueva Ríos",
            "number": JOSE,
            "label": "Cédula",
        }
        assert facts(of_seps(), "acuerdo")["signer"]["name"] == "Ana María Núñez Pérez"
        assert facts(of_staff("institution"), "request")["signer"]["number"] == JOSE
