"""IPSOT as portals.md tells it: the page before the form, the GAD, the form, the mailed link, sign in."""

from typing import Any

import pytest

from tests.flows.town import codes, expect, problem

FORM = [
    "organization",
    "unit",
    "identifier",
    "given_names",
    "surnames",
    "position",
    "email",
    "work_phone",
    "mobile_phone",
    "password",
]


@pytest.fixture(scope="module")
def portal(town) -> Any:
    """What the pages are drawn from."""
    return expect(town.http.get("/v1/portals/ipsot"), 200)


@pytest.fixture(scope="module")
def pick(town):
    """The picker of the form: the GADs that fit what is typed."""

    def pick(typed: str, **more: str) -> list[dict[str, Any]]:
        answer = town.http.get("/v1/portals/ipsot/organizations", params={"q": typed, **more})
        found: list[dict[str, Any]] = expect(answer, 200)["items"]
        return found

    return pick


class TestPageBeforeTheForm:
    def test_it_says_for_whom_it_is_what_it_takes_what_it_costs_and_when(self, portal):
        procedure = portal["procedure"]
        assert "Gobiernos Autónomos Descentralizados" in procedure["audience"]
        assert procedure["requirements"] == [
            "Nombre o DPA del GAD",
            "Cédula",
            "Nombres y apellidos",
            "Cargo",
            "Email (de preferencia institucional)",
            "Teléfono de trabajo",
            "Teléfono móvil",
            "Una contraseña",
        ]
        assert procedure["cost"] == "El trámite no tiene costo"
        assert "365 días" in procedure["availability"]
        assert "24 horas" in procedure["availability"]

    def test_it_tells_the_steps_in_their_order(self, portal):
        steps = portal["procedure"]["steps"]
        said = ["Registro", "Seleccione el GAD", "Unidad GAD", "cédula, nombres", "Registrarse", "enlace", "Iniciar"]
        assert len(steps) == len(said)
        assert all(words in step for words, step in zip(said, steps, strict=True))

    def test_it_names_whom_to_turn_to_and_all_ten_offices(self, portal):
        contact = portal["contact"]
        assert (contact["email"], contact["phone"]) == ("buzon@sot.gob.ec", "0960835043")
        zonal = [f"Intendencia Zonal {number}" for number in range(1, 10)]
        assert [office["name"] for office in contact["offices"]] == ["Matriz", *zonal]
        assert all(office["address"] and office["email"] for office in contact["offices"])


class TestPageAfterTheForm:
    def test_it_speaks_of_the_spam_folder_and_of_the_institutional_address(self, portal):
        told = " ".join(portal["procedure"]["after"])
        assert "verificar el registro" in told
        assert "spam" in told
        assert "correo institucional" in told


