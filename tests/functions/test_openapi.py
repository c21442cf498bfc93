"""The description of the API is the code's own, sound, and whole."""

import json
import re

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from local.template import read_template
from tests.conftest import MAIL_FROM, ROOT
from tests.fakes import BASE_URL
from tests.functions.conftest import HTTP, PERSONAL
from tools import openapi

WRITTEN = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
DOCUMENT = json.loads(WRITTEN)
CALLS = {
    f"{method.upper()} {path}": operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}
OR_SIGNED = ("GET /v1/institutions/{id}/counts",)
"""Calls of administrators that an institution's system may make as well."""
CONTRACT = """
GET /v1/portals
GET /v1/portals/{portal}
GET /v1/portals/{portal}/organizations
GET /v1/captcha
POST /v1/portals/{portal}/identity-checks
POST /v1/portals/{portal}/registrations
GET /v1/applications/{id}
GET /v1/applications/{id}/documents/{kind}
PUT /v1/applications/{id}/documents/{kind}
POST /v1/applications/{id}/submit
GET /v1/review/applications
GET /v1/review/applications/{id}
GET /v1/review/applications/{id}/documents/{kind}
POST /v1/review/applications/{id}/decision
POST /v1/verifications
POST /v1/verifications/password
POST /v1/sessions
POST /v1/sessions/current/second-factor
POST /v1/sessions/current/security-question
GET /v1/sessions
DELETE /v1/sessions/{id}
GET /v1/me
PATCH /v1/me
POST /v1/me/password
POST /v1/me/second-factor
POST /v1/me/security-questions
POST /v1/me/terms
GET /v1/me/export
GET /v1/me/consents
DELETE /v1/me/consents/{client}
POST /v1/me/close
GET /v1/portals/{portal}/.well-known/openid-configuration
GET /v1/portals/{portal}/jwks
GET /v1/portals/{portal}/authorize
GET /v1/portals/{portal}/authorize/request
POST /v1/portals/{portal}/authorize
POST /v1/portals/{portal}/token
GET /v1/portals/{portal}/userinfo
POST /v1/portals/{portal}/userinfo
POST /v1/portals/{portal}/revoke
GET /v1/portals/{portal}/logout
POST /v1/portals/{portal}/logout
POST /v1/resets
POST /v1/resets/open
POST /v1/resets/confirm
GET /v1/staff/accounts
PATCH /v1/staff/accounts/{id}
POST /v1/staff/accounts/{id}/lock
POST /v1/staff/accounts/{id}/unlock
POST /v1/staff/accounts/{id}/close
GET /v1/institutions/{id}
PATCH /v1/institutions/{id}
POST /v1/institutions/{id}/suspend
POST /v1/institutions/{id}/resume
GET /v1/institutions/{id}/counts
GET /v1/counts
GET /v1/institutions/{id}/keys
POST /v1/institutions/{id}/keys
DELETE /v1/institutions/{id}/keys/{key_id}
POST /v1/notifications
GET /v1/notifications
GET /v1/notifications/{id}
POST /v1/notifications/{id}/cancel
GET /v1/notifications/{id}/deadline
GET /v1/events
GET /v1/recipients/{kind}/{number}
GET /v1/inbox
POST /v1/inbox/{id}/opening
GET /v1/inbox/{id}
GET /v1/inbox/{id}/deadline
POST /v1/batches
POST /v1/batches/{id}/start
GET /v1/batches/{id}
GET /v1/batches/{id}/results
POST /v1/attachments
GET /v1/notifications/{id}/attachments/{attachment_id}
GET /v1/inbox/{id}/attachments/{attachment_id}
GET /v1/institutions/{id}/webhook
PUT /v1/institutions/{id}/webhook
DELETE /v1/institutions/{id}/webhook
POST /v1/institutions/{id}/webhook/resume
GET /v1/notifications/{id}/receipt
GET /v1/inbox/{id}/receipt
GET /v1/keys
GET /v1/health
""".split("\n")[1:-1]
"""The calls of the HTTP contract that there are so far."""


