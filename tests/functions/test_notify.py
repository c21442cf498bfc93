"""Notify: an institution's system posts, looks, cancels; each request is signed by the product's own client."""

import dataclasses
import json

import pytest

from tests.functions.conftest import INSTITUTION, NOTIFICATION, NUMBER, bearer
from ventanilla.domain.throttling import LOOKUPS_OF_RECIPIENTS
from ventanilla.usecases.institutions import revoke_key


class TestPosting:
    def test_it_is_accepted_with_its_id(self, site, signer):
        site.account()
        answer = signer.post()
        assert (answer.status, answer.json) == (
            202,
            {"id": NOTIFICATION, "state": "available", "recipient": {"registered": True}},
        )
        assert "idempotency-replayed" not in answer.headers
        assert site.owed() == ["alert", "deadline"]

    def test_for_somebody_without_a_mailbox_it_waits(self, site, signer):
        assert signer.post().json == {
            "id": NOTIFICATION,
            "state": "waiting_for_account",
            "recipient": {"registered": False},
        }
        assert site.owed() == []

    def test_the_same_again_gives_the_first_answer_and_says_so(self, signer):
        first, again = signer.post(), signer.post()
        assert (again.status, again.json) == (202, first.json)
        assert again.headers["idempotency-replayed"] == "true"

    def test_other_content_is_told_the_first_ones_id(self, signer):
        signer.post()
        answer = signer.post(subject="Otro asunto")
        assert (answer.status, answer.problem) == (409, "reference-taken")
        assert (answer.json["id"], answer.json["retryable"]) == (NOTIFICATION, False)

    def test_a_mailbox_that_it_was_not_given_is_refused(self, signer):
        answer = signer.post(portal="ipsot")
        assert (answer.status, answer.problem) == (403, "portal-not-allowed")

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ({"subject": ""}, ("subject", "too_short")),
            ({"subject": "x" * 201}, ("subject", "too_long")),
            ({"subject": "a\nb"}, ("subject", "one_line")),
            ({"subject": "\u200b\u2060"}, ("subject", "too_short")),
            ({"reference": "\u200b"}, ("reference", "too_short")),
            ({"available_from": 1_800_000_000}, ("available_from", "instant_form")),
            ({"body": "<script>alert(1)</script>"}, ("body", "markdown_html")),
            ({"body": "x" * 40_001}, ("body", "too_long")),
            ({"reference": "x" * 101}, ("reference", "too_long")),
            ({"recipient": {"kind": "cedula", "number": "1"}}, ("recipient.number", "cedula_length")),
            ({"recipient": {"kind": "nui", "number": NUMBER}}, ("recipient.kind", "choice")),
            ({"deadline": {}}, ("deadline", "deadline_one")),
            ({"deadline": {"working_days": 5, "days": 5}}, ("deadline", "deadline_one")),
            ({"deadline": {"days": 366}}, ("deadline.days", "number_large")),
            ({"deadline": {"days": 5, "from": "birth"}}, ("deadline.from", "choice")),
            ({"deadline": {"date": "2027-03-31", "from": "opening"}}, ("deadline", "deadline_from")),
            ({"deadline": {"working_days": 0}}, ("deadline.working_days", "number_small")),
            ({"deadline": {"working_days": 366}}, ("deadline.working_days", "number_large")),
            ({"deadline": {"working_days": "5"}}, ("deadline.working_days", "number_expected")),
            ({"deadline": {"date": "mañana"}}, ("deadline.date", "date_form")),
            ({"deadline": {"date": "2027-02-28"}}, ("deadline.date", "deadline_past")),
            ({"locale": "qu"}, ("locale", "choice")),
            ({"institution": "otra"}, ("institution", "unknown_field")),
            ({"category": "x" * 61}, ("category", "too_long")),
            ({"portal": "x" * 3000}, ("portal", "too_long")),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_what_does_not_fit_is_refused_by_its_field(self, signer, change, fault):
        answer = signer.post(**change)
        assert (answer.status, answer.faults) == (422, {fault})

    def test_markdown_may_say_that_one_thing_is_smaller_than_another(self, signer):
        assert signer.post(body="1 < 2 y 3<4").status == 202


