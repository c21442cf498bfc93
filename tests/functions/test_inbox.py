"""Inbox: the citizen looks, opens, reads."""

import pytest

from tests.functions.conftest import NOTIFICATION, bearer
from ventanilla.usecases import inbox

LOOK, OPEN, SHOW = "inbox.unauthenticated", "inbox.open-unauthenticated", "inbox.show-unauthenticated"


@pytest.fixture
def token(site):
    return site.enter(site.account())


class TestLooking:
    def test_an_empty_mailbox_has_an_empty_page(self, site, token):
        assert site.call(LOOK, headers=bearer(token)).json == {"items": [], "next_cursor": None, "unread_count": 0}

    def test_the_list_shows_the_envelope(self, site, token, signer):
        signer.post()
        page = site.call(LOOK, headers=bearer(token)).json
        [line] = page["items"]
        assert line == {
            "id": NOTIFICATION,
            "reference": "RES-2027-0001",
            "institution": {
                "id": "municipio-ejemplo",
                "name": "Municipio de Ejemplo",
                "contact": {"email": "m@example.ec"},
            },
            "subject": "Resolución de su trámite",
            "category": "resolucion",
            "received_at": "2027-03-01T15:00:00.000Z",
            "deadline": {"date": "2027-03-15", "working_days": 10},
            "opened_at": None,
            "attachment_count": 0,
        }
        assert page["unread_count"] == 1

    def test_pages_follow_each_other(self, site, token, signer, monkeypatch):
        monkeypatch.setattr(inbox, "_PAGE", 3)
        for number in range(5):
            signer.post(reference=f"RES-{number}")
            site.clock.advance(seconds=1)
        first = site.call(LOOK, headers=bearer(token)).json
        second = site.call(LOOK, headers=bearer(token), query={"cursor": first["next_cursor"]}).json
        seen = [[line["reference"] for line in page["items"]] for page in (first, second)]
        assert seen == [["RES-4", "RES-3", "RES-2"], ["RES-1", "RES-0"]]
        assert (second["next_cursor"], second["unread_count"]) == (None, 5)

    def test_it_can_be_narrowed(self, site, token, signer):
        signer.post()
        signer.post(reference="RES-2", deadline=None)
        site.call(OPEN, headers=bearer(token))
        for query, references in (
            ({"unread": "true"}, ["RES-2"]),
            ({"institution": "municipio-ejemplo"}, ["RES-2", "RES-2027-0001"]),
            ({"institution": "otra"}, []),
            ({"deadline": "true"}, ["RES-2027-0001"]),
            ({"deadline": "true", "unread": "true"}, []),
        ):
            page = site.call(LOOK, headers=bearer(token), query=query).json
            assert sorted(line["reference"] for line in page["items"]) == references

    @pytest.mark.parametrize(("query", "field"), [({"cursor": "x"}, "cursor"), ({"unread": "perhaps"}, "unread")])
    def test_a_query_that_does_not_fit_is_refused(self, site, token, query, field):
        answer = site.call(LOOK, headers=bearer(token), query=query)
        assert (answer.status, {name for name, _ in answer.faults}) == (422, {field})


class TestOpening:
    def test_it_is_recorded_once_and_the_whole_letter_is_shown(self, site, token, signer):
        signer.post()
        first = site.call(OPEN, headers=bearer(token))
        site.clock.advance(minutes=5)
        again = site.call(OPEN, headers=bearer(token))
        assert (first.status, first.json["opened_at"]) == (200, "2027-03-01T15:00:00.000Z")
        assert first.json["body"].startswith("Estimada usuaria:")
        assert again.json == first.json == site.call(SHOW, headers=bearer(token)).json
        assert [moment["state"] for moment in signer.show().json["timeline"]] == ["accepted", "available", "opened"]

    def test_nothing_is_read_by_accident(self, site, token, signer):
        signer.post()
        answer = site.call(SHOW, headers=bearer(token))
        assert (answer.status, answer.problem) == (409, "not-opened")
        assert "resuelto" not in answer.text
        assert signer.show().json["state"] == "available"

    def test_what_was_taken_back_is_said_to_be(self, site, token, signer):
        signer.post()
        signer.cancel()
        for name in (OPEN, SHOW):
            answer = site.call(name, headers=bearer(token))
            assert (answer.status, answer.problem) == (409, "notification-cancelled")

    def test_another_persons_letter_is_not_found(self, site, signer):
        site.account()
        signer.post()
        stranger = site.account(number="0912345678")
        credentials = {"portal": "demo", "identifier": stranger.number, "password": "cuatro llamas bajo la lluvia"}
        token = site.call("session.invalid-credentials", body=credentials).json["token"]
        for name in (OPEN, SHOW):
            assert site.call(name, headers=bearer(token)).problem == "not-found"

    @pytest.mark.parametrize("number", ["x", "x" * 3000, "ñ" * 26])
    def test_what_is_not_there_is_not_found(self, site, token, number):
        event = {"rawPath": f"/v1/inbox/{number}", "pathParameters": {"id": number}}
        assert site.call(SHOW, headers=bearer(token), **event).problem == "not-found"


class TestWhoMay:
    def test_an_account_that_proves_too_little_is_told_so(self, site):
        token = site.enter(site.account(portal="office", accepted={"use": "2", "privacy": "1"}))
        for name in (LOOK, OPEN, SHOW):
            answer = site.call(name, headers=bearer(token))
            assert (answer.status, answer.problem) == (403, "assurance-too-low")

    def test_a_portal_without_a_mailbox_has_none(self, site):
        token = site.enter(site.account(portal="ipsot"))
        assert site.call(LOOK, headers=bearer(token)).problem == "not-found"


def test_the_computation_of_a_deadline_is_shown_also_before_the_opening(site, token, signer):
    signer.post()
    shown = site.call("inbox.deadline-unauthenticated", headers=bearer(token)).json
    assert (shown["start"], shown["end"], len(shown["days"])) == ("2027-03-01", "2027-03-15", 15)
    assert shown["days"][:2] == [
        {"date": "2027-03-01", "counted": False, "why": "start"},
        {"date": "2027-03-02", "counted": True, "why": "working_day"},
    ]
    assert sum(day["counted"] for day in shown["days"]) == 10


def test_one_that_is_not_there_has_no_computation(site, token):
    assert site.call("inbox.deadline-unauthenticated", headers=bearer(token)).problem == "not-found"
