"""Each function may do what it does, and no more: the whole site is walked through, and every call to AWS is noted."""

import re
from contextvars import ContextVar
from typing import Any
from unittest.mock import patch

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from cli.client import InstitutionClient
from local import Local
from local.runtime import InProcess
from tests.deployed import FUNCTIONS, as_list, named, statements
from tests.makers import make_cedula
from ventanilla.wiring import services

PASSWORD, NEW_PASSWORD = "correcto caballo batería", "otra frase muy larga 7"
Use = tuple[str, str, str]
"""A function, an action of IAM, the logical id of what it is done to."""
PLUMBING = re.compile(
    r"logs:.*|sqs:(ReceiveMessage|DeleteMessage|GetQueueAttributes)"
    r"|dynamodb:(DescribeStream|GetRecords|GetShardIterator|ListStreams)"
)
"""What Lambda does in a function's name."""
TRANSACTION = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}

running: ContextVar[str | None] = ContextVar("running", default=None)


def uses(service: str, operation: str, sent: dict[str, Any]) -> set[tuple[str, str]]:
    """The actions that a call needs, each with the logical id of what it is done to."""
    match service, operation:
        case "dynamodb", "TransactWriteItems":
            writes = [item for write in sent["TransactItems"] for item in write.items()]
            return {(f"dynamodb:{TRANSACTION[kind]}", write["TableName"]) for kind, write in writes}
        case "dynamodb", "BatchGetItem":
            return {("dynamodb:BatchGetItem", table) for table in sent["RequestItems"]}
        case "dynamodb", _:
            table, index = sent["TableName"], sent.get("IndexName")
            return {(f"dynamodb:{operation}", f"${{{table}.Arn}}/index/{index}" if index else table)}
        case "sqs", _:
            queue = sent["QueueUrl"].rpartition("/")[2].removesuffix(".fifo")
            return {(f"sqs:{operation}", queue)}
        case "sesv2", "SendEmail":
            return {("ses:SendRawEmail" if "Raw" in sent["Content"] else "ses:SendEmail", "identity")}
        case _:
            return {(f"{service}:{operation}", sent.get("SecretId", "?"))}


