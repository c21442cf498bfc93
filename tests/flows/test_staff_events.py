"""Staff, and what sessions prove: functions fed with events; what they log names nobody."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.template import read_template
from tests.flows.bureau import Bureau, Member, bureau

EVENTS = Path(__file__).resolve().parents[2] / "events"
PARAMETERS = {"BaseUrl": "http://127.0.0.1", "MailFrom": "a@example.ec"}
STEPS = {
    function.code.name: name
    for name, function in read_template(EVENTS.parent / "template.yaml", PARAMETERS).functions.items()
}
NAMES = [
    "account.second-factor-unauthenticated",
    "account.security-questions-unauthenticated",
    "session.second-factor-unauthenticated",
    "session.security-question-unauthenticated",
    "staff.unauthenticated",
    "staff.correct-unauthenticated",
    "staff.lock-unauthenticated",
    "staff.unlock-unauthenticated",
    "staff.close-unauthenticated",
]


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bureau]:
    with bureau(tmp_path_factory.mktemp("site")) as office:
        yield office


@pytest.fixture(scope="module")
def eva(office: Bureau) -> Member:
    return office.administrator("demo")


@pytest.fixture(scope="module")
def rosa(office: Bureau) -> Member:
    return office.citizen("demo")


def feed(office, name, *, token=None, **changes):
    """Hand a sample event to its function, with changes; return status and what the answer says."""
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))
    if token:
        event["headers"]["authorization"] = f"Bearer {token}"
    answer = office.local.invoke(STEPS[name.partition(".")[0]], {**event, **changes})
    return answer["statusCode"], json.loads(answer["body"]) if answer.get("body") else None


@pytest.mark.parametrize("name", NAMES)
def test_without_a_session_nothing_is_done(office, name):
    status, problem = feed(office, name)
    assert (status, problem["type"]) == (401, "urn:ventanilla:problem:unauthenticated")


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("staff")])
def test_the_samples_are_what_the_functions_take(office, eva, name):
    status, said = feed(office, name, token=eva.token)
    assert status == (200 if name == "staff.unauthenticated" else 404), said  # nobody has that number or reference


def test_what_is_logged_names_nobody(office, eva, rosa, caplog):
    query = {"portal": "demo", "identifier": rosa.number}
    raw = f"portal=demo&identifier={rosa.number}"
    status, said = feed(
        office, "staff.unauthenticated", token=eva.token, queryStringParameters=query, rawQueryString=raw
    )
    [account] = said["items"]
    at = {"pathParameters": {"id": account["id"]}, "rawPath": f"/v1/staff/accounts/{account['id']}"}
    address = f"otra.{rosa.email}"
    body = json.dumps({"reason": "Lo pidió Rosalinda", "surnames": "Zapata", "email": address})
    statuses = [
        status,
        feed(office, "staff.correct-unauthenticated", token=eva.token, body=body, **at)[0],
    ]
    rosa.enter()
    office.expect(200, "POST", "/v1/sessions/current/second-factor", {"code": eva.code()}, eva.token)
    logged = repr([vars(record) for record in caplog.records])
    assert statuses == [200, 200]
    assert "PATCH /v1/staff/accounts/{id}" in logged
    for secret in (rosa.number, eva.number, rosa.email, address, "Rosalinda", "Zapata", "Quishpe", "Eva", eva.token):
        assert secret not in logged
    for secret in (eva.secret, *eva.recovery_codes):
        assert secret not in logged
