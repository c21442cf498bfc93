"""No id in a path is longer than a key in the store may be: the real one refuses such a key, moto hardly ever."""

import time
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

import pyotp
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from tests.flows.town import Person, problem

_LONGEST = {"pk": 2048, "sk": 1024}


def administrator(town, role: str) -> Person:
    """Somebody of the demo staff, who has entered."""
    who = town.local.demo["staff"][role]
    person = Person(town, "staff", number=who["identifier"], email=who["email"], password=who["password"])
    person.enter()
    code = pyotp.TOTP(who["totp_secret"]).at(int(time.time()))
    assert person.call("POST", "/v1/sessions/current/second-factor", {"code": code}).status_code == 200
    return person


@pytest.fixture(scope="module")
def staff(town):
    return [administrator(town, role) for role in ("platform_admin", "institution_admin")]


@pytest.fixture
def limits() -> Iterator[None]:
    """DynamoDB's own limits of keys."""
    original = BaseClient._make_api_call

    def call(client: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
        if client.meta.service_model.service_name == "dynamodb" and not _fits(sent):
            raise ClientError({"Error": {"Code": "ValidationException", "Message": "key too long"}}, operation)
        return original(client, operation, sent)

    with patch.object(BaseClient, "_make_api_call", call):
        yield


def _fits(sent: Any) -> bool:
    if isinstance(sent, list):
        return all(map(_fits, sent))
    if not isinstance(sent, dict):
        return True
    keys = [(sent[name].get("S", ""), most) for name, most in _LONGEST.items() if isinstance(sent.get(name), dict)]
    values = [(value["S"], 2048) for value in sent.get("ExpressionAttributeValues", {}).values() if "S" in value]
    read = values if "KeyConditionExpression" in sent else []
    return all(len(key) <= most for key, most in (*keys, *read)) and all(map(_fits, sent.values()))


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/institutions/{}", None),
        ("PATCH", "/v1/institutions/{}", {"contact": {}}),
        ("POST", "/v1/institutions/{}/suspend", {"reason": "una razón que basta"}),
        ("POST", "/v1/institutions/{}/resume", {"reason": "una razón que basta"}),
        ("GET", "/v1/institutions/{}/keys", None),
        ("DELETE", "/v1/institutions/{}/keys/k1", None),
        ("DELETE", "/v1/institutions/demo-institution/keys/{}", None),
    ],
)
@pytest.mark.parametrize("length", [1500, 3000])
def test_an_institution_or_key_of_a_long_name_is_not_found(town, staff, limits, method, path, body, length):
    for person in staff:
        problem(person.call(method, path.format("x" * length), body), 404, "not-found")
