"""Public: portals, catalogues, health, and the description of the API."""

import json

import pytest

from tests.conftest import ROOT


def test_the_portals_in_force_are_listed(site):
    assert [one["id"] for one in site.call("public").json["items"]] == [
        "ipsot",
        "seps",
        "ibarra",
        "buzonec",
        "staff",
        "demo",
        "office",
    ]


class TestAPortal:
    def test_it_is_shown_in_the_language_asked_for(self, site):
        spanish = site.call("public.portal").json
        english = site.call("public.portal", headers={"accept-language": "en"}).json
        assert (spanish["submit"], english["submit"]) == ("Registrarse", "Register")
        assert spanish["fields"][-1]["name"] == "password"
        assert {
            "channels",
            "sections",
            "identifiers",
            "password_policy",
            "procedure",
            "contact",
            "terms",
        } <= spanish.keys()

    def test_one_that_is_not_there_is_not_found(self, site):
        assert site.call("public.unknown-portal").problem == "not-found"

    @pytest.mark.parametrize("portal", ["..", "../demo", "DEMO", "demo.toml", "%2e%2e", "x" * 500])
    def test_no_other_name_reads_a_file(self, site, portal):
        answer = site.call("public.portal", rawPath=f"/v1/portals/{portal}", pathParameters={"portal": portal})
        assert (answer.status, answer.problem) == (404, "not-found")


class TestOrganizations:
    def test_they_are_found_by_name(self, site):
        found = site.call("public.organizations").json
        assert ("Imbabura", "Ibarra") in {(one["province"], one["canton"]) for one in found["items"]}
        assert found["items"][0].keys() == {"code", "name", "level", "province", "canton"}

    def test_without_a_query_all_are_leafed_through(self, site):
        event = {"rawPath": "/v1/portals/ipsot/organizations"}
        first = site.call("public.organizations", **event, query={"q": ""}).json
        second = site.call("public.organizations", **event, query={"cursor": first["next_cursor"]}).json
        assert len(first["items"]) == len(second["items"]) == 20
        assert first["items"][-1]["code"] < second["items"][0]["code"]

    def test_a_cursor_that_is_none_of_ours_is_refused(self, site):
        answer = site.call("public.organizations", query={"cursor": "x"})
        assert (answer.status, answer.faults) == (422, {("cursor", "cursor")})

    def test_a_portal_without_a_catalogue_has_none(self, site):
        path = {"rawPath": "/v1/portals/demo/organizations", "pathParameters": {"portal": "demo"}}
        assert site.call("public.organizations", **path).problem == "not-found"


def test_health_tells_strangers_nothing(site):
    assert site.call("public.health").json == {"status": "ok"}


def test_the_description_of_the_api_is_the_one_that_is_written_down(site):
    written = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))
    assert site.call("public.openapi").json == written


def test_it_can_be_read_as_a_page_that_runs_no_script(site):
    answer = site.call("public.docs")
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "style-src 'sha256-" in answer.headers["content-security-policy"]
    assert "<script" not in answer.text
    for path in json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))["paths"]:
        assert path in answer.text


def test_every_other_path_is_not_found(site):
    assert site.call("public.unknown-path").status == 404
