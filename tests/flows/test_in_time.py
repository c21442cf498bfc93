"""Time, over HTTP: the feed, look-ups, letters for later, terms and what is told of them."""

from datetime import datetime, timedelta

import pytest

from tests.flows.town import DAY, FATES, draft, expect, problem, states


@pytest.fixture
def citizen(town):
    return town.settler()


def _now(town):
    from ventanilla.wiring import services

    return services().clock.now().isoformat()


class TestFeed:
    def test_an_institution_follows_all_that_happens_from_place_to_place(self, town, citizen):
        with town.institution("seguidora") as sender:
            assert expect(sender.events(), 200) == {"items": [], "next": "0"}
            posted = [expect(sender.post(draft(citizen, reference=f"F-{n}")), 202)["id"] for n in range(3)]
            town.local.settle()
            expect(citizen.open(posted[0]), 200)
            expect(sender.cancel(posted[1]), 200)
            town.local.settle()
            seen, place = [], None
            while (page := expect(sender.events(place, 4), 200))["items"]:
                seen += page["items"]
                place = page["next"]
            assert len({event["id"] for event in seen}) == len(seen)
            for number, end in enumerate(("opened", "cancelled", "alerted")):
                own = [event for event in seen if event["notification"] == posted[number]]
                assert [event["state"] for event in own][:2] == ["accepted", "available"]
                assert {event["reference"] for event in own} == {f"F-{number}"}
                assert [event["state"] for event in own if event["state"] not in FATES][-1] == end
            assert citizen.number not in repr(seen)
            expect(citizen.open(posted[2]), 200)
            town.local.settle()
            [event] = expect(sender.events(place), 200)["items"]
            assert (event["notification"], event["state"]) == (posted[2], "opened")


class TestRecipients:
    def test_whether_a_mailbox_is_open(self, town, citizen):
        assert expect(town.sender.recipient("cedula", citizen.number, "demo"), 200) == {"registered": True}
        assert expect(town.sender.recipient("cedula", citizen.number, "buzonec"), 200) == {"registered": False}
        problem(town.sender.recipient("cedula", citizen.number, "ipsot"), 403, "portal-not-allowed", "portal")


class TestForLater:
    def test_it_appears_when_its_hour_has_come_and_then_somebody_is_alerted(self, town, citizen):
        at = datetime.fromisoformat(_now(town)) + timedelta(days=2)
        posted = town.notify(citizen, reference="LATER-1", available_from=at.isoformat())
        assert (posted["state"], posted["recipient"]) == ("accepted", {"registered": True})
        assert (citizen.get("/v1/inbox")["items"], citizen.subjects()) == ([], [])
        problem(citizen.open(posted["id"]), 404, "not-found")
        town.local.advance(2 * DAY + 600)
        town.local.settle()
        citizen.enter()
        [line] = citizen.get("/v1/inbox")["items"]
        assert line["reference"] == "LATER-1"
        assert "LATER-1" in citizen.subjects()[0]
        assert states(expect(town.sender.get(posted["id"]), 200)) == ["accepted", "available", "alerted"]


class TestCancelling:
    def test_who_was_alerted_is_told(self, town, citizen):
        posted = town.notify(citizen, reference="BACK-1")
        shown = expect(town.sender.cancel(posted["id"], "Dirigida a otra persona"), 200)
        assert shown["cancel_reason"] == "Dirigida a otra persona"
        [told, _] = citizen.mails()
        assert "BACK-1" in told["subject"]
        assert "otra persona" not in told["text"]


class TestTerms:
    def test_both_sides_see_how_a_term_from_opening_was_counted(self, town, citizen):
        posted = town.notify(citizen, deadline={"working_days": 3, "from": "opening"})
        assert posted["state"] == "available"
        opened = expect(citizen.open(posted["id"]), 200)
        theirs = expect(town.sender.deadline(posted["id"]), 200)
        assert citizen.get(f"/v1/inbox/{posted['id']}/deadline") == theirs
        assert theirs["end"] == opened["deadline"]["date"]
        assert sum(day["counted"] for day in theirs["days"]) == 3
        [line] = citizen.get("/v1/inbox?deadline=true")["items"]
        assert line["deadline"]["date"] == theirs["end"]


class TestReminders:
    def test_before_the_end_somebody_is_reminded_and_the_passing_is_recorded(self, town, citizen):
        posted = town.notify(citizen, reference="TERM-1", deadline={"days": 20})
        for _ in range(22):
            town.local.advance(DAY)
            town.local.settle()
        assert [subject for subject in citizen.subjects() if "Recuerde" in subject] == [
            "Recuerde su plazo en Portal de demostración (TERM-1)"
        ] * 2
        shown = expect(town.sender.get(posted["id"]), 200)
        assert (shown["state"], states(shown)) == (
            "deadline_passed",
            ["accepted", "available", "alerted", "deadline_passed"],
        )
        citizen.enter()
        assert citizen.get("/v1/inbox?unread=true")["unread_count"] == 1
        expect(citizen.open(posted["id"]), 200)
        assert citizen.get("/v1/inbox")["unread_count"] == 0
