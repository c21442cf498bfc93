"""Whatever is sent, the answer is a problem in our own words and never an error of ours (security.md, 27)."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import checks

from local.site import ROOT
from tests.flows.town import DAY, PROBLEM, Town
from tests.security.signing import WHOLE, Signing

pytestmark = pytest.mark.slow

API = schemathesis.openapi.from_path(ROOT / "docs" / "openapi.json")
API.config.phases.coverage.enabled = False  # thousands of cases; these are to be hundreds
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


@schemathesis.serializer("application/pdf")
def as_it_is(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Send what was made up in place of a PDF."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


QUICK = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
_LEAKS = re.compile(r"Traceback|File \"|\.py\b|botocore|pydantic|pynamodb|Exception\b|Error:|arn:aws|site-packages")


@pytest.fixture(scope="module")
def dweller(town: Town) -> Any:
    return town.settler()


@pytest.fixture
def bearer(town: Town, dweller: Any) -> dict[str, str]:
    """A session that lives, whatever the test before has done."""
    if dweller.call("GET", "/v1/sessions").status_code == 401:
        town.local.advance(DAY + 1)  # what was guessed wrong is forgotten
        dweller.enter()
    return {"Authorization": f"Bearer {dweller.session}"}


def is_ours(answer: httpx.Response) -> None:
    """It is a success, or a problem in our own words."""
    assert answer.status_code < 500, f"{answer.request.method} {answer.request.url}: {answer.text}"
    if answer.status_code in (413, 431) and answer.headers["content-type"] != PROBLEM:
        return  # the gateway's own words
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == PROBLEM
        assert not _LEAKS.search(answer.text)
        body = answer.json()
        assert body["type"].startswith("urn:ventanilla:problem:")
        assert body["status"] == answer.status_code
        assert body["title"]
        assert body["detail"]
        assert all(error["field"] and error["code"] and error["message"] for error in body.get("errors", []))


@API.parametrize()
@settings(parent=QUICK, max_examples=4)
def test_every_call_answers_as_its_description_says_whatever_is_sent(case, town, bearer):
    response = case.call(base_url=town.local.base_url, headers=bearer)
    case.validate_response(response, checks=CHECKS)


NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            " ",
            "\x00",
            "\u202e",
            "\ud83d\ude00" * 50,
            "a" * 5000,
            "' OR 1=1 --",
            "<script>alert(1)</script>",
            "{{7*7}}{name}{0}%s%n",
            "${jndi:ldap://x}",
            "../../etc/passwd",
            "account#demo#1",
            "1e400",
            "-0",
            "٣" * 10,
            "9" * 400,
            10**400,
            -(2**63),
            [],
            {},
            [[]],
            {"": ""},
            {"$ref": "#"},
            ["x"] * 1000,
        ]
    ),
)
BODIES: dict[str, dict[str, Any]] = {
    "/v1/portals/demo/registrations": {
        "channel": "self",
        "identifier": {"kind": "cedula", "number": "1710034065", "country": None},
        "given_names": "Ana",
        "surnames": "Paz",
        "email": "ana@example.ec",
        "password": "Cuatro nubes verdes y un tejado",
        "accept": [],
    },
    "/v1/portals/ipsot/registrations": {
        "organization": "1001",
        "unit": "Unidad GAD",
        "identifier": {"kind": "cedula", "number": "1710034065"},
        "given_names": "Ana",
        "surnames": "Paz",
        "position": "Técnica",
        "email": "ana@example.ec",
        "work_phone": "022345678",
        "mobile_phone": "0991234567",
        "password": "Cuatro nubes verdes y un tejado",
    },
    "/v1/verifications": {"token": "confirm.k1.a.b.c", "password": "x"},
    "/v1/verifications/password": {"token": "confirm.k1.a.b.c", "password": "x", "data": {"a": 1}},
    "/v1/sessions": {"portal": "demo", "identifier": "1710034065", "password": "x"},
    "/v1/resets": {"portal": "demo", "identifier": "1710034065"},
    "/v1/resets/open": {"token": "reset.k1.a.b.c"},
    "/v1/resets/confirm": {"token": "reset.k1.a.b.c", "password": "x", "data": {}},
    "/v1/me/password": {"current": "x", "new": "Cuatro nubes verdes y un tejado"},
    "/v1/me/terms": {"accept": ["a"]},
    "/v1/me/close": {"current_password": "x"},
}
PROFILE = {"given_names": "Ana", "email": "b@example.ec", "current_password": "x", "locale": "es"}
NOTIFICATION: dict[str, Any] = {
    "reference": "FUZZ-1",
    "portal": "demo",
    "recipient": {"kind": "cedula", "number": "1710034065", "country": None},
    "subject": "Asunto",
    "body": "Cuerpo",
    "category": "multa",
    "deadline": {"working_days": 5, "date": None},
    "locale": "es",
}


@st.composite
def bent(draw: st.DrawFn, body: dict[str, Any]) -> dict[str, Any]:
    """A body with one to three places replaced, left out or added."""
    whole: dict[str, Any] = json.loads(json.dumps(body))
    for _ in range(draw(st.integers(1, 3))):
        place: Any = whole
        name = draw(st.sampled_from([*body, "unknown"]))
        if isinstance(place.get(name), dict) and draw(st.booleans()):
            place, name = place[name], draw(st.sampled_from([*place[name], "unknown"]))
        if draw(st.integers(0, 4)):
            place[name] = draw(NASTY)
        else:
            place.pop(name, None)
    return whole


@given(st.sampled_from(sorted(BODIES)).flatmap(lambda path: st.tuples(st.just(path), bent(BODIES[path]))))
@settings(parent=QUICK, max_examples=150)
def test_no_bent_body_is_an_error_of_ours(town, dweller, sent):
    path, body = sent
    headers = {"Authorization": f"Bearer {dweller.session}", "Content-Type": "application/json"}
    is_ours(town.http.post(path, content=json.dumps(body), headers=headers))


@given(bent(PROFILE))
@settings(parent=QUICK, max_examples=30)
def test_no_bent_profile_is_an_error_of_ours(town, bearer, body):
    is_ours(town.http.patch("/v1/me", content=json.dumps(body), headers={**bearer, "Content-Type": "application/json"}))


@given(bent(NOTIFICATION))
@settings(parent=QUICK, max_examples=60)
def test_no_bent_notification_is_an_error_of_ours(town, body):
    is_ours(town.sender.post(json.dumps(body).encode()))


@given(
    st.sampled_from(sorted(BODIES)),
    st.one_of(st.binary(max_size=200), st.text(max_size=50).map(lambda text: json.dumps(text).encode())),
    st.sampled_from(["application/json", "application/json;charset=utf-8", "text/plain", "*/*", "", "a/b;c"]),
)
@settings(parent=QUICK, max_examples=60)
def test_no_bytes_are_an_error_of_ours(town, path, body, media_type):
    answer = town.http.post(path, content=body, headers={"Content-Type": media_type})
    is_ours(answer)
    assert answer.status_code >= 400


PARTS = st.text(st.characters(codec="utf-8", exclude_characters="/?#"), min_size=1, max_size=12)


@given(
    st.sampled_from(["GET", "POST", "DELETE", "PATCH", "PUT", "OPTIONS"]),
    st.lists(st.one_of(PARTS, st.sampled_from(["v1", "portals", "demo", "inbox", "notifications", "sessions", "me"]))),
    st.dictionaries(st.one_of(PARTS, st.sampled_from(["cursor", "unread", "institution", "q", "level"])), PARTS),
)
@settings(parent=QUICK, max_examples=60)
def test_no_path_and_no_query_is_an_error_of_ours(town, dweller, method, parts, query):
    path = "/v1/" + "/".join(httpx.URL("/", params={"p": part}).query.decode()[2:] for part in parts)
    headers = {"Authorization": f"Bearer {dweller.session}"}
    is_ours(town.http.request(method, path, params=query, headers=headers))


HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)


HEADERS = """accept accept-language authorization content-digest content-type cookie host origin signature
    signature-input user-agent x-forwarded-for"""


@given(
    st.sampled_from(HEADERS.split()),
    HEADER,
)
@settings(parent=QUICK, max_examples=60)
def test_no_header_is_an_error_of_ours(town, name, value):
    demo = town.local.demo["institution"]
    signing = Signing(town.local.base_url, demo["key_id"], demo["private_key"], {}, "GET", components=WHOLE[:4])
    sent = {**signing.headers(), name: value.strip().encode("latin-1")}
    is_ours(town.http.get("/v1/notifications", headers=sent))
    is_ours(town.http.get("/v1/me", headers={name: value.strip().encode("latin-1")}))


@given(
    st.lists(
        st.sampled_from([*'sig1=("@method");:,?* ', "created", "tag", '="ventanilla"', "1" * 20, "\\", "=:", "x"]),
        max_size=30,
    )
)
@settings(parent=QUICK, max_examples=80)
def test_no_signature_input_is_an_error_of_ours(town, pieces):
    demo = town.local.demo["institution"]
    signing = Signing(town.local.base_url, demo["key_id"], demo["private_key"], {}, "GET", components=WHOLE[:4])
    answer = town.http.get(
        "/v1/notifications", headers={**signing.headers(), "signature-input": "".join(pieces).strip()}
    )
    is_ours(answer)
    assert answer.status_code == 401
