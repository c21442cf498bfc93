"""Test keys over HTTP: an institution tries everything out, and reaches nobody."""

from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from cli.client import InstitutionClient
from tests.flows.town import draft, expect, fates, problem, states

NO_ACCOUNT, BOUNCE, COMPLAINT, AFTER_5 = "3000000012", "3000000020", "3000000038", "3000000046"


KEY = Ed25519PrivateKey.generate()


@pytest.fixture(scope="module")
def trier(town):
    """A client with a test key of the demo institution."""
    from ventanilla.usecases.institutions import add_key
    from ventanilla.wiring import services

    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    made, institution = services(), town.local.demo["institution"]["id"]
    with town.local.lock:
        added = add_key(institution, "t1", public, institutions=made.institutions, clock=made.clock, test=True)
    with InstitutionClient(town.local.base_url, added.id, KEY) as client:
        yield client


def tried(town, trier, to, **changes):
    """Post by the test key, and wait; the notification as its institution sees it."""
    posted = expect(trier.post(draft(to, **changes)), 202)
    town.local.settle()
    return expect(trier.get(posted["id"]), 200)


@pytest.mark.parametrize(
    ("number", "state", "told"),
    [
        (NO_ACCOUNT, "waiting_for_account", []),
        (BOUNCE, "alerted", ["sent", "bounced"]),
        (COMPLAINT, "alerted", ["sent", "delivered", "complained"]),
    ],
)
def test_reserved_recipients_play_their_parts(town, trier, number, state, told):
    shown = tried(town, trier, number)
    assert (shown["state"], fates(shown)) == (state, told)


def test_one_is_opened_after_a_while_and_the_clock_can_be_moved(town, trier):
    shown = tried(town, trier, AFTER_5)
    assert shown["state"] == "alerted"
    town.local.advance(6)
    town.local.settle()
    shown = expect(trier.get(shown["id"]), 200)
    assert states(shown) == ["accepted", "available", "alerted", "opened"]


def test_a_citizen_neither_gets_a_mail_nor_sees_anything(town, trier):
    citizen = town.settler()
    mails = town.mails()
    shown = tried(town, trier, citizen, deadline={"days": 3})
    assert fates(shown) == ["sent", "delivered"]
    assert town.mails() == mails
    page = citizen.get("/v1/inbox")
    assert (page["items"], page["unread_count"]) == ([], 0)
    for method, path in (("POST", "opening"), ("GET", ""), ("GET", "deadline")):
        problem(citizen.call(method, f"/v1/inbox/{shown['id']}/{path}".rstrip("/")), 404, "not-found")
    assert citizen.get("/v1/me/export")["notifications"] == []
    assert expect(trier.cancel(shown["id"]), 200)["state"] == "cancelled"
    assert town.mails() == mails


def test_list_feed_and_references_are_the_shadows_own(town, trier):
    citizen = town.settler()
    shown = tried(town, trier, citizen, reference="TRIED-1")
    real = town.notify(citizen, reference="TRIED-1")
    assert real["id"] != shown["id"]
    for client, own, other in ((trier, shown, real), (town.sender, real, shown)):
        listed = [line["id"] for line in expect(client.list(), 200)["items"]]
        told = {event["notification"] for event in _events(client)}
        assert own["id"] in listed
        assert own["id"] in told
        assert other["id"] not in (*listed, *told)
        problem(client.get(other["id"]), 404, "not-found")
        problem(client.cancel(other["id"]), 404, "not-found")


def test_posting_again_is_idempotent_and_looking_up_asks_no_register(town, trier):
    first = trier.post(draft(NO_ACCOUNT, reference="TRIED-2"))
    again = trier.post(draft(NO_ACCOUNT, reference="TRIED-2"))
    assert expect(first, 202) == expect(again, 202)
    assert again.headers["idempotency-replayed"] == "true"
    expect(trier.post(draft(NO_ACCOUNT, reference="TRIED-2", subject="Otro")), 409)
    assert expect(trier.recipient("cedula", town.person().number, "demo"), 200) == {"registered": True}
    assert expect(trier.recipient("cedula", NO_ACCOUNT, "demo"), 200) == {"registered": False}


def test_what_is_for_later_is_available_within_seconds_of_its_hour(town, trier):
    at = (town.local.clock.now() + timedelta(seconds=300)).isoformat()
    shown = tried(town, trier, BOUNCE, available_from=at)
    assert shown["state"] == "accepted"
    town.local.advance(301)
    town.local.settle()
    assert fates(expect(trier.get(shown["id"]), 200)) == ["sent", "bounced"]


def test_a_test_key_signs_for_its_shadow_alone(town, trier):
    institution = town.local.demo["institution"]["id"]
    for key_id in (f"{institution}.t1", f"test-test-{institution}.t1", "test-.t1"):
        with InstitutionClient(town.local.base_url, key_id, KEY) as posing:
            problem(posing.list(), 401, "signature-key")


def _events(client):
    after, found = "0", []
    while items := (page := expect(client.events(after=after, limit=1000), 200))["items"]:
        found += items
        after = page["next"]
    return found
