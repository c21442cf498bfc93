"""Each function may do what it does, and no more: the whole site is walked through, and every call to AWS is noted."""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from time import time
from typing import Any
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.signers import RequestSigner
from joserfc import jwt
from joserfc.jwk import ECKey
from pyotp import TOTP

from cli.client import InstitutionClient
from local import Local
from local.runtime import InProcess
from tests.deployed import BUCKETS, FUNCTIONS, as_list, named, statements
from tests.flows.paperwork import scanned
from tests.makers import make_cedula, make_public_ruc
from tests.signing import Authority, sign
from tests.solving import solve
from ventanilla.domain.grants import Grant
from ventanilla.domain.openid_clients import Client
from ventanilla.usecases.invitations import Invitation, invite
from ventanilla.wiring import services

pytestmark = pytest.mark.slow

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
            return {("ses:SendRawEmail" if "Raw" in sent["Content"] else "ses:SendEmail", "sender")}
        case "s3", _:
            bucket = {name.lower(): name for name in BUCKETS}[sent["Bucket"]]
            files = f"${{{bucket}.Arn}}/applications/*" if bucket == "DocumentsBucket" else f"${{{bucket}.Arn}}/*"
            action = "GetObject" if operation == "HeadObject" else operation
            # what reads a file must be let know that it is not there
            listed = {("s3:ListBucket", bucket)} if action in ("GetObject", "DeleteObjectTagging") else set()
            return {(f"s3:{action}", files), *listed}
        case "kms", _:
            # whatever keys the aliases of ID tokens lead to at present
            every = "arn:${AWS::Partition}:kms:${AWS::Region}:${AWS::AccountId}:key/*"
            key = sent["KeyId"].removeprefix("alias/")
            return {(f"kms:{operation}", every if "-openid-" in key else key)}
        case _:
            return {(f"{service}:{operation}", sent.get("SecretId", "?"))}


def signed_uses(operation: str, link: dict[str, Any]) -> set[tuple[str, str]]:
    """The actions that whoever holds a link does in the name of the function that signed it."""
    bucket = next(name for name in BUCKETS if f"/{name.lower()}/" in link["url"])
    tagged = {("s3:PutObjectTagging", f"${{{bucket}.Arn}}/*")} if "x-amz-tagging" in link["headers"] else set()
    return {(f"s3:{operation}", f"${{{bucket}.Arn}}/*"), *tagged}


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

    def solved_captcha(self, action: str) -> str:
        return solve(self.call("GET", f"/v1/captcha?action={action}", 200))

    def member(self, number: str, *grants: Grant) -> tuple[str, list[str]]:
        """Let somebody of the staff be invited, choose a password and enrol an app; token and recovery codes."""
        address = f"{number}@mintel.example.ec"
        fields = {"full_name": "Eva Paz", "position": "Jefa", "work_phone": "022345678", "email": address}
        with self.local.lock:
            invite(
                Invitation("cedula", number, fields, grants),
                portals=services().portals,
                catalogues=services().portals.catalogue,
                applications=services().applications,
                accounts=services().accounts,
                audits=services().audits,
                hasher=services().hasher,
                clock=services().clock,
            )
        self.local.settle()
        chosen = {"token": self.mailed_token(address), "password": PASSWORD}
        self.call("POST", "/v1/verifications/password", 200, chosen)
        token = self.sign_in(number, PASSWORD, "staff")
        app = TOTP(self.call("POST", "/v1/me/second-factor", 200, {}, token)["secret"])
        codes = self.call("POST", "/v1/me/second-factor", 200, {"code": app.now()}, token)["recovery_codes"]
        return token, codes

    def document(self, method: str, path: str, status: int, token: str, content: bytes | None = None) -> bytes:
        headers = {"authorization": f"Bearer {token}", "content-type": "application/pdf"}
        answer = self.http.request(method, path, headers=headers, content=content)
        assert answer.status_code == status, answer.text
        return answer.content

    def sign_in(self, number: str, password: str, portal: str = "demo") -> str:
        attempt = {"portal": portal, "identifier": number, "password": password}
        return str(self.call("POST", "/v1/sessions", 201, attempt)["token"])

    def notify(self, number: str, reference: str, **more: Any) -> str:
        recipient = {"kind": "cedula", "number": number}
        letter = {
            "reference": reference,
            "portal": "demo",
            "recipient": recipient,
            "subject": "Aviso",
            "body": "Texto.",
            **more,
        }
        answer = self.institution.post(letter)
        assert answer.status_code == 202, answer.text
        self.local.settle()
        return str(answer.json()["id"])


