"""The institution's side: posting once, looking, cancelling, deadlines, recipients without an account."""

from datetime import date, timedelta, timezone

import holidays
import pytest

from tests.flows.town import codes, draft, expect, new_number, problem, states

ECUADOR = timezone(timedelta(hours=-5))


@pytest.fixture(scope="module")
def dweller(town):
    return town.settler()


@pytest.fixture
def citizen(dweller):
    """One for all tests, who enters again where the clock has run ahead."""
    if dweller.call("GET", "/v1/sessions").status_code == 401:
        dweller.enter()
    return dweller


class TestIdempotence:
    def test_the_same_content_gives_the_first_answer_again_and_one_mail(self, town, citizen):
        notification = draft(citizen, reference="SAME-1")
        first, second = town.sender.post(notification), town.sender.post(notification)
        assert expect(first, 202) == expect(second, 202)
        assert "idempotency-replayed" not in first.headers
        assert second.headers["idempotency-replayed"] == "true"
        assert sum("SAME-1" in subject for subject in citizen.subjects()) == 1
        assert [line["reference"] for line in citizen.get("/v1/inbox")["items"]].count("SAME-1") == 1

    def test_the_first_answer_is_given_even_after_the_opening(self, town, citizen):
        notification = draft(citizen)
        first = expect(town.sender.post(notification), 202)
        expect(citizen.open(first["id"]), 200)
        assert expect(town.sender.post(notification), 202) == first

    def test_spaces_around_a_reference_are_not_part_of_it(self, town, citizen):
        first = expect(town.sender.post(draft(citizen, reference="SPACE-1")), 202)
        again = town.sender.post(draft(citizen, reference="  SPACE-1 "))
        assert expect(again, 202) == first
        assert again.headers["idempotency-replayed"] == "true"

    @pytest.mark.parametrize(
        "change",
        [
            {"body": "Otro cuerpo."},
            {"subject": "Otro asunto"},
            {"recipient": {"kind": "cedula", "number": new_number()}},
            {"category": "multa"},
            {"deadline": {"working_days": 3}},
            {"locale": "en"},
        ],
        ids=lambda change: next(iter(change)),
    )
    def test_other_content_is_a_conflict_that_names_the_first_one(self, town, citizen, change):
        reference = f"OTHER-{next(iter(change))}"
        first = expect(town.sender.post(draft(citizen, reference=reference)), 202)
        body = problem(
            town.sender.post(draft(citizen, reference=reference, **change)), 409, "reference-taken", "reference"
        )
        assert (body["id"], body["retryable"]) == (first["id"], False)
        assert first["id"] in body["detail"]
        assert expect(town.sender.get(first["id"]), 200)["subject"] == "Resolución de su solicitud"

    def test_another_institution_may_use_the_same_reference(self, town, citizen):
        first = expect(town.sender.post(draft(citizen, reference="SHARED-1")), 202)
        with town.institution("gad-otavalo") as other:
            second = expect(other.post(draft(citizen, reference="SHARED-1")), 202)
        assert first["id"] != second["id"]


class TestCancelling:
    def test_before_it_is_opened_it_vanishes_from_the_mailbox(self, town, citizen):
        unread = citizen.get("/v1/inbox")["unread_count"]
        notification = town.notify(citizen, reference="CANCEL-1")["id"]
        assert citizen.get("/v1/inbox")["unread_count"] == unread + 1
        shown = expect(town.sender.cancel(notification), 200)
        assert (shown["state"], states(shown)) == ("cancelled", ["accepted", "available", "alerted", "cancelled"])
        page = citizen.get("/v1/inbox")
        assert page["unread_count"] == unread
        assert "CANCEL-1" not in [line["reference"] for line in page["items"]]
        problem(citizen.open(notification), 409, "notification-cancelled")
        problem(citizen.call("GET", f"/v1/inbox/{notification}"), 409, "notification-cancelled")

    def test_to_cancel_again_changes_nothing(self, town, citizen):
        notification = town.notify(citizen)["id"]
        first = expect(town.sender.cancel(notification), 200)
        assert expect(town.sender.cancel(notification), 200) == first

    def test_what_was_opened_cannot_be_taken_back(self, town, citizen):
        notification = town.notify(citizen)["id"]
        expect(citizen.open(notification), 200)
        problem(town.sender.cancel(notification), 409, "already-opened")
        assert expect(town.sender.get(notification), 200)["state"] == "opened"
        assert expect(citizen.call("GET", f"/v1/inbox/{notification}"), 200)["id"] == notification

    def test_what_still_waits_can_be_cancelled_and_is_never_released(self, town):
        number = new_number()
        kept, dropped = town.notify(number)["id"], town.notify(number, reference="DROPPED-1")["id"]
        assert expect(town.sender.cancel(dropped), 200)["state"] == "cancelled"
        late = town.citizen(number=number)
        page = late.get("/v1/inbox")
        assert ([line["id"] for line in page["items"]], page["unread_count"]) == ([kept], 1)
        assert late.subjects()[0].startswith("1 notificación le espera")
        assert expect(town.sender.get(dropped), 200)["state"] == "cancelled"


