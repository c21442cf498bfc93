"""What is sent wrongly is refused with a problem that names the field, and leaves nothing behind: no item, no mail."""

import json

import pytest

from tests.flows.town import codes, draft, expect, new_number, problem
from tests.makers import break_check_digit

REGISTRATIONS = "/v1/portals/demo/registrations"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def citizen(town):
    return town.settler()


@pytest.fixture(autouse=True, scope="class")
def untouched(town, citizen):
    """Nothing is stored by any of the tests of a class, and nothing is sent."""
    town.local.settle()
    before, mails = town.stored(), len(town.mails())
    yield
    town.local.settle()
    assert town.stored() == before
    assert len(town.mails()) == mails


class TestRegistration:
    @pytest.mark.parametrize(
        ("number", "code"),
        [
            (break_check_digit(new_number()), "cedula_check_digit"),
            ("171003406", "cedula_length"),
            ("17100340655", "cedula_length"),
            ("", "cedula_length"),
            ("1710O34065", "cedula_digits"),
            ("9910034065", "cedula_province"),
            ("1790034065", "cedula_third_digit"),
            ("١٧١٠٠٣٤٠٦٥", "cedula_digits"),
        ],
    )
    def test_a_malformed_cedula_is_refused_by_name(self, town, number, code):
        answer = town.person().register(identifier={"kind": "cedula", "number": number})
        assert codes(problem(answer, 422, "validation", "identifier.number")) == {"identifier.number": code}

    def test_the_reason_is_told_in_spanish_and_in_english(self, town):
        wrong = {"kind": "cedula", "number": break_check_digit(new_number())}
        [spanish] = expect(town.person(locale="es").register(identifier=wrong), 422)["errors"]
        [english] = expect(town.person(locale="en").register(identifier=wrong), 422)["errors"]
        assert spanish["message"].startswith("El último dígito de la cédula no corresponde")
        assert english["message"].startswith("The last digit of the national id does not fit")

    @pytest.mark.parametrize(
        "identifier", ["1710034065", 1710034065, None, [], {"kind": "cedula"}, {"kind": "ruc", "number": new_number()}]
    )
    def test_an_identifier_of_another_shape_is_refused(self, town, identifier):
        answer = town.person().register(identifier=identifier)
        assert all(field.startswith("identifier") for field in codes(expect(answer, 422)))

    def test_an_unknown_field_is_refused_by_name(self, town):
        body = problem(town.person().register(is_admin=True), 422, "validation", "is_admin")
        assert codes(body) == {"is_admin": "unknown_field"}

    def test_an_unknown_field_inside_another_is_refused_by_its_path(self, town):
        person = town.person()
        wrong = {"kind": "cedula", "number": person.number, "trusted": True}
        problem(person.register(identifier=wrong), 422, "validation", "identifier.trusted")

    @pytest.mark.parametrize(
        "address",
        [
            "nobody",
            "a@b",
            "a b@example.ec",
            "a@example.ec\nBcc: all@example.ec",
            "a@example.ec, b@example.ec",
            "x" * 65 + "@example.ec",
            "ñandú@example.ec",
            "a@exa mple.ec",
            "<a@example.ec>",
            "Ana <a@example.ec>",
            "a@[127.0.0.1]",
        ],
    )
    def test_an_address_that_no_mail_can_go_to_is_refused(self, town, address):
        problem(town.person().register(email=address), 422, "validation", "email")

    @pytest.mark.parametrize(
        "name", ["", " ", "12345", "<script>", "Ana\u202egro.live", "x" * 101, "http://a.ec", "a\0b"]
    )
    def test_a_name_without_letters_or_with_more_is_refused(self, town, name):
        problem(town.person().register(given_names=name), 422, "validation", "given_names")

    @pytest.mark.parametrize("value", [17, True, None, ["Ana"], {"es": "Ana"}])
    def test_what_is_no_text_is_refused(self, town, value):
        problem(town.person().register(surnames=value), 422, "validation", "surnames")


class TestBody:
    @pytest.mark.parametrize(
        "body",
        [
            b"{",
            b"",
            b"[]",
            b'"text"',
            b"null",
            b"1",
            b'{"portal": "demo",}',
            b"{'portal': 'demo'}",
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'\xff\xfe{"a": 1}',
            '{"a": "\u00f1"}'.encode("latin-1"),
            b'{"a": "\\ud800"}',
            b'{"a": ' + b"[" * 40 + b"]" * 40 + b"}",
            b"[" * 30_000,
            b'{"a": ' * 9_000,
        ],
        ids=range(16),
    )
    @pytest.mark.parametrize("path", [REGISTRATIONS, "/v1/sessions", "/v1/resets"])
    def test_what_is_no_json_object_is_refused(self, town, path, body):
        answer = town.http.post(path, content=body, headers=JSON)
        if body:
            problem(answer, 400, "malformed-body")
        else:
            assert expect(answer, 422)["errors"]

    @pytest.mark.parametrize(
        "media_type",
        ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=x", "",
         "application/json; charset=latin-1", "application/jsonp", "text/json"],
    )  # fmt: skip
    def test_another_content_type_is_refused(self, town, media_type):
        content = json.dumps(town.person().form)
        answer = town.http.post(REGISTRATIONS, content=content, headers={"Content-Type": media_type})
        problem(answer, 415, "unsupported-media-type")

    def test_no_body_of_another_content_type_is_refused_too(self, town):
        for path in (REGISTRATIONS, "/v1/sessions", "/v1/resets", "/v1/verifications"):
            answer = town.http.post(path, content=b"", headers={"Content-Type": "text/plain"})
            problem(answer, 415, "unsupported-media-type")

    def test_more_than_64_kb_are_refused(self, town):
        too_long = town.person().form | {"given_names": "a" * 65_536}
        problem(town.http.post(REGISTRATIONS, json=too_long), 413, "too-large")

    def test_the_signed_calls_obey_the_same_limits(self, town, citizen):
        whole = draft(citizen)
        too_long = json.dumps({**whole, "body": "a" * 65_536}).encode()
        problem(town.sender.post(too_long), 413, "too-large")
        problem(town.sender.post(b"{"), 400, "malformed-body")
        problem(town.sender.post(b"[1]"), 400, "malformed-body")