def walk(site: Site, outage: set[str]) -> None:
    """Do all that the site is for."""
    number = make_cedula(17, 123456)
    walk_of_a_citizen(site, number)
    waiting = walk_of_the_forgetful(site, number)
    walk_past_the_registry(site)
    walk_of_what_comes_back(site)
    walk_among_the_staff(site)
    walk_with_documents(site)
    walk_of_an_institution(site)
    walk_with_attachments(site)
    walk_with_batches(site)
    walk_with_receipts(site)
    walk_through_an_outage(site, outage, number, waiting)
    walk_with_a_webhook(site)
    walk_into_another_system(site)


def walk_of_a_citizen(site: Site, number: str) -> None:
    """Come to an account, use it, and read."""
    address = "ana@example.ec"

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
    first = site.notify(number, "a-1", deadline={"days": 2, "from": "opening"})
    second = site.notify(number, "a-2")
    site.notify(number, "a-1", deadline={"days": 2, "from": "opening"})
    site.call("GET", "/v1/inbox?unread=true", 200, token=token)
    site.call("POST", f"/v1/inbox/{first}/opening", 200, token=token)
    site.call("GET", f"/v1/inbox/{first}", 200, token=token)
    assert site.institution.get(first).json()["state"] == "opened"
    assert site.institution.cancel(second).status_code == 200
    assert len(site.institution.list().json()["items"]) == 3
    assert site.institution.events(limit=5).json()["next"] == "5"
    assert site.institution.recipient("cedula", number, "demo").json() == {"registered": True}

    # the account
    site.call("PATCH", "/v1/me", 200, {"given_names": "Ana María"}, token)
    site.call("PATCH", "/v1/me", 200, {"email": "nueva@example.ec", "current_password": PASSWORD}, token)
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("nueva@example.ec")})
    token = site.sign_in(number, PASSWORD)
    site.call("POST", "/v1/me/password", 200, {"current": PASSWORD, "new": NEW_PASSWORD}, token)
    site.call("GET", "/v1/me/export", 200, token=token)


def walk_of_the_forgetful(site: Site, number: str) -> str:
    """Forget the password of an account, and let the link of an application die; return its number."""
    waiting = make_cedula(17, 654321)
    site.register(waiting, "espera@example.ec")
    site.local.advance(25 * 3600)
    for who in (number, waiting):
        site.call("POST", "/v1/resets", 202, {"portal": "demo", "identifier": who})
    reset = site.mailed_token("nueva@example.ec")
    site.call("POST", "/v1/resets/open", 200, {"token": reset})
    site.call("POST", "/v1/resets/confirm", 204, {"token": reset, "password": PASSWORD})
    return waiting


def walk_through_an_outage(site: Site, outage: set[str], number: str, waiting: str) -> None:
    """Let mails (of both lanes) and releases fail: they are done later."""
    outage |= {"MailFunction", "ReleaseFunction", "BatchFunction"}
    site.institution.run_batch(lines_to(make_cedula(17, 787878), "late-1"))
    third = make_cedula(17, 777777)
    site.notify(third, "waits-2")
    site.notify(number, "a-3")
    site.call("POST", "/v1/resets", 202, {"portal": "demo", "identifier": number})
    site.notify(waiting, "waits-3")
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("espera@example.ec"), "password": PASSWORD})
    # closed again before anything was released
    site.call("POST", "/v1/me/close", 204, {"current_password": PASSWORD}, site.sign_in(waiting, PASSWORD))
    for seconds in (4000, 600):  # a batch is queued again after an hour
        site.local.advance(seconds)
        site.local.settle()
        outage.clear()

    token = site.sign_in(number, PASSWORD)
    site.call("POST", "/v1/me/close", 204, {"current_password": PASSWORD}, token)