class TestLooking:
    def test_state_and_timeline_are_shown(self, site, signer):
        site.account()
        signer.post()
        shown = signer.show().json
        assert (shown["state"], shown["reference"]) == ("available", "RES-2027-0001")
        path = f"/v1/notifications/{shown['id']}/receipt"
        assert [one["href"] for one in shown["receipts"]] == [path, f"{path}?format=json"]
        assert [moment["state"] for moment in shown["timeline"]] == ["accepted", "available"]
        assert shown["timeline"][0]["at"] == "2027-03-01T15:00:00.000Z"
        assert shown["deadline"] == {"date": "2027-03-15", "working_days": 10}

    def test_calendar_days_from_opening_are_known_once_it_is_opened(self, site, signer):
        token = site.enter(site.account())
        signer.post(deadline={"days": 10, "from": "opening"})
        assert signer.show().json["deadline"] == {"date": None, "working_days": None, "days": 10, "from": "opening"}
        assert signer.deadline().json == {"start": None, "end": None, "days": []}
        site.call("inbox.open-unauthenticated", headers=bearer(token))
        assert signer.show().json["deadline"]["date"] == signer.deadline().json["end"] == "2027-03-11"
        [line] = site.call("inbox.unauthenticated", headers=bearer(token)).json["items"]
        assert line["deadline"]["date"] == "2027-03-11"

    def test_without_a_deadline_there_is_no_computation(self, signer):
        signer.post(deadline=None)
        assert (signer.deadline().status, signer.deadline().problem) == (404, "not-found")

    @pytest.mark.parametrize("number", ["x", NOTIFICATION[::-1], "x" * 3000])
    def test_what_is_not_there_is_not_found(self, signer, number):
        signer.post()
        assert signer.show(number).problem == signer.cancel(number).problem == "not-found"

    def test_its_own_are_listed(self, site, signer):
        site.account()
        signer.post()
        number = {"notification": NOTIFICATION, "portal": "demo", "number": NUMBER}
        entry = site.services.notifications.letter(NOTIFICATION).entry
        told = {"id": "x", "state": "accepted", "at": "2027-03-01T15:00:00+00:00", "entry": entry, **number}
        site.services.feed.append(INSTITUTION, [told])
        page = signer.list().json
        assert [(one["reference"], one["state"]) for one in page["items"]] == [("RES-2027-0001", "available")]
        assert page["next_cursor"] is None

    def test_a_cursor_that_is_none_of_ours_is_refused(self, signer):
        assert signer.list("x").faults == {("cursor", "cursor")}


class TestEvents:
    @pytest.fixture
    def events(self, signer):
        return lambda *place: signer._read(signer.client.events(*place))

    def test_they_are_followed_from_place_to_place(self, site, events, institution):
        at = "2027-03-01T15:00:00+00:00"
        for number, state in enumerate(("accepted", "available", "opened")):
            event = {"id": f"x-{number}", "notification": "x", "reference": "RES-1", "state": state, "at": at}
            site.services.feed.append(INSTITUTION, [event])
        first = events(None, 2).json
        assert [event["id"] for event in first["items"]] == ["x-0", "x-1"]
        assert first["items"][0]["at"] == "2027-03-01T15:00:00.000Z"
        second = events(first["next"]).json
        assert [event["state"] for event in second["items"]] == ["opened"]
        assert events(second["next"]).json == {"items": [], "next": "3"}

    @pytest.mark.parametrize(
        ("place", "fault"),
        [
            (("x",), ("after", "cursor")),
            ((None, 1001), ("limit", "number_large")),
            ((None, -1), ("limit", "number_small")),
        ],
    )
    def test_a_place_that_is_none_of_ours_is_refused(self, events, place, fault):
        answer = events(*place)
        assert (answer.status, answer.faults) == (422, {fault})


class TestRecipients:
    @pytest.fixture
    def look_up(self, signer):
        return lambda kind="cedula", number=NUMBER, portal="demo": signer._read(
            signer.client.recipient(kind, number, portal)
        )

    def test_it_tells_whether_a_mailbox_is_open_and_no_more(self, site, look_up):
        assert look_up().json == {"registered": False}
        site.account()
        assert (look_up().status, look_up().json) == (200, {"registered": True})

    @pytest.mark.parametrize(
        ("asked", "fault"),
        [
            (("cedula", "1"), ("number", "cedula_length")),
            (("nui", NUMBER), ("kind", "choice")),
            (("cedula", NUMBER, "x" * 41), ("portal", "too_long")),
        ],
    )
    def test_what_does_not_fit_is_refused_by_its_field(self, look_up, asked, fault):
        answer = look_up(*asked)
        assert (answer.status, answer.faults) == (422, {fault})

    def test_a_mailbox_that_it_was_not_given_is_not_told_of(self, look_up):
        assert look_up(portal="ipsot").problem == "portal-not-allowed"

    def test_past_its_quota_an_institution_waits_for_the_next_hour(self, site, look_up):
        quota = LOOKUPS_OF_RECIPIENTS
        for _ in range(quota.limit):
            assert site.services.quotas.use(quota, INSTITUTION, site.clock.now()) == 0
        answer = look_up()
        assert (answer.status, answer.problem, answer.json["retryable"]) == (429, "quota-passed", True)
        assert 0 < int(answer.headers["retry-after"]) <= 3601
        site.clock.advance(seconds=int(answer.headers["retry-after"]))
        assert look_up().status == 200