class Site:
    """The running site, what was used of AWS, and an outage that can be made."""

    def __init__(self, local: Local) -> None:
        self.local = local
        self.http = httpx.Client(base_url=local.base_url, timeout=30)
        key = local.demo["institution"]
        self.institution = InstitutionClient(local.base_url, key["key_id"], key["private_key"])

    def call(self, method: str, path: str, status: int, body: Any = None, token: str = "") -> Any:
        """Make a call that must answer with this status, and wait until all is done that follows from it."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        answer = self.http.request(method, path, json=body, headers=headers)
        assert answer.status_code == status, answer.text
        self.local.settle()
        return answer.json() if answer.content else None

    def mailed_token(self, address: str) -> str:
        found = re.search(r"#token=(\S+)", self.local.outbox(address)[0]["text"])
        assert found
        return found[1]

    def register(self, number: str, address: str) -> None:
        form = {
            "identifier": {"kind": "cedula", "number": number},
            "given_names": "Ana",
            "surnames": "Prueba",
            "email": address,
            "password": PASSWORD,
        }
        self.call("POST", "/v1/portals/demo/registrations", 202, form)

    def sign_in(self, number: str, password: str) -> str:
        attempt = {"portal": "demo", "identifier": number, "password": password}
        return str(self.call("POST", "/v1/sessions", 201, attempt)["token"])

    def notify(self, number: str, reference: str) -> str:
        recipient = {"kind": "cedula", "number": number}
        letter = {
            "reference": reference,
            "portal": "demo",
            "recipient": recipient,
            "subject": "Aviso",
            "body": "Texto.",
        }
        answer = self.institution.post(letter)
        assert answer.status_code == 202, answer.text
        self.local.settle()
        return str(answer.json()["id"])


def walk(site: Site, outage: set[str]) -> None:
    """Do all that the site is for."""
    number, address = make_cedula(17, 123456), "ana@example.ec"

    # somebody is written to, registers, confirms, and finds what waited
    site.notify(number, "waits-1")
    site.register(number, address)
    link = site.mailed_token(address)
    site.call("POST", "/v1/verifications", 200, {"token": link})
    site.call("POST", "/v1/verifications", 401, {"token": link, "password": NEW_PASSWORD})
    site.call("POST", "/v1/verifications", 200, {"token": link, "password": PASSWORD})
    site.register(number, address)  # and is told that there is an account

    # sessions
    site.call("POST", "/v1/sessions", 401, {"portal": "demo", "identifier": number, "password": NEW_PASSWORD})
    token = site.sign_in(number, PASSWORD)
    for path in ("/v1/sessions", "/v1/me", "/v1/inbox"):
        site.local.advance(600)  # so long after that its use is written down again
        site.call("GET", path, 200, token=token)
    site.sign_in(number, PASSWORD)
    other = next(item for item in site.call("GET", "/v1/sessions", 200, token=token)["items"] if not item["current"])
    site.call("DELETE", f"/v1/sessions/{other['id']}", 204, token=token)

    # notifications
    first, second = site.notify(number, "a-1"), site.notify(number, "a-2")
    site.notify(number, "a-1")
    site.call("GET", "/v1/inbox?unread=true", 200, token=token)
    site.call("POST", f"/v1/inbox/{first}/opening", 200, token=token)
    site.call("GET", f"/v1/inbox/{first}", 200, token=token)
    assert site.institution.get(first).json()["state"] == "opened"
    assert site.institution.cancel(second).status_code == 200
    assert len(site.institution.list().json()["items"]) == 3

    # the account
    site.call("PATCH", "/v1/me", 200, {"given_names": "Ana María"}, token)
    site.call("PATCH", "/v1/me", 200, {"email": "nueva@example.ec", "current_password": PASSWORD}, token)
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("nueva@example.ec")})
    token = site.sign_in(number, PASSWORD)
    site.call("POST", "/v1/me/password", 200, {"current": PASSWORD, "new": NEW_PASSWORD}, token)
    site.call("GET", "/v1/me/export", 200, token=token)

    # a forgotten password, of an account and of an application whose link has died
    waiting = make_cedula(17, 654321)
    site.register(waiting, "espera@example.ec")
    site.local.advance(25 * 3600)
    for who in (number, waiting):
        site.call("POST", "/v1/resets", 202, {"portal": "demo", "identifier": who})
    reset = site.mailed_token("nueva@example.ec")
    site.call("POST", "/v1/resets/open", 200, {"token": reset})
    site.call("POST", "/v1/resets/confirm", 204, {"token": reset, "password": PASSWORD})

    # mails (of both lanes) and releases that fail are done later
    outage |= {"MailFunction", "ReleaseFunction"}
    third = make_cedula(17, 777777)
    site.notify(third, "waits-2")
    site.notify(number, "a-3")
    site.call("POST", "/v1/resets", 202, {"portal": "demo", "identifier": number})
    site.notify(waiting, "waits-3")
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("espera@example.ec"), "password": PASSWORD})
    # closed again before anything was released
    site.call("POST", "/v1/me/close", 204, {"current_password": PASSWORD}, site.sign_in(waiting, PASSWORD))
    for _ in range(2):
        site.local.advance(600)
        site.local.settle()
        outage.clear()

    token = site.sign_in(number, PASSWORD)
    site.call("POST", "/v1/me/close", 204, {"current_password": PASSWORD}, token)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[Use]:
    """What each function does to what, in the course of a walk."""
    noted: set[Use] = set()
    outage: set[str] = set()
    invoke = InProcess.invoke
    call = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private

    def invoke_named(self: InProcess, name: str, event: Any) -> Any:
        running.set(name)
        vars(services()).pop("keys", None)  # each function reads them: only here do they share a process
        try:
            return invoke(self, name, event)
        finally:
            running.set(None)

    def call_noted(self: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
        name = running.get()
        service = self.meta.service_model.service_name
        if name:
            noted.update((name, action, target) for action, target in uses(service, operation, sent))
            if name in outage and operation in ("SendEmail", "Query"):
                raise ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "outage"}}, operation)
        return call(self, operation, sent)

    with (
        patch.object(InProcess, "invoke", invoke_named),
        patch.object(BaseClient, "_make_api_call", call_noted),
        Local(data_dir=tmp_path_factory.mktemp("local")) as local,
    ):
        walk(Site(local), outage)
    return noted


def granted(name: str) -> set[Use]:
    found = {
        (name, action, named(resource))
        for statement in statements(name)
        for action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
        if not PLUMBING.fullmatch(action)
    }
    return {(name, action, "identity" if action.startswith("ses:") else target) for name, action, target in found}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_what_it_does(name: str, used: set[Use]) -> None:
    assert {use for use in used if use[0] == name} - granted(name) == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_nothing_else(name: str, used: set[Use]) -> None:
    # SES asks for both names when a mail is raw; what fails in the relay is sent by Lambda itself
    implied = {("MailFunction", "ses:SendEmail", "identity"), ("RelayFunction", "sqs:SendMessage", "RelayDeadLetters")}
    assert granted(name) - used - implied == set()