def walk_of_what_comes_back(site: Site) -> None:
    """Let an alert come back."""
    number, address = make_cedula(17, 636363), "bounce@simulator.amazonses.com"
    site.register(number, address)
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token(address), "password": PASSWORD})
    bounced = site.notify(number, "comes-back")
    assert site.institution.get(bounced).json()["timeline"][-1]["reason"] == "permanent"


def walk_past_the_registry(site: Site) -> None:
    """Do what asks the identity registry, and what a captcha opens."""
    known = {"kind": "cedula", "number": "1012000012"}
    check = {"identifier": known, "captcha": site.solved_captcha("identity_check")}
    site.call("POST", "/v1/portals/ibarra/identity-checks", 200, check)
    site.call("POST", "/v1/portals/ibarra/registrations", 202, {"identifier": known, "email": "maria@example.ec"})
    wish = {"portal": "ibarra", "identifier": known["number"], "captcha": site.solved_captcha("reset")}
    site.call("POST", "/v1/resets", 202, wish)


def walk_among_the_staff(site: Site) -> None:
    """Do what takes a second factor, and what is done to other people's accounts."""
    admin, citizen = make_cedula(17, 515151), make_cedula(17, 525252)
    _, recovery_codes = site.member(admin, Grant("portal_admin", "demo"))
    token = site.sign_in(admin, PASSWORD, "staff")
    for code, status in (("000000", 401), (recovery_codes[0], 200)):
        site.call("POST", "/v1/sessions/current/second-factor", status, {"code": code}, token)

    site.register(citizen, "rosa@example.ec")
    link = site.mailed_token("rosa@example.ec")
    site.call("POST", "/v1/verifications", 200, {"token": link, "password": PASSWORD})
    found = site.call("GET", f"/v1/staff/accounts?portal=demo&identifier={citizen}", 200, token=token)
    account = f"/v1/staff/accounts/{found['items'][0]['id']}"
    correction = {"reason": "Lo pidió", "surnames": "Quishpe", "email": "otra@example.ec"}
    site.local.advance(600)
    site.call("PATCH", account, 200, correction, token)
    for verb, status in (("lock", 200), ("unlock", 200), ("close", 204)):
        site.call("POST", f"{account}/{verb}", status, {"reason": "Lo pidió"}, token)

    # an agent registers somebody in person
    agent, _ = site.member(make_cedula(17, 545454), Grant("agent", "buzonec"))
    site.local.advance(600)
    seen = {"kind": "cedula", "number": "1012000020"}
    form = {"channel": "in_person", "identifier": seen, "email": "segundo@example.ec"}
    code = site.call("POST", "/v1/portals/buzonec/registrations", 202, form, agent)["code"]
    chosen = {"token": site.mailed_token("segundo@example.ec"), "password": PASSWORD, "code": code}
    site.call("POST", "/v1/verifications/password", 200, chosen)


def walk_with_documents(site: Site) -> None:
    """Do what takes a signed document, and what is reviewed."""
    authority = Authority()
    authority.write_root(site.local.roots)
    number = "1012000012"
    form = {"channel": "certificate", "identifier": {"kind": "cedula", "number": number}, "email": "ines@example.ec"}
    application = apply(site, "buzonec", form)
    path = f"/v1/applications/{application['id']}"
    kind, token = f"{path}/documents/activation", application["access_token"]
    given = [site.document("GET", kind, 200, token) for _ in range(2)]
    assert given[0] == given[1]
    site.document("PUT", kind, 200, token, sign(given[0], authority.citizen(number)))
    site.call("GET", path, 200, token=token)
    site.call("POST", f"{path}/submit", 200, token=token)

    # a role of an organisation passes from one to another, who has an account already; then it is given up
    reviewer, _ = site.member(make_cedula(17, 565656), Grant("reviewer", "seps"))
    first, second = make_cedula(17, 575757), make_cedula(17, 585858)
    approve(site, reviewer, request(site, first, ("acopio", "access")))
    chosen = {"token": site.mailed_token(f"{first}@example.ec"), "password": PASSWORD}
    site.call("POST", "/v1/verifications/password", 200, chosen)
    approve(site, reviewer, request(site, second, ("acopio", "access"), former=first))
    chosen = {"token": site.mailed_token(f"{second}@example.ec"), "password": PASSWORD}
    site.call("POST", "/v1/verifications/password", 200, chosen)
    approve(site, reviewer, request(site, None, ("acopio", "deactivation"), former=second))