class TestPicker:
    def test_it_finds_by_name_whatever_the_accents_and_the_case(self, pick):
        [ibarra] = pick("IBÁRRA", level="municipal")
        assert (ibarra["name"], ibarra["province"]) == ("Ibarra", "Imbabura")

    def test_it_finds_by_the_beginning_of_the_dpa_number(self, pick):
        assert [one["name"] for one in pick("010150")] == []
        [cuenca, *parishes] = pick("0101")
        assert (cuenca["code"], cuenca["name"]) == ("0101", "Cuenca")
        assert {one["level"] for one in parishes} == {"parroquial"}

    def test_those_that_share_a_name_are_told_apart(self, pick):
        found = pick("San Antonio")
        assert len(found) > 1
        told = {(one["name"], one["level"], one["province"], one["canton"]) for one in found}
        assert len(told) == len(found)

    def test_it_has_the_whole_catalogue_page_by_page(self, town):
        cursor: dict[str, str] = {}
        found: list[str] = []
        while True:
            page = expect(town.http.get("/v1/portals/ipsot/organizations", params=cursor), 200)
            found += [one["code"] for one in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = {"cursor": page["next_cursor"]}
        assert len(found) == len(set(found)) == 1071


class TestForm:
    def test_its_fields_stand_in_the_order_of_the_seed_and_its_button_says_registrarse(self, portal):
        assert [field["name"] for field in portal["fields"]] == FORM
        assert all(field["required"] for field in portal["fields"])
        assert portal["submit"] == "Registrarse"
        labels = {field["name"]: field["label"] for field in portal["fields"]}
        assert (labels["identifier"], labels["position"]) == ("Cédula", "Cargo")
        [unit] = [field for field in portal["fields"] if field["name"] == "unit"]
        assert unit["choices"] == ["Unidad GAD"]
        assert (portal["captcha"], portal["identifiers"]) == ([], ["cedula"])

    def test_it_speaks_english_too(self, town):
        shown = expect(town.http.get("/v1/portals/ipsot", headers={"Accept-Language": "en"}), 200)
        assert (shown["submit"], shown["fields"][0]["label"]) == ("Register", "Choose the local government")

    def test_all_that_is_wrong_is_said_at_once_in_spanish(self, town):
        answer = town.person("ipsot").register(
            organization="9999",
            unit="Otra unidad",
            identifier={"kind": "cedula", "number": "1712345678"},
            given_names="",
            surnames="4",
            position=" ",
            email="nadie",
            work_phone="12",
            mobile_phone="",
            password="corta",
        )
        body = problem(answer, 422, "validation", "identifier.number", *(set(FORM) - {"identifier"}))
        assert codes(body)["organization"] == "organization"
        assert codes(body)["password"] == "password_short"

    def test_nothing_can_be_left_out(self, town):
        answer = town.http.post("/v1/portals/ipsot/registrations", json={})
        body = problem(answer, 422, "validation", *FORM)
        assert set(codes(body).values()) == {"missing"}

    @pytest.mark.parametrize("kind", ["ruc", "passport"])
    def test_a_technician_has_a_cedula(self, town, kind):
        answer = town.person("ipsot").register(identifier={"kind": kind, "number": "AB123456", "country": "PE"})
        problem(answer, 422, "validation", "identifier.kind")


class TestWholeWay:
    def test_form_mail_link_and_sign_in(self, town, pick):
        [gad] = pick("Cotacachi", level="municipal")
        technician = town.person("ipsot", email="planificacion@cotacachi.gob.ec")
        assert expect(technician.register(organization=gad["code"]), 202) == {
            "status": "pending",
            "next": "check_email",
        }
        problem(technician.sign_in(), 401, "invalid-credentials")
        [mail] = technician.mails()
        assert mail["subject"] == "Confirme su registro en Plataforma IPSOT"
        assert "buzon@sot.gob.ec" in mail["text"]
        assert "24 horas" in mail["text"]
        assert expect(technician.verify(), 200)["next"] == "password"
        said = expect(technician.verify(password=technician.password), 200)
        assert said == {**said, "status": "active", "next": "sign_in", "portal": "ipsot"}
        assert expect(technician.sign_in(), 201)["pending"] == []
        technician.enter()
        assert technician.get("/v1/me")["profile"] == {
            "organization": gad["code"],
            "unit": "Unidad GAD",
            "given_names": "Rosa Elvira",
            "surnames": "Quishpe Andrade",
            "position": "Directora de Planificación",
            "work_phone": "+59322345678",
            "mobile_phone": "+593991234567",
        }

    def test_a_private_address_is_as_good(self, town):
        technician = town.person("ipsot", email="tecnica.rural@gmail.com")
        expect(technician.register(), 202)
        technician.confirm()
        technician.enter()

    def test_a_link_serves_once(self, town):
        technician = town.person("ipsot")
        expect(technician.register(), 202)
        technician.confirm()
        problem(technician.verify(password=technician.password), 410, "token-gone")

    def test_a_forgotten_password_is_set_anew_behind_a_link(self, town):
        technician = town.citizen("ipsot")
        expect(technician.ask_for_reset(), 202)
        token = technician.token("reset")
        assert expect(technician.anonymous("/v1/resets/open", {"token": token}), 200) == {"portal": "ipsot", "data": {}}
        technician.password = "una frase nueva del municipio"
        expect(technician.reset(token, technician.password), 204)
        technician.enter()
        assert technician.subjects()[0] == "Se cambió su contraseña de Plataforma IPSOT"

    def test_without_a_mailbox_there_is_nothing_to_read(self, town):
        problem(town.citizen("ipsot").call("GET", "/v1/inbox"), 404, "not-found")
