"""Demo data."""

import json
import time

import httpx
import pyotp
import pytest
from stdnum.ec import ci

from local import Local
from local.demo_staff import SCOPES
from local.people import make_cedula


def test_cedulas_are_valid():
    assert all(ci.is_valid(make_cedula(province)) for province in ("01", "17", "24") for _ in range(100))


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Local(data_dir=tmp_path_factory.mktemp("local")) as site, httpx.Client(base_url=site.base_url) as http:
        http.event_hooks["response"].append(lambda _: http.cookies.clear())
        yield site, http


@pytest.mark.parametrize("role", SCOPES)
def test_a_person_of_each_role_enters_with_password_and_app(site, role):
    local, http = site
    person = json.loads((local.data_dir / "demo.json").read_text(encoding="utf-8"))["staff"][role]
    attempt = {name: person[name] for name in ("portal", "identifier", "password")}
    entered = http.post("/v1/sessions", json=attempt).json()
    assert entered["pending"] == ["second_factor"]
    bearer = {"authorization": f"Bearer {entered['token']}"}
    assert http.get("/v1/me/export", headers=bearer).status_code == 403
    code = pyotp.TOTP(person["totp_secret"]).now()
    proven = http.post("/v1/sessions/current/second-factor", json={"code": code}, headers=bearer)
    assert (proven.status_code, proven.json()["pending"]) == (200, [])
    assert http.get("/v1/me", headers=bearer).json()["grants"] == [
        {"role": role, "scope": scope} for scope in SCOPES[role]
    ]


def test_the_institutions_administrator_composes_and_sees_who_administers(site):
    local, http = site
    person = local.demo["staff"]["institution_admin"]
    attempt = {name: person[name] for name in ("portal", "identifier", "password")}
    token = http.post("/v1/sessions", json=attempt).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    code = pyotp.TOTP(person["totp_secret"]).at(int(time.time()) + 30)  # as below
    assert http.post("/v1/sessions/current/second-factor", json={"code": code}, headers=bearer).status_code == 200
    shown = http.get("/v1/institutions/demo-institution", headers=bearer).json()
    assert (shown["name"], shown["administrators"]) == ("Institución de demostración", ["Personal de Demostración"])
    assert http.get("/v1/notifications", headers=bearer).status_code == 200


def test_the_reviewer_sees_the_queue(site):
    local, http = site
    person = local.demo["staff"]["reviewer"]
    attempt = {name: person[name] for name in ("portal", "identifier", "password")}
    token = http.post("/v1/sessions", json=attempt).json()["token"]
    bearer = {"authorization": f"Bearer {token}"}
    # the code of this half minute was used by the test before: the next one is accepted half a minute early
    code = pyotp.TOTP(person["totp_secret"]).at(int(time.time()) + 30)
    assert http.post("/v1/sessions/current/second-factor", json={"code": code}, headers=bearer).status_code == 200
    answer = http.get("/v1/review/applications?portal=seps", headers=bearer)
    assert answer.json() == {"items": [], "next_cursor": None}