def walk_of_an_institution(site: Site) -> None:
    """Activate an institution, let its administrator manage it and compose, and suspend it."""
    ruc, chief, admin = make_public_ruc(17, 760_001), make_cedula(17, 606060), make_cedula(17, 616161)
    mintel, _ = site.member(make_cedula(17, 626262), Grant("platform_admin", "platform"))
    form = {
        "channel": "institution",
        "full_name": "Inés Paz",
        "identifier": {"kind": "cedula", "number": admin},
        "position": "Analista",
        "email": "ines@catastros.example.ec",
        "work_phone": "022345678",
        "organization": {"ruc": ruc, "legal_name": "Instituto de Catastros", "modality": "platform"},
        "authority": {
            "identifier": {"kind": "cedula", "number": chief},
            "full_name": "José Cueva",
            "position": "Director",
        },
    }
    approve(site, mintel, send_in(site, apply(site, "staff", form)), portal="staff")
    chosen = {"token": site.mailed_token("ines@catastros.example.ec"), "password": PASSWORD}
    site.call("POST", "/v1/verifications/password", 200, chosen)
    token = site.sign_in(admin, PASSWORD, "staff")
    app = TOTP(site.call("POST", "/v1/me/second-factor", 200, {}, token)["secret"])
    site.call("POST", "/v1/me/second-factor", 200, {"code": app.now()}, token)

    path = f"/v1/institutions/{ruc}"
    site.local.advance(600)
    assert site.call("GET", path, 200, token=token)["administrators"] == ["Inés Paz"]
    site.call("PATCH", path, 200, {"contact": {"phone": "022345679"}}, token)
    key = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    added = site.call("POST", f"{path}/keys", 201, {"public_key": key}, token)
    assert len(site.call("GET", f"{path}/keys", 200, token=token)["items"]) == 1
    site.call("DELETE", f"{path}/keys/{added['key_id']}", 204, token=token)
    for verb in ("suspend", "resume"):
        site.call("POST", f"{path}/{verb}", 200, {"reason": "Lo pidió"}, mintel)
    assert site.call("GET", f"{path}/counts", 200, token=token)["month"]["sent"] == 0
    assert site.call("GET", "/v1/counts", 200, token=mintel)["month"]["sent"] > 0
    site.local.advance(600)
    letter = {
        "reference": "composed-1",
        "portal": "buzonec",
        "recipient": {"kind": "cedula", "number": chief},
        "subject": "Aviso",
        "body": "Texto.",
    }
    site.call("POST", "/v1/notifications", 202, letter, token)
    site.local.advance(600)
    site.call("GET", f"/v1/batches/{'b' * 26}", 404, token=token)


