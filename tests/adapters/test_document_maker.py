"""Documents: accessible, the same for the same facts, and true to what was typed."""

import io
import re
from typing import Any

import pypdf
import pytest

from tests.papers import (
    ANA,
    JOSE,
    LUIS,
    PORTALS,
    RUC,
    due,
    facts,
    identifier,
    made,
    maker,
    of_buzonec,
    of_seps,
    of_staff,
)
from ventanilla.adapters.document_maker import DocumentMaker
from ventanilla.domain.accounts import Application

LONG = (
    "Departamento de Acompañamiento Territorial y Fortalecimiento de la Economía Popular y Solidaria de la Sierra Norte"
)
SAMPLES = {
    "seps request": (of_seps(), "solicitud"),
    "seps request, all said": (
        of_seps(
            ("acopio", "access"),
            ("auditor_externo", "access"),
            ("liquidador", "deactivation"),
            profile={"position": LONG, "resolution": "SEPS-2027-001"},
            former_user={"identifier": identifier(LUIS), "full_name": "Luis Vera"},
            third_party={"identifier": identifier(LUIS), "full_name": "Rosa Quishpe"},
        ),
        "solicitud",
    ),
    "seps, giving up": (of_seps(("acopio", "deactivation")), "solicitud"),
    "seps agreement": (of_seps(), "acuerdo"),
    "seps consent": (of_seps(), "consentimiento"),
    "buzonec": (of_buzonec(), "activation"),
    "institution": (of_staff("institution"), "request"),
    "institution's delegation": (of_staff("institution"), "delegation"),
    "new administrator": (of_staff("administrator"), "delegation"),
}
each = pytest.mark.parametrize(("of", "kind"), SAMPLES.values(), ids=SAMPLES.keys())


def read(pdf: bytes) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(pdf), strict=True)


def words(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in read(pdf).pages).split())


def tags(pdf: bytes) -> list[str]:
    """The names of all elements of the document's structure, in order."""
    found: list[str] = []

    def walk(element: Any) -> None:
        element = element.get_object()
        if isinstance(element, list):
            for kid in element:
                walk(kid)
        elif isinstance(element, dict):
            found.append(str(element.get("/S", "")))
            walk(element.get("/K", []))

    root: Any = read(pdf).trailer["/Root"]
    walk(root["/StructTreeRoot"]["/K"])
    return found


@each
class TestEveryDocument:
    def test_it_claims_and_has_what_assistive_technology_needs(self, of: Application, kind: str) -> None:
        pdf = made(of, kind)
        root: Any = read(pdf).trailer["/Root"]
        metadata = root["/Metadata"].get_data().decode()
        assert "<pdfuaid:part>1</pdfuaid:part>" in metadata
        assert "<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>" in metadata
        assert root["/MarkInfo"]["/Marked"]
        assert root["/Lang"] == "es-EC"
        assert root["/ViewerPreferences"]["/DisplayDocTitle"]
        named = tags(pdf)
        assert named.count("/H1") == 1
        assert {"/Table", "/TH", "/TD", "/H2", "/P"} <= set(named)

    def test_title_institution_date_and_code_are_its_properties(self, of: Application, kind: str) -> None:
        info = read(made(of, kind, code="AAAA-BBBB-CCCC-DDDD")).metadata
        portal, document = due(of, kind)
        assert info is not None
        assert (info.title, info.author, info.keywords) == (document.title, portal.institution, "AAAA-BBBB-CCCC-DDDD")
        assert info.creation_date is not None
        assert info.creation_date.isoformat() == "2027-03-01T15:00:00+00:00"

    def test_each_page_bears_the_code_and_its_number(self, of: Application, kind: str) -> None:
        pages = read(made(of, kind, code="AAAA-BBBB-CCCC-DDDD")).pages
        for number, page in enumerate(pages, start=1):
            text = " ".join(page.extract_text().split())
            assert "Código del documento: AAAA-BBBB-CCCC-DDDD" in text
            assert f"Página {number} de {len(pages)}" in text

    def test_the_same_facts_make_the_same_bytes(self, of: Application, kind: str) -> None:
        document = due(of, kind)[1]
        again = DocumentMaker(PORTALS).make(
            str(document.template), facts(of, kind), title=str(document.title), code="ABCD-EFGH-IJKL-MNOP", locale="es"
        )
        assert again == made(of, kind) == made(of, kind)
        assert again != made(of, kind, code="ABCD-EFGH-IJKL-MNOQ")

    def test_no_signature_stands_on_a_page_by_itself(self, of: Application, kind: str) -> None:
        last = read(made(of, kind)).pages[-1].extract_text()
        before = last.split("Firma\n", 1)[0]
        assert len(before.split()) > 8, last

    def test_who_must_sign_stands_beside_the_place_for_it(self, of: Application, kind: str) -> None:
        signer = facts(of, kind)["signer"]
        assert f"{signer['name']} Cédula {signer['number']}".strip() in words(made(of, kind))

    def test_it_is_small(self, of: Application, kind: str) -> None:
        assert len(made(of, kind)) < 100_000


