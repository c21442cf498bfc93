"""Few round trips: each operation is held to the budget of the architecture, signature and session included."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import counted_calls
from tests.functions.conftest import EVENTS, NEW_PASSWORD, NUMBER, PASSWORD, bearer, event_of
from tests.papers import of_seps
from ventanilla.domain.accounts import Slot
from ventanilla.domain.grants import Grant
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.throttling import posts_a_day
from ventanilla.usecases import inbox

RIGHT = {"portal": "demo", "identifier": NUMBER, "password": PASSWORD}
DEMO = {"rawPath": "/v1/portals/demo/registrations", "pathParameters": {"portal": "demo"}}
FORM = {
    "identifier": {"kind": "cedula", "number": NUMBER},
    "given_names": "Ana Lucía",
    "surnames": "Prueba Ejemplo",
    "email": "ana.prueba@gad.example.ec",
    "password": PASSWORD,
}
READ, WRITE, QUERY, UPDATE = "BatchGetItem", "TransactWriteItems", "Query", "UpdateItem"


@pytest.fixture
def trips(site):
    """The calls to AWS that an act makes; the keys of tokens, which a process reads once, have been read."""
    site.services.keys.keyring(site.clock.now())

    def trips(act, status=None) -> Counter[str]:
        with counted_calls() as calls:
            answer = act()
        assert status is None or answer.status == status, answer.text
        return calls

    return trips


def test_register_takes_one_whether_the_number_is_new_or_taken(site, trips):
    new = trips(lambda: site.call("register", **DEMO, body=FORM), 202)
    site.account()
    taken = trips(lambda: site.call("register", **DEMO, body=FORM), 202)
    assert new == taken == {WRITE: 1}


class TestVerify:
    @pytest.fixture
    def token(self, site):
        application = site.application()
        return site.token("confirm", application.slot, application.token_id)

    def test_with_the_password_it_takes_two(self, site, trips, token):
        assert trips(lambda: site.call("verify.token-gone", body={"token": token, "password": PASSWORD}), 200) == {
            UPDATE: 1,
            WRITE: 1,
        }

    def test_the_link_alone_takes_one(self, site, trips, token):
        assert trips(lambda: site.call("verify.token-gone", body={"token": token}), 200) == {READ: 1}

    def test_a_password_that_is_set_takes_two(self, site, trips):
        application = site.application(portal="office", channel="link", password_hash=None)
        body = {"token": site.token("confirm", application.slot, application.token_id), "password": PASSWORD}
        assert trips(lambda: site.call("verify.password-token-gone", body=body), 200) == {READ: 1, WRITE: 1}

    def test_a_forged_token_takes_none(self, site, trips):
        assert trips(lambda: site.call("verify.token-gone"), 410) == {}


class TestSessions:
    def test_signing_in_takes_two(self, site, trips):
        site.account()
        assert trips(lambda: site.call("session.invalid-credentials", body=RIGHT), 201) == {READ: 1, WRITE: 1}

    def test_so_do_wrong_and_unknown(self, site, trips):
        unknown = trips(lambda: site.call("session.invalid-credentials", body=RIGHT), 401)
        site.account()
        wrong = trips(lambda: site.call("session.invalid-credentials", body={**RIGHT, "password": NEW_PASSWORD}), 401)
        assert unknown == wrong == {READ: 1, WRITE: 1}

    def test_one_with_a_hash_that_is_renewed_takes_two_as_well(self, site, trips, monkeypatch):
        site.account()
        monkeypatch.setattr(site.services.hasher, "is_outdated", lambda _: True)
        assert trips(lambda: site.call("session.invalid-credentials", body=RIGHT), 201) == {READ: 1, WRITE: 1}

    def test_a_check_takes_one_and_one_more_each_tenth_of_the_idle_time(self, site, trips):
        token = site.enter(site.account())
        check = lambda: site.call("inbox.unauthenticated", headers=bearer(token), query={"cursor": "x"})  # noqa: E731
        assert trips(check, 422) == {READ: 1}
        site.clock.advance(minutes=3)
        assert trips(check, 422) == {READ: 1, UPDATE: 1}
        assert trips(check, 422) == {READ: 1}

    def test_the_list_takes_one_beside_the_check(self, site, trips):
        token = site.enter(site.account())
        assert trips(lambda: site.call("session.list-unauthenticated", headers=bearer(token)), 200) == {
            READ: 1,
            QUERY: 1,
        }

    def test_leaving_takes_one_beside_the_check(self, site, trips):
        token = site.enter(site.account())
        act = lambda: site.call("session.end-unauthenticated", headers=bearer(token))  # noqa: E731
        assert trips(act, 204) == {READ: 1, WRITE: 1}  # what other systems are told goes with it
        token = site.enter(site.account(portal="staff"))  # none is to be told anything
        assert trips(act, 204) == {READ: 1, "DeleteItem": 1}

    def test_a_token_of_no_form_takes_none(self, site, trips):
        assert trips(lambda: site.call("account.unauthenticated", headers=bearer("x")), 401) == {}


class TestReset:
    def test_asking_takes_one_known_or_not(self, site, trips):
        unknown = trips(lambda: site.call("reset"), 202)
        site.account(portal="ipsot")
        assert unknown == trips(lambda: site.call("reset"), 202) == {"PutItem": 1}

    def test_confirming_takes_three(self, site, trips):
        account = site.account()
        lives = site.clock.now() + timedelta(hours=24)
        slot = Slot("reset", account.slot, random_id(), "demo", NUMBER, 1, lives)
        site.services.slots.hold(slot, instead_of=None)
        body = {"token": site.token("reset", account.slot, slot.id), "password": NEW_PASSWORD}
        assert trips(lambda: site.call("reset.confirm-token-gone", body=body), 204) == {READ: 2, WRITE: 1}


class TestNotifications:
    @pytest.fixture(autouse=True)
    def used_just_now(self, site, institution):
        """The use of the key has been written down within the hour."""
        site.services.quotas.use(posts_a_day(None), institution.id, site.clock.now())  # a block of the day is taken
        _, key = site.services.institutions.with_key(institution.id, "k1")
        site.services.institutions.note_use(key, site.clock.now())

    def test_the_first_use_of_a_key_in_an_hour_takes_one_more(self, site, trips, signer):
        site.clock.advance(minutes=59)
        assert trips(signer.post, 202) == {READ: 1, WRITE: 1}
        site.clock.advance(minutes=1)
        assert trips(lambda: signer.post(reference="RES-2"), 202) == {READ: 1, WRITE: 1, UPDATE: 1}
        assert trips(lambda: signer.post(reference="RES-3"), 202) == {READ: 1, WRITE: 1}

    def test_a_refusal_waits_for_no_note_of_the_use(self, site, trips, signer):
        site.clock.advance(hours=2)
        assert trips(lambda: signer.post(subject=""), 422) == {READ: 1}

    def test_a_post_by_session_takes_three(self, site, trips, institution):
        token = site.enter(site.account(portal="staff", grants=(Grant("institution_admin", institution.id),)))
        assert trips(lambda: site.call("notify.unsigned", headers=bearer(token)), 202) == {READ: 2, WRITE: 1}

    def test_a_post_takes_two_its_signatures_key_included(self, site, trips, signer):
        waiting = trips(signer.post, 202)
        site.account()
        open_ = trips(lambda: signer.post(reference="RES-2"), 202)
        assert waiting == open_ == {READ: 1, WRITE: 1}

    def test_a_replay_takes_two(self, trips, signer):
        signer.post()
        assert trips(signer.post, 202) == {READ: 1, "PutItem": 1}

    def test_looking_at_one_takes_three(self, trips, signer):
        signer.post()
        assert trips(signer.show, 200) == {READ: 1, "PutItem": 1, QUERY: 1}

    def test_without_a_signature_it_takes_none(self, site, trips):
        assert trips(lambda: site.call("notify.unsigned"), 401) == {}


class TestMailbox:
    @pytest.fixture
    def token(self, site, signer):
        token = site.enter(site.account())
        signer.post()
        return token

    def test_a_page_takes_two_the_check_of_the_session_included(self, site, trips, token):
        assert trips(lambda: site.call("inbox.unauthenticated", headers=bearer(token)), 200) == {READ: 1, QUERY: 1}

    def test_a_later_page_takes_one_more_for_the_count(self, site, trips, token, signer, monkeypatch):
        monkeypatch.setattr(inbox, "_PAGE", 1)
        signer.post(reference="RES-2")
        cursor = site.call("inbox.unauthenticated", headers=bearer(token)).json["next_cursor"]
        act = lambda: site.call("inbox.unauthenticated", headers=bearer(token), query={"cursor": cursor})  # noqa: E731
        assert trips(act, 200) == {READ: 2, QUERY: 1}

    def test_opening_takes_three(self, site, trips, token):
        act = lambda: site.call("inbox.open-unauthenticated", headers=bearer(token))  # noqa: E731
        assert trips(act, 200) == {READ: 1, QUERY: 1, WRITE: 1}

    def test_reading_again_takes_two(self, site, trips, token):
        site.call("inbox.open-unauthenticated", headers=bearer(token))
        act = lambda: site.call("inbox.show-unauthenticated", headers=bearer(token))  # noqa: E731
        assert trips(act, 200) == {READ: 1, QUERY: 1}


def test_what_only_shows_files_takes_none(site, trips):
    for name in ("public", "public.portal", "public.organizations", "public.health", "public.openapi", "public.docs"):
        assert trips(lambda name=name: site.call(name), 200) == {}


def test_the_keys_of_tokens_are_read_once_in_a_process(site):
    with counted_calls() as calls:
        for _ in range(3):
            site.call("verify.token-gone")
    assert calls == {"GetSecretValue": 1}


def test_what_is_owed_no_more_is_seen_in_one(site, trips):
    event = {"Records": EVENTS["mail"]["Records"][:1]}
    assert trips(lambda: site.handle("mail", event)) == {READ: 1}
    site.services.outbox.put(OutboxItem("reset", {"portal": "demo", "number": NUMBER}, site.clock.now(), id="a" * 26))
    assert trips(lambda: site.handle("mail", event)) == {READ: 2, QUERY: 1, "DeleteItem": 1}


class TestApplications:
    @pytest.fixture
    def request_of_roles(self, site):
        """A request for a role whose documents have come, and which waits for what is asked for."""

        def made(state):
            now = site.clock.now()
            record = {"signature": "scan", "sha256": "0" * 64, "at": now.isoformat()}
            documents = dict.fromkeys(("solicitud", "acuerdo", "consentimiento"), record)
            until = {"expires_at": now + timedelta(days=30), "link_expires_at": now + timedelta(days=3)}
            application = replace(of_seps(), state=state, documents=documents, reviewed=True, created_at=now, **until)
            site.services.applications.submit(application, None)
            return application

        return made

    def test_sending_in_takes_two(self, site, trips, request_of_roles):
        application = request_of_roles("documents")
        token = site.token("application", application.slot, application.id)
        event = at("apply.submit-unknown", application, headers=bearer(token))
        assert trips(lambda: site.call(event), 200) == {READ: 1, WRITE: 1}

    def test_deciding_takes_four_the_check_of_the_session_included(self, site, trips, request_of_roles):
        application = request_of_roles("review")
        reviewer = site.account(portal="staff", number="0912345678", grants=(Grant("reviewer", "seps"),))
        token = site.enter(reviewer)
        event = at("apply.decision-unauthenticated", application, headers=bearer(token), body={"decision": "approve"})
        assert trips(lambda: site.call(event), 200) == {READ: 3, WRITE: 1}


def at(name, application, **changes):
    """A sample event that names an application."""
    public_id = f"{application.slot}.{application.id}"
    event = event_of(name, **changes)
    return {**event, "pathParameters": {"id": public_id}, "rawPath": event["routeKey"].split()[1].format(id=public_id)}


def test_what_becomes_of_a_mail_takes_two_and_a_look_at_the_account_where_it_arrived_or_came_back(site, trips, signer):
    site.account()
    signer.post()
    taken = [
        trips(lambda one=one: site.handle("feedback", {"Records": [one]})) for one in EVENTS["feedback"]["Records"]
    ]
    assert taken == [
        {QUERY: 1, "PutItem": 1},  # sent
        {QUERY: 1, READ: 1, WRITE: 1, "PutItem": 1},  # came back
        {QUERY: 1, READ: 1, WRITE: 1, "PutItem": 1},  # arrived, and so ends the count
        {QUERY: 1, "PutItem": 1},  # complained of
    ]