def walk_with_attachments(site: Site) -> None:
    """Declare a file, send it along before and after it was uploaded, and download it from both sides."""
    number = make_cedula(17, 595959)
    site.register(number, "luis@example.ec")
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("luis@example.ec"), "password": PASSWORD})
    token = site.sign_in(number, PASSWORD)
    content = b"%PDF-"
    site.local.advance(1200)  # so long that the key's use is written down again
    wish = {"file_name": "a.pdf", "media_type": "application/pdf", "size": 5, "sha256": sha256(content).hexdigest()}
    declared = site.institution.request("POST", "/v1/attachments", body=json.dumps(wish).encode()).json()
    attachment, upload = declared["attachment_id"], declared["upload"]
    letter = {
        "reference": "files-1",
        "portal": "demo",
        "recipient": {"kind": "cedula", "number": number},
        "subject": "Aviso",
        "body": "Texto.",
        "attachments": [attachment],
    }
    assert site.institution.post(letter).status_code == 422
    assert httpx.put(upload["url"], headers=upload["headers"], content=content).status_code == 200
    posted = site.institution.post(letter)
    assert posted.status_code == 202, posted.text
    notification = posted.json()["id"]
    path = f"/v1/notifications/{notification}/attachments/{attachment}"
    assert site.institution.request("GET", path).status_code == 302
    site.call("POST", f"/v1/inbox/{notification}/opening", 200, token=token)
    site.local.advance(600)
    site.call("GET", f"/v1/inbox/{notification}/attachments/{attachment}", 302, token=token)
    counted = f"/v1/institutions/{site.local.demo['institution']['id']}/counts"
    assert site.institution.request("GET", counted).json()["month"]["opened"] > 0


def walk_with_receipts(site: Site) -> None:
    """Let both sides have a receipt, and anybody the keys."""
    number = make_cedula(17, 686868)
    site.register(number, "eva@example.ec")
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("eva@example.ec"), "password": PASSWORD})
    token = site.sign_in(number, PASSWORD)
    notification = site.notify(number, "receipt-1")
    site.call("POST", f"/v1/inbox/{notification}/opening", 200, token=token)
    site.local.advance(600)
    site.document("GET", f"/v1/inbox/{notification}/receipt", 200, token)
    site.local.advance(3600)  # so long that the key's use is written down again
    assert site.institution.request("GET", f"/v1/notifications/{notification}/receipt").status_code == 200
    site.call("GET", "/v1/keys", 200)


def lines_to(number: str, *references: str, **more: Any) -> bytes:
    """A batch of notifications to somebody."""
    letter = {"portal": "demo", "recipient": {"kind": "cedula", "number": number}, "subject": "Aviso", "body": "Texto."}
    return "".join(f"{json.dumps({**letter, **more, 'reference': one})}\n" for one in references).encode()


def walk_with_batches(site: Site) -> None:
    """Hand over a batch in a body, and one with an attachment as a file; look at it, and at its results."""
    number, content = make_cedula(17, 757575), b"%PDF-"
    wish = {"file_name": "b.pdf", "media_type": "application/pdf", "size": 5, "sha256": sha256(content).hexdigest()}
    declared = site.institution.request("POST", "/v1/attachments", body=json.dumps(wish).encode()).json()
    upload = declared["upload"]
    assert httpx.put(upload["url"], headers=upload["headers"], content=content).status_code == 200
    site.local.advance(3600)  # so long that the key's use is written down again
    assert site.institution.run_batch(lines_to(number, "batch-1")).status_code == 202
    lines = lines_to(number, "batch-2", attachments=[declared["attachment_id"]])
    batch = site.institution.declare_batch(len(lines), sha256(lines).hexdigest()).json()
    upload = batch["upload"]
    assert site.institution.start_batch(batch["id"]).status_code == 422
    assert httpx.put(upload["url"], headers=upload["headers"], content=lines).status_code == 200
    assert site.institution.start_batch(batch["id"]).status_code == 202
    site.local.settle()
    assert site.institution.batch(batch["id"]).json()["progress"]["accepted"] == 1
    assert site.institution.batch_results(batch["id"]).status_code == 302