class TestCancelling:
    def test_it_may_say_why(self, signer):
        signer.post()
        assert "cancel_reason" not in signer.show().json
        assert signer.cancel(reason="Dirigida a otra persona").json["cancel_reason"] == "Dirigida a otra persona"

    def test_a_reason_that_is_too_long_is_refused(self, signer):
        signer.post()
        answer = signer.cancel(reason="x" * 501)
        assert (answer.status, answer.faults) == (422, {("reason", "too_long")})

    def test_it_is_taken_back_once(self, signer):
        signer.post()
        assert (signer.cancel().json["state"], signer.cancel().json["state"]) == ("cancelled", "cancelled")
        assert [moment["state"] for moment in signer.show().json["timeline"]].count("cancelled") == 1

    def test_what_was_opened_stays(self, site, signer):
        token = site.enter(site.account())
        signer.post()
        assert site.call("inbox.open-unauthenticated", headers=bearer(token)).status == 200
        assert (signer.cancel().status, signer.cancel().problem) == (409, "already-opened")


class TestSignatures:
    def test_a_request_that_is_heard_twice_is_refused(self, site, signer):
        heard = []
        signer.change = lambda event: heard.append(event) or event
        signer.post()
        signer.list()
        for event in heard:
            answer = site.call(event)
            assert (answer.status, answer.problem) == (401, "signature-nonce-seen")

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            ({"rawPath": "/v1/notifications/other"}, "invalid"),
            ({"rawQueryString": "cursor=1"}, "invalid"),
        ],
    )
    def test_what_was_signed_is_what_is_asked_for(self, signer, change, reason):
        signer.post()
        signer.change = lambda event: {**event, **change}
        assert signer.show().problem == f"signature-{reason}"

    def test_another_body_than_the_one_signed_is_refused(self, signer):
        signer.change = lambda event: {**event, "body": json.dumps({**json.loads(event["body"]), "subject": "Otro"})}
        assert signer.post().problem == "signature-digest"

    def test_whatever_host_the_request_names_the_public_address_counts(self, signer):
        signer.change = lambda event: {**event, "headers": {**event["headers"], "host": "evil.example"}}
        assert signer.post().status == 202

    @pytest.mark.parametrize(("span", "reason"), [({"seconds": 301}, "stale"), ({"seconds": -31}, "ahead")])
    def test_one_of_another_hour_is_refused(self, site, signer, span, reason):
        def later(event):
            site.clock.advance(**span)
            return event

        signer.change = later
        assert signer.post().problem == f"signature-{reason}"

    def test_a_revoked_key_is_refused_at_once(self, site, signer):
        assert signer.post().status == 202
        revoke_key(INSTITUTION, "k1", institutions=site.services.institutions, clock=site.clock)
        assert signer.list().problem == "signature-key"

    def test_the_refusal_says_what_is_wanted(self, site, signer):
        signer.change = lambda event: {**event, "rawPath": "/v1/notifications/other"}
        answer = signer.show()
        assert answer.headers["accept-signature"].startswith('ventanilla=("@method" "@authority" "@path" "@query"')

    def test_a_suspended_institution_may_not_post(self, site, signer, institution, monkeypatch):
        with_key = site.services.institutions.with_key

        def suspended(*args):
            found, key = with_key(*args)
            return dataclasses.replace(found, status="suspended"), key

        monkeypatch.setattr(site.services.institutions, "with_key", suspended)
        answer = signer.post()
        assert (answer.status, answer.problem) == (403, "institution-suspended")

    @pytest.mark.parametrize("portal", ["x" * 3000, "x" * 40_000, "ñ" * 2000])
    def test_an_unproven_body_makes_no_key_that_the_store_cannot_look_up(self, site, signer, portal):
        # what a body names is read ahead before its signature is proven
        signer.change = lambda event: {**event, "body": event["body"].replace('"demo"', json.dumps(portal))}
        assert signer.post().problem == "signature-digest"


def test_a_citizen_is_no_institution(site):
    token = site.enter(site.account())
    assert site.call("notify.list-unsigned", headers=bearer(token)).status == 401