class TestRecipientWithoutAccount:
    def test_it_waits_and_when_the_mailbox_opens_one_mail_tells_of_all(self, town):
        person = town.person()
        first = town.notify(person, deadline={"working_days": 5})
        second = town.notify(person)
        assert first["state"] == second["state"] == "waiting_for_account"
        assert first["recipient"] == {"registered": False}
        assert person.mails() == []
        town.local.advance(3 * 86_400)

        expect(person.register(), 202)
        person.confirm()
        person.enter()
        assert [subject[:30] for subject in person.subjects()] == [
            "2 notificaciones le esperan en",
            "Confirme su registro en Portal",
        ]
        page = person.get("/v1/inbox")
        assert page["unread_count"] == 2
        assert [line["id"] for line in page["items"]] == [second["id"], first["id"]]
        for posted in (first, second):
            shown = expect(town.sender.get(posted["id"]), 200)
            assert states(shown) == ["accepted", "waiting_for_account", "available"]

    def test_its_term_runs_from_the_day_on_which_it_became_available(self, town):
        person = town.person()
        town.notify(person, deadline={"working_days": 2})
        town.local.advance(10 * 86_400)
        expect(person.register(), 202)
        person.confirm()
        person.enter()
        [line] = person.get("/v1/inbox")["items"]
        assert line["deadline"] == {"date": _after(town, 2), "working_days": 2}
        assert expect(person.open(line["id"]), 200)["deadline"] == line["deadline"]

    def test_an_account_that_opens_no_mailbox_there_changes_nothing(self, town):
        official = town.citizen("ipsot")
        assert town.notify(official)["state"] == "waiting_for_account"
        problem(official.call("GET", "/v1/inbox"), 404, "not-found")

    def test_opening_one_by_one_counts_down(self, town):
        person = town.person()
        ids = [town.notify(person)["id"] for _ in range(2)]
        expect(person.register(), 202)
        person.confirm()
        person.enter()
        counts = []
        for notification in ids:
            expect(person.open(notification), 200)
            counts.append(person.get("/v1/inbox")["unread_count"])
        assert counts == [1, 0]