def walk_with_a_webhook(site: Site) -> None:
    """Let events be posted to an address that takes them first, and fails for a day; then begin again, and end."""
    institution = site.local.demo["institution"]["id"]

    def ask(method: str, verb: str = "", body: dict[str, str] | None = None) -> Any:
        content = json.dumps(body).encode() if body is not None else None
        answer = site.institution.request(method, f"/v1/institutions/{institution}/webhook{verb}", body=content)
        assert answer.is_success, answer.text
        site.local.settle()
        return answer.json() if answer.content else None

    with answering(500) as (url, given):
        ask("PUT", "", {"url": url})
        given.append(200)
        for reference in ("webhook-1", "webhook-2"):
            site.notify(make_cedula(17, 646464), reference)
            for _ in range(25 if reference == "webhook-2" else 0):
                site.local.advance(3600)
                site.local.settle()
            given.clear()
        assert ask("GET")["status"] == "paused"
        given.append(200)
        # more than one run delivers: what it leaves, it queues for the next
        feed = services().feed
        with site.local.lock:
            for batch in range(5):
                again = {"notification": "n", "state": "alerted", "at": "2027-03-01T15:00:00+00:00"}
                feed.append(institution, [{"id": f"{batch}-{number}", **again} for number in range(100)])
        ask("POST", "/resume", {"after": "0"})
        assert ask("GET")["status"] == "active"
    ask("DELETE")


def walk_into_another_system(site: Site) -> None:
    """Sign in to a system that proves itself by a key, look at what it may know, take it back, and leave."""
    number, key = make_cedula(17, 797979), ECKey.generate_key("P-256")
    site.register(number, "leo@example.ec")
    site.call("POST", "/v1/verifications", 200, {"token": site.mailed_token("leo@example.ec"), "password": PASSWORD})
    token = site.sign_in(number, PASSWORD)
    issuer, back, verifier = "/v1/portals/demo", "https://s.example.ec/cb", "v" * 43
    challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    asked = {"response_type": "code", "client_id": "clave", "redirect_uri": back, "scope": "openid profile"}
    asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}

    def proven(jti: str) -> dict[str, str]:
        claims = {"iss": "clave", "sub": "clave", "aud": f"{site.local.base_url}{issuer}", "jti": jti}
        signed = jwt.encode({"alg": "ES256"}, {**claims, "exp": int(time()) + 60}, key, ["ES256"])
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        return {"client_assertion_type": kind, "client_assertion": signed}

    def enter(jti: str) -> str:
        page = site.http.get(f"{issuer}/authorize", params=asked).headers["location"]
        agreed = {"query": urlsplit(page).query, "approve": True}
        site.call("GET", f"{issuer}/authorize/request?{urlsplit(page).query}", 200, token=token)
        sent_on = site.call("POST", f"{issuer}/authorize", 200, agreed, token)["redirect_to"]
        form = {"grant_type": "authorization_code", "redirect_uri": back, "code_verifier": verifier, **proven(jti)}
        form["code"] = parse_qs(urlsplit(sent_on).query)["code"][0]
        tokens = site.http.post(f"{issuer}/token", data=form)
        assert tokens.status_code == 200, tokens.text
        return str(tokens.json()["access_token"])

    with answering(500) as (url, given):
        public = {name: str(value) for name, value in key.as_dict(private=False).items()}
        client = Client("clave", "Clave", (back,), (), url, jwk=public)
        portal = services().portals.get("demo")
        object.__setattr__(portal, "clients", (*portal.clients, client))
        site.local.advance(600)
        access = enter("j1")
        site.call("GET", f"{issuer}/userinfo", 200, token=access)
        site.call("GET", f"{issuer}/jwks", 200)
        assert site.http.post(f"{issuer}/revoke", data={"token": access, **proven("j2")}).status_code == 200
        assert len(site.call("GET", "/v1/me/consents", 200, token=token)["items"]) == 1
        site.call("DELETE", "/v1/me/consents/clave", 204, token=token)
        enter("j3")
        site.call("POST", f"{issuer}/logout", 200, {"query": ""}, token)
        given.append(200)  # it takes what it is told when it is told again
        site.local.advance(600)
        site.local.settle()
        object.__setattr__(portal, "clients", portal.clients[:-1])