def refs(value):
    if isinstance(value, dict):
        return {value["$ref"]} if "$ref" in value else {ref for item in value.values() for ref in refs(item)}
    return {ref for item in value for ref in refs(item)} if isinstance(value, list) else set()


def test_it_is_what_the_code_says_today():
    assert openapi.text() == WRITTEN, "python -m tools.openapi"


def test_it_is_sound_openapi_3_1():
    assert DOCUMENT["openapi"].startswith("3.1")
    assert [error.message for error in OpenAPIV31SpecValidator(DOCUMENT).iter_errors()] == []


def test_every_call_of_the_contract_is_described_and_no_other():
    assert set(CALLS) == set(CONTRACT)


def test_every_call_that_the_template_serves_is_described():
    template = read_template(ROOT / "template.yaml", {"BaseUrl": BASE_URL, "MailFrom": MAIL_FROM})
    served = {route.key for route in template.routes} - {"$default", "GET /openapi.json", "GET /docs"}
    assert served == set(CALLS)


@pytest.mark.parametrize("call", CALLS)
class TestEachCall:
    def test_it_says_who_may_make_it(self, call):
        name = next(name for name, event in HTTP.items() if event["routeKey"] == call)
        schemes = {scheme for demand in CALLS[call]["security"] for scheme in demand}
        expected = {"bearer", "cookie"} if name.endswith("unauthenticated") else set()
        signed = name.endswith("unsigned") or call in OR_SIGNED
        assert schemes == ({"signature", "bearer", "cookie"} if signed else expected)

    def test_it_says_what_it_does_and_what_it_answers(self, call):
        operation = CALLS[call]
        assert operation["summary"].endswith(".")
        successes = {status for status in operation["responses"] if status[0] in "23"}
        assert len(successes) == (2 if call == "POST /v1/batches" else 1)
        for success in successes:
            assert ("content" in operation["responses"][success]) == (success not in ("204", "302"))
        problems = set(operation["responses"]) - successes
        assert problems == {"400", "401", "403", "404", "409", "410", "413", "415", "422", "429", "500", "503"}

    def test_its_path_has_its_parameters(self, call):
        named = set(re.findall(r"{(\w+)}", call))
        given = {one["name"] for one in CALLS[call].get("parameters", []) if one["in"] == "path"}
        assert given == named


def test_each_call_has_a_name_of_its_own():
    names = [operation["operationId"] for operation in CALLS.values()]
    assert len(names) == len(set(names))


def test_everything_that_is_referred_to_is_there():
    known = {f"#/components/schemas/{name}" for name in DOCUMENT["components"]["schemas"]}
    assert refs(DOCUMENT) <= known
    assert known <= refs(DOCUMENT) | {"#/components/schemas/Problem"}


def test_schemes_that_are_demanded_are_described():
    demanded = {scheme for operation in CALLS.values() for demand in operation["security"] for scheme in demand}
    assert demanded == set(DOCUMENT["components"]["securitySchemes"])


@pytest.mark.parametrize("name", HTTP)
def test_what_is_answered_is_described(site, name):
    answer = site.call(name)
    operation = CALLS.get(HTTP[name]["routeKey"])
    if operation is None:
        assert HTTP[name]["routeKey"] in ("$default", "GET /openapi.json", "GET /docs")
    else:
        media_types = operation["responses"][str(answer.status)].get("content", {})
        assert answer.headers.get("content-type") in (set(media_types) or {None})


def test_it_holds_nothing_of_the_samples():
    assert [word for word in PERSONAL[:5] if word in WRITTEN] == []


def test_two_functions_cannot_name_two_schemas_alike(monkeypatch):
    def clashing(path):
        name = path.parent.name
        schema = {"components": {"schemas": {"Same": {"title": name}}}, "paths": {}}
        return type(
            "Module", (), {"app": type("App", (), {"get_openapi_json_schema": lambda self, **_: json.dumps(schema)})()}
        )

    monkeypatch.setattr(openapi, "_load", clashing)
    with pytest.raises(ValueError, match="Same stands for different schemas"):
        openapi.document()
