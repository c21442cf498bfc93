"""The local identity registry: made-up people, asked over HTTP by whoever has its address."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from local import Local
from local.registry import PEOPLE, Registry
from local.site import ROOT
from ventanilla.domain.identifiers import parse
from ventanilla.domain.portals import Eligibility
from ventanilla.domain.registry import RegistryRecord, is_eligible

ADULT = {"kind": "cedula", "number": "1012000012"}
BUZONEC = Eligibility(registered=True, identity_status=("valid",), min_age=18, below_age=65)


@pytest.fixture
def registry() -> Iterator[Registry]:
    registry = Registry()
    registry.start()
    yield registry
    registry.stop()


def ask(registry: Registry, question: Any, **headers: str) -> Any:
    sent = {"Authorization": "Bearer x", "Content-Type": "application/json", **headers}
    request = urllib.request.Request(registry.url, json.dumps(question).encode(), sent)
    with urllib.request.urlopen(request, timeout=5) as answer:
        return json.load(answer)


def refusal(registry: Registry, question: Any, **headers: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as refused:
        ask(registry, question, **headers)
    refused.value.close()
    return refused.value.code


class TestAnswers:
    def test_somebody_of_the_file(self, registry):
        answer = ask(registry, ADULT)
        assert (answer["status"], answer["record"]["surnames"]) == ("found", "GUAMÁN CHICAIZA")

    def test_nobody(self, registry):
        assert ask(registry, {"kind": "cedula", "number": "1012000202"}) == {"status": "not_found"}

    def test_a_passport_is_one_countrys(self, registry):
        passport = {"kind": "passport", "number": "AB123456"}
        assert ask(registry, {**passport, "country": "PE"})["status"] == "found"
        assert ask(registry, {**passport, "country": "CO"})["status"] == "not_found"

    def test_people_can_be_added_and_changed(self, registry):
        who = {"kind": "cedula", "number": "1012000202"}
        registry.add(**who, surnames="Nueva")
        assert ask(registry, who)["record"]["identity_status"] == "valid"
        registry.add(**who, surnames="Nueva", deceased=True)
        assert ask(registry, who)["record"]["deceased"] is True

    def test_it_can_be_taken_down_and_brought_up(self, registry):
        registry.take_down()
        assert refusal(registry, ADULT) == 503
        registry.bring_up()
        assert ask(registry, ADULT)["status"] == "found"

    def test_questions_are_counted(self, registry):
        for _ in range(3):
            ask(registry, ADULT)
        assert registry.asked == 3

    def test_who_has_no_key_is_told_nothing(self, registry):
        assert refusal(registry, ADULT, Authorization="") == 401

    def test_a_page_in_a_browser_cannot_ask(self, registry):
        assert refusal(registry, ADULT, Origin="https://evil.example") == 403


class TestPeople:
    people = json.loads(PEOPLE.read_text(encoding="utf-8"))

    def of(self, kind: str) -> list[Any]:
        return [person for person in self.people if person["kind"] == kind]

    def test_their_numbers_have_the_right_form_and_are_each_ones_own(self):
        numbers = [parse(one["kind"], one["number"], one.get("country")).number for one in self.people]
        assert len(set(numbers)) == len(self.people)

    def test_there_is_somebody_for_every_case(self):
        day = date(2027, 3, 1)
        reasons = {reason for one in self.of("cedula") for reason in is_eligible(self.record(one), BUZONEC, day)}
        assert reasons == {"too_young", "too_old", "deceased", "identity_status"}
        assert len([one for one in self.of("cedula") if not is_eligible(self.record(one), BUZONEC, day)]) >= 3
        assert {one["identity_status"] for one in self.people} == {"valid", "expired", "annulled"}
        assert any(one["number"][2] == "6" for one in self.of("cedula"))
        assert {one["number"][2] for one in self.of("ruc")} >= {"6", "9"}
        assert all(one["legal_name"] for one in self.of("ruc"))
        assert len({one["country"] for one in self.of("passport")}) > 1
        assert any(not one["email"] for one in self.of("cedula"))

    @staticmethod
    def record(one: dict[str, Any]) -> RegistryRecord:
        return RegistryRecord(**{**one, "birth_date": date.fromisoformat(one["birth_date"])})


def test_the_functions_of_a_site_ask_it(tmp_path):
    with Local(root=ROOT, data_dir=tmp_path, demo=False) as local:
        assert local.environment["IDENTITY_REGISTRY_URL"] == local.registry.url
        from ventanilla.wiring import services

        with local.lock:
            found = services().registry.find(parse("cedula", ADULT["number"]))
        assert found is not None
        assert found.email == "maria.guaman@example.ec"
        assert local.registry.asked == 1
