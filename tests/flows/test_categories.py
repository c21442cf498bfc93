"""Categories and local holidays, over HTTP: what a portal lists, what it refuses, and how a canton's days count."""

import pytest

from tests.flows.town import draft, expect, problem


@pytest.fixture
def citizen(town):
    return town.settler()


class TestCategories:
    def test_a_portal_shows_its_own_in_the_language_asked_for(self, town):
        shown = expect(town.http.get("/v1/portals/demo"), 200)["categories"]
        assert {"id": "multa", "name": "Multa o sanción"} in shown
        english = expect(town.http.get("/v1/portals/demo", headers={"accept-language": "en"}), 200)["categories"]
        assert {"id": "multa", "name": "Fine or sanction"} in english
        assert expect(town.http.get("/v1/portals/ipsot"), 200)["categories"] == []

    def test_one_that_is_not_listed_is_refused_with_those_that_are(self, town, citizen):
        body = problem(
            town.sender.post(draft(citizen, reference="CAT-1", category="Multa")), 422, "validation", "category"
        )
        [error] = body["errors"]
        assert (error["code"], "resolucion, citacion" in error["message"]) == ("unknown_category", True)

    def test_the_mailbox_is_narrowed_to_one(self, town, citizen):
        for number, category in enumerate(("multa", "citacion", None, "multa")):
            named = {"category": category} if category else {}
            expect(town.sender.post(draft(citizen, reference=f"CAT-{citizen.number}-{number}", **named)), 202)
        lines = citizen.get("/v1/inbox?category=multa")["items"]
        assert [line["reference"][-2:] for line in lines] == ["-3", "-0"]
        assert citizen.get("/v1/inbox?category=requerimiento")["items"] == []
        assert citizen.get("/v1/inbox?category=multa&unread=true")["unread_count"] == 4


class TestLocalHolidays:
    def test_those_of_the_institutions_canton_are_left_out_of_its_terms(self, town, citizen):
        from ventanilla.usecases.institutions import set_canton
        from ventanilla.wiring import services

        with town.institution("gad-quito") as sender:
            made = services()
            with town.local.lock:
                set_canton("gad-quito", "1701", institutions=made.institutions, audits=made.audits, clock=made.clock)
            posted = expect(sender.post(draft(citizen, reference="Q-1", deadline={"working_days": 300})), 202)
            shown = expect(sender.deadline(posted["id"]), 200)
            assert shown["canton"] == "1701"
            local = [day for day in shown["days"] if day.get("holiday") == "Fundación de Quito"]
            assert {(day["why"], day["counted"]) for day in local} == {("holiday", False)}
            assert citizen.get(f"/v1/inbox/{posted['id']}/deadline") == shown
            other = expect(town.sender.post(draft(citizen, reference="Q-2", deadline={"working_days": 300})), 202)
            plain = expect(town.sender.deadline(other["id"]), 200)
            assert "canton" not in plain
            assert "Fundación de Quito" not in [day.get("holiday") for day in plain["days"]]