class TestDeadline:
    def shown(self, town, citizen, deadline):
        notification = town.notify(citizen, deadline=deadline)["id"]
        [line] = [line for line in citizen.get("/v1/inbox")["items"] if line["id"] == notification]
        assert expect(citizen.open(notification), 200)["deadline"] == line["deadline"]
        return line["deadline"]

    @pytest.mark.parametrize("days", [1, 10, 45])
    def test_working_days_leave_out_weekends_and_holidays_and_begin_tomorrow(self, town, citizen, days):
        expected = {"date": _after(town, days), "working_days": days}
        assert self.shown(town, citizen, {"working_days": days}) == expected

    def test_a_date_is_shown_as_it_was_given(self, town, citizen):
        day = (_today(town) + timedelta(days=9)).isoformat()
        assert self.shown(town, citizen, {"date": day}) == {"date": day, "working_days": None}

    def test_today_is_still_possible_and_yesterday_is_refused(self, town, citizen):
        today = _today(town)
        expect(town.sender.post(draft(citizen, deadline={"date": today.isoformat()})), 202)
        yesterday = (today - timedelta(days=1)).isoformat()
        refused = town.sender.post(draft(citizen, deadline={"date": yesterday}))
        assert codes(problem(refused, 422, "validation", "deadline.date")) == {"deadline.date": "deadline_past"}

    @pytest.mark.parametrize(
        ("deadline", "field"),
        [
            ({}, "deadline"),
            ({"date": "2030-01-01", "working_days": 3}, "deadline"),
            ({"working_days": 0}, "deadline.working_days"),
            ({"working_days": 366}, "deadline.working_days"),
            ({"working_days": "3"}, "deadline.working_days"),
            ({"working_days": True}, "deadline.working_days"),
            ({"date": "2030-02-30"}, "deadline.date"),
            ({"date": "mañana"}, "deadline.date"),
            ({"days": 0}, "deadline.days"),
            ("2030-01-01", "deadline"),
        ],
    )
    def test_a_senseless_one_is_refused(self, town, citizen, deadline, field):
        body = expect(town.sender.post(draft(citizen, deadline=deadline)), 422)
        assert field in codes(body)


class TestLooking:
    def test_the_list_is_the_newest_first_and_shows_the_state_of_now(self, town, citizen):
        older, newer = town.notify(citizen, reference="LIST-1"), town.notify(citizen, reference="LIST-2")
        expect(citizen.open(older["id"]), 200)
        first, second, *_ = expect(town.sender.list(), 200)["items"]
        assert [first["reference"], second["reference"]] == ["LIST-2", "LIST-1"]
        assert [first["state"], second["state"]] == ["alerted", "opened"]
        assert first["id"] == newer["id"]
        assert first["recipient"] == {"kind": "cedula", "number": citizen.number}

    def test_an_institution_that_has_sent_nothing_has_an_empty_list(self, town):
        with town.institution("gad-cotacachi") as other:
            assert expect(other.list(), 200) == {"items": [], "next_cursor": None}

    def test_a_cursor_of_another_making_is_refused(self, town):
        for cursor in ("abc", "-1", "1.5", "9" * 16):
            problem(town.sender.list(cursor), 422, "validation", "cursor")

    def test_what_does_not_exist_is_not_found(self, town):
        for call in (town.sender.get, town.sender.cancel):
            problem(call("aaaaaaaaaaaaaaaaaaaaaaaaaa"), 404, "not-found")


class TestWhereItMayPost:
    def test_a_portal_that_the_institution_was_not_allowed_is_forbidden(self, town, citizen):
        for portal in ("ipsot", "seps", "nowhere"):
            body = problem(town.sender.post(draft(citizen, portal=portal)), 403, "portal-not-allowed", "portal")
            assert portal in body["detail"]

    def test_a_portal_without_a_mailbox_is_refused_by_name(self, town, citizen):
        with town.institution("gad-ibarra", portals=("demo", "ipsot", "nowhere")) as other:
            for portal in ("ipsot", "nowhere"):
                refused = other.post(draft(citizen, portal=portal))
                assert codes(problem(refused, 422, "validation", "portal")) == {"portal": "no_mailbox"}

    def test_a_suspended_institution_posts_nothing(self, town, citizen):
        from ventanilla.adapters.items import InstitutionItem
        from ventanilla.wiring import services

        with town.institution("gad-antonio-ante") as other:
            table = services().dynamo.bind(InstitutionItem, town.local.environment["INSTITUTIONS_TABLE"])
            with town.local.lock:
                table("gad-antonio-ante").update([InstitutionItem.status.set("suspended")])
            problem(other.post(draft(citizen)), 403, "institution-suspended")


def _today(town) -> date:
    return town.local.clock.now().astimezone(ECUADOR).date()


def _after(town, working_days: int) -> str:
    """Count by hand: from tomorrow on, over days that are neither Saturday, Sunday nor holiday."""
    day = _today(town)
    off = holidays.country_holidays("EC", years=range(day.year, day.year + 2))
    while working_days:
        day += timedelta(days=1)
        working_days -= day.weekday() < 5 and day not in off
    return day.isoformat()