class TestNotification:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("body", "a" * 40_001, "too_long"),
            ("body", "", "too_short"),
            ("body", "   \n ", "too_short"),
            ("body", "Pulse <a href='https://evil.example'>aquí</a>", "markdown_html"),
            ("body", "<!-- oculto -->", "markdown_html"),
            ("body", "bell\x07", "text_control"),
            ("subject", "a" * 201, "too_long"),
            ("subject", "dos\nlíneas", "one_line"),
            ("subject", None, "missing"),
            ("reference", "r" * 101, "too_long"),
            ("reference", "", "too_short"),
            ("reference", None, "missing"),
            ("category", "c" * 61, "too_long"),
            ("locale", "qu", "choice"),
            ("portal", "", "too_short"),
            ("portal", "p" * 41, "too_long"),
            ("recipient", "1710034065", "object_expected"),
            ("recipient", None, "missing"),
            ("priority", "high", "unknown_field"),
            ("attachments", "a", "list_expected"),
            ("institution", "another", "unknown_field"),
        ],
    )
    def test_a_wrong_field_is_refused_by_name(self, town, citizen, field, value, code):
        body = problem(town.sender.post(draft(citizen, **{field: value})), 422, "validation", field)
        assert codes(body) == {field: code}

    def test_a_malformed_recipient_is_refused_by_name(self, town, citizen):
        wrong = {"kind": "cedula", "number": break_check_digit(citizen.number)}
        body = problem(town.sender.post(draft(citizen, recipient=wrong)), 422, "validation", "recipient.number")
        assert codes(body) == {"recipient.number": "cedula_check_digit"}

    def test_the_longest_body_is_measured_in_characters(self, town, citizen):
        body = problem(town.sender.post(draft(citizen, body="ñ" * 40_001)), 413, "too-large")
        assert body["status"] == 413

    def test_one_that_is_not_signed_is_refused(self, town, citizen):
        answer = town.http.post("/v1/notifications", json=draft(citizen))
        problem(answer, 401, "signature-missing")
        assert "created" in answer.headers["accept-signature"]

    def test_one_that_was_changed_on_the_way_is_refused(self, town, citizen):
        sent = town.sender.post(draft(citizen, reference="")).request  # signed well, refused for its reference
        changed = sent.content.replace(b'"reference": ""', b'"reference": "FORGED"')
        answer = town.http.post("/v1/notifications", content=changed, headers=_without_length(sent.headers))
        problem(answer, 401, "signature-digest")


class TestTokens:
    @pytest.mark.parametrize("path", ["/v1/verifications", "/v1/resets/open"])
    @pytest.mark.parametrize("token", ["x", "confirm.k1.slot.id.mac", "." * 4, "ñ", "x" * 300])
    def test_an_unknown_token_is_gone(self, town, path, token):
        problem(town.http.post(path, json={"token": token}), 410, "token-gone")

    @pytest.mark.parametrize(("token", "code"), [("", "too_short"), ("x" * 301, "too_long"), (1, "text_expected")])
    def test_what_can_be_no_token_is_refused(self, town, token, code):
        body = problem(town.http.post("/v1/verifications", json={"token": token}), 422, "validation", "token")
        assert codes(body) == {"token": code}


class TestPlaces:
    def test_an_unknown_portal_is_not_found(self, town):
        for portal in ("nowhere", "DEMO", "demo.toml", "..", "%2e%2e", "ipsot%2fgads", "%00", "ñ", "a" * 200):
            for path in ("", "/organizations"):
                problem(town.http.get(f"/v1/portals/{portal}{path}"), 404, "not-found")
            problem(town.http.post(f"/v1/portals/{portal}/registrations", json={}), 404, "not-found")
        problem(town.http.post("/v1/resets", json={"portal": "nowhere", "identifier": "1"}), 404, "not-found")

    def test_an_unknown_path_is_not_found(self, town):
        for path in ("/v1", "/v1/nothing", "/v1/inbox/a/b/c", "/v1/portals/demo/"):
            problem(town.http.get(path), 404, "not-found")
        for path in ("/.env", "/assets/nothing.js", "/assets/..%2f..%2ftemplate.yaml"):
            assert town.http.get(path).status_code == 404

    def test_another_method_is_not_found_and_changes_nothing(self, town):
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            problem(town.http.request(method, REGISTRATIONS), 404, "not-found")

    def test_a_portal_without_catalogue_has_no_organizations(self, town):
        problem(town.http.get("/v1/portals/demo/organizations"), 404, "not-found")

    def test_a_catalogues_cursor_of_another_making_is_refused(self, town):
        for cursor in ("abc", "ñ", "====", "AAAA", "MQ"):
            answer = town.http.get("/v1/portals/ipsot/organizations", params={"cursor": cursor})
            problem(answer, 422, "validation", "cursor")


def _without_length(headers):
    return {name: value for name, value in headers.items() if name not in ("content-length", "host")}