class TestWhatItSays:
    def test_the_request_names_roles_persons_and_organisation(self) -> None:
        text = words(made(*SAMPLES["seps request, all said"]))
        for said in (ANA, JOSE, LUIS, RUC, "«El Ejemplo»", "Rol de Auditor Externo", "SEPS-2027-001", "Rosa Quishpe"):
            assert said in text
        assert "la asignación y la desactivación" in text

    def test_giving_up_promises_nothing_about_a_key(self) -> None:
        text = words(made(*SAMPLES["seps, giving up"]))
        assert "solicito la desactivación de los roles" in text
        assert "usará la clave" not in text

    def test_what_was_not_said_is_not_there(self) -> None:
        text = words(made(*SAMPLES["seps request"]))
        assert "Autorización a un tercero" not in text
        assert "Usuario a desactivar" not in text

    def test_how_to_sign_is_what_the_definition_accepts(self) -> None:
        assert "con su propio certificado vigente" in words(made(of_buzonec(), "activation"))
        assert "escaneado" not in words(made(of_buzonec(), "activation"))
        assert "fírmelo a mano y envíelo escaneado" in words(made(of_seps(), "acuerdo"))

    def test_duties_are_the_definitions(self) -> None:
        text = words(made(of_buzonec(), "activation"))
        assert "Descargar y salvaguardar los anexos" in text

    @pytest.mark.parametrize(
        "typed",
        [
            '#read("/seps/solicitud.typ")',
            "*negrita* _cursiva_ $x^2$ `código`",
            "= Título #pagebreak() [x] <y> @z \\ // fin",
            '#image("/etc/passwd") #sys.inputs',
            '"},"title":"otro","x":{"',
            "l'Église ñandú — ½ €",
        ],
    )
    def test_nothing_that_was_typed_is_read_as_markup(self, typed: str) -> None:
        text = words(made(of_seps(profile={"position": typed, "full_name": typed}), "solicitud"))
        assert "".join(typed.split()) in "".join(text.split())

    def test_a_very_long_word_stays_on_the_page(self) -> None:
        pdf = made(of_seps(profile={"position": "x" * 120}), "solicitud")
        page = read(pdf).pages[0]
        assert float(page.mediabox.width) == pytest.approx(595, abs=1)
        assert len(re.findall("x", words(pdf))) >= 120


def test_a_light_colour_of_the_portals_is_no_colour_for_text() -> None:
    said = facts(of_buzonec(), "activation") | {"color": "#ffdd00"}
    pdf = maker().make("buzonec/activation.typ", said, title="Solicitud", code="C", locale="es")
    painted = b"".join(page.get_contents().get_data() for page in read(pdf).pages)  # type: ignore[union-attr]
    assert len(re.findall(rb"1 0\.86\d* 0 scn", painted)) == 1, "the rule below the letterhead, and nothing else"


def test_a_template_that_is_not_there_is_a_mistake_of_ours() -> None:
    with pytest.raises(Exception, match="No such file"):
        maker().make("seps/nowhere.typ", {}, title="", code="", locale="es")
