"""Webhooks: set by signature or by session, owed by the feed, served by a function of their own."""

import json

import httpx
import pytest

from tests.functions.conftest import EVENTS, INSTITUTION, bearer, event_of
from ventanilla.domain.grants import Grant
from ventanilla.domain.institutions import Institution, trail_of
from ventanilla.domain.webhooks import owed_to
from ventanilla.usecases.institutions import add_institution

URL = "https://eventos.ejemplo.gob.ec/ventanilla"
ITEM = owed_to(INSTITUTION, None).id


@pytest.fixture
def hook(signer):
    """Ask as the institution's system."""

    def hook(method="GET", verb="", body=None, institution=INSTITUTION):
        content = json.dumps(body).encode() if body is not None else None
        path = f"/v1/institutions/{institution}/webhook{verb}"
        signed = httpx.Request(method, f"https://ventanilla.example.ec{path}", content=content)
        if content:
            signed.headers["content-type"] = "application/json"
        signer.client._sign(signed, content)
        names = {"GET": "webhook", "PUT": "set-webhook", "DELETE": "remove-webhook", "POST": "resume-webhook"}
        event = event_of(f"institutions.{names[method]}-unsigned", headers=dict(signed.headers), rawPath=path)
        event["pathParameters"] = {"id": institution}
        event["body"] = (content or b"").decode()
        return signer.site.call(event)

    return hook


class Courier:
    def __init__(self):
        self.given, self.error = [], None

    def deliver(self, url, body, now):
        self.given.append((url, json.loads(body)))
        return self.error


@pytest.fixture
def courier(site):
    courier = Courier()
    site.services.__dict__["courier"] = courier
    return courier


def deliver(site):
    """Let the function see all that is owed, and what was: each message comes at least once."""
    event = json.loads(json.dumps(EVENTS["webhook"]))
    record = event["Records"][0]
    owed = {ITEM, *(item.id for item in site.services.outbox._row.scan())}
    event["Records"] = [{**record, "messageId": one, "body": json.dumps({"id": one})} for one in sorted(owed)]
    return site.handle("webhook", event)


def test_a_system_sets_sees_resumes_and_removes_it(hook):
    assert hook().problem == "not-found"
    answer = hook("PUT", body={"url": URL})
    assert (answer.status, answer.json) == (
        200,
        {"url": URL, "status": "active", "delivered": "0", "failing_since": None, "last_error": None},
    )
    assert hook().json == answer.json
    assert hook("POST", "/resume").status == 200
    assert hook("POST", "/resume", {"after": "0"}).status == 200
    assert hook("POST", "/resume", {"after": "1"}).faults == {("after", "cursor")}
    assert hook("DELETE").status == 204
    assert hook().problem == "not-found"


def test_no_other_institutions(hook):
    for method, verb, body in (
        ("GET", "", None),
        ("PUT", "", {"url": URL}),
        ("DELETE", "", None),
        ("POST", "/resume", {}),
    ):
        assert hook(method, verb, body, institution="otro-municipio").problem == "not-found"


@pytest.mark.parametrize(
    "url", ["http://a.ec/", "https://127.0.0.1/", "https://a.ec:8443/", "https://169.254.169.254/"]
)
def test_an_address_that_is_not_public_https_is_refused_with_its_field(hook, url):
    answer = hook("PUT", body={"url": url})
    assert (answer.status, answer.faults) == (422, {("url", "webhook_url")})


def test_nothing_is_owed_where_there_is_none(site, institution):
    site.handle("feed")
    assert site.owed() == []


def test_what_the_feed_tells_is_delivered_once(site, hook, courier):
    hook("PUT", body={"url": URL})
    deliver(site)
    assert site.owed() == []
    site.handle("feed")
    assert site.owed() == ["webhook"]
    assert deliver(site) == {"batchItemFailures": []}
    [(url, call)] = courier.given
    assert url == URL
    assert [one["state"] for one in call["items"]] == ["accepted", "available", "alerted"]
    assert "1712345675" not in json.dumps(call)  # no number of a person: only what GET /v1/events tells
    assert site.owed() == []
    assert hook().json["delivered"] == call["next"] == "3"
    deliver(site)
    assert len(courier.given) == 1


def test_a_failure_is_seen_and_stays_owed(site, hook, courier):
    hook("PUT", body={"url": URL})
    site.handle("feed")
    courier.error = "status-503"
    assert deliver(site) == {"batchItemFailures": []}  # the schedule tries again, not the queue
    said = hook().json
    assert (said["status"], said["last_error"], said["delivered"]) == ("failing", "status-503", "0")
    assert site.owed() == ["webhook"]


def test_a_poisoned_message_comes_back_alone(site):
    assert len(site.handle("webhook.poisoned")["batchItemFailures"]) == 1


class TestByItsAdministrator:
    RUC = EVENTS["institutions.unauthenticated"]["pathParameters"]["id"]

    @pytest.fixture
    def ask(self, site):
        add_institution(Institution(self.RUC, "Municipio", {}, ("demo",)), institutions=site.services.institutions)
        grants = tuple(Grant("institution_admin", scope) for scope in (self.RUC, "1760000000001"))
        token = site.enter(site.account(portal="staff", number="0912345678", grants=grants))

        def ask(name, institution=self.RUC, **changes):
            event = event_of(f"institutions.{name}-unsigned", headers=bearer(token), **changes)
            event["pathParameters"] = {"id": institution}
            event["rawPath"] = event["rawPath"].replace(INSTITUTION, institution)
            return site.call(event)

        return ask

    def test_the_path_says_for_which_institution(self, ask):
        assert ask("set-webhook").json["status"] == "active"
        assert ask("webhook").json["url"] == URL
        assert ask("resume-webhook").status == 200
        assert ask("remove-webhook").status == 204

    def test_none_that_they_do_not_administer(self, ask, institution):
        assert ask("set-webhook", institution=INSTITUTION).problem == "not-found"

    def test_the_audit_names_them(self, site, ask):
        ask("set-webhook")
        [entry] = site.services.audits.trail(trail_of(self.RUC))
        assert (entry.act, entry.by_name) == ("webhook_set", "Ana Lucía Prueba Ejemplo")


def test_an_account_that_administers_none_needs_a_signature(site, institution):
    token = site.enter(site.account())
    assert site.call("institutions.webhook-unsigned", headers=bearer(token)).status == 401