@contextmanager
def answering(status: int) -> Iterator[tuple[str, list[int]]]:
    """A server on loopback that answers with the last status in a list, or else with this one."""
    given: list[int] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            self.send_response(given[-1] if given else status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/", given
        server.shutdown()


def apply(site: Site, portal: str, form: dict[str, Any]) -> Any:
    solved = {"captcha": site.solved_captcha("register")}
    return site.call("POST", f"/v1/portals/{portal}/registrations", 202, {**form, **solved})["application"]


def request(site: Site, user: str | None, role: tuple[str, str], former: str | None = None) -> str:
    """Ask for a change of roles, and send its documents in as scans; return the application's id."""
    form: dict[str, Any] = {
        "request": {"sector": "no_financiero", "roles": [{"role": role[0], "action": role[1]}]},
        "organization": {
            "ruc": "1790012345001",
            "legal_name": "Cooperativa de Ejemplo",
            "email": "cooperativa@example.ec",
            "level": "Nivel 2",
            "representative_identifier": {"kind": "cedula", "number": make_cedula(17, 595959)},
            "representative_name": "José Cueva",
            "representative_email": "gerencia@example.ec",
        },
    }
    if user:
        form |= {"identifier": {"kind": "cedula", "number": user}, "email": f"{user}@example.ec"}
        form |= {"person_type": "natural", "full_name": "Ana Núñez", "is_employee": True, "position": "Contadora"}
    if former:
        form["former_user"] = {"identifier": {"kind": "cedula", "number": former}, "full_name": "Ana Núñez"}
    return send_in(site, apply(site, "seps", form))


def send_in(site: Site, application: dict[str, str]) -> str:
    """Send an application's documents in, signed by hand, and the application; its id."""
    path, token = f"/v1/applications/{application['id']}", application["access_token"]
    for kind in site.call("GET", path, 200, token=token)["missing"]:
        given = site.document("GET", f"{path}/documents/{kind}", 200, token)
        site.document("PUT", f"{path}/documents/{kind}", 200, token, scanned(given))
    site.call("POST", f"{path}/submit", 200, token=token)
    return str(application["id"])


def approve(site: Site, reviewer: str, application: str, portal: str = "seps") -> None:
    """Look at an application and its documents, and approve it."""
    site.local.advance(600)
    [line] = site.call("GET", f"/v1/review/applications?portal={portal}", 200, token=reviewer)["items"]
    assert line["id"] == application
    path = f"/v1/review/applications/{application}"
    documents = site.call("GET", path, 200, token=reviewer)["documents"]
    site.local.advance(600)
    for document in documents:
        site.document("GET", f"{path}/documents/{document['kind']}", 200, reviewer)
    site.call("POST", f"{path}/decision", 200, {"decision": "approve"}, reviewer)


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> set[Use]:
    """What each function does to what, in the course of a walk."""
    noted: set[Use] = set()
    outage: set[str] = set()
    invoke = InProcess.invoke
    sign_link = RequestSigner.generate_presigned_url
    call = BaseClient._make_api_call  # type: ignore[attr-defined]  # the stubs leave out what is private

    def invoke_named(self: InProcess, name: str, event: Any) -> Any:
        running.set(name)
        # each function reads its secrets: only here do they share a process
        for secret in ("keys", "authenticators", "_registry_key", "signer", "courier", "openid_keys", "openid_secret"):
            vars(services()).pop(secret, None)
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

    def link_noted(self: RequestSigner, **asked: Any) -> Any:
        if name := running.get():
            used = signed_uses(asked["operation_name"], asked["request_dict"])
            noted.update((name, action, target) for action, target in used)
        return sign_link(self, **asked)

    with (
        patch.object(RequestSigner, "generate_presigned_url", link_noted),
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
    return {(name, action, "sender" if action.startswith("ses:") else target) for name, action, target in found}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_what_it_does(name: str, used: set[Use]) -> None:
    assert {use for use in used if use[0] == name} - granted(name) == set()


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_may_do_nothing_else(name: str, used: set[Use]) -> None:
    # SES asks for both names when a mail is raw; what fails in the relay is sent by Lambda itself
    implied = {("MailFunction", "ses:SendEmail", "sender"), ("RelayFunction", "sqs:SendMessage", "RelayDeadLetters")}
    assert granted(name) - used - implied == set()
