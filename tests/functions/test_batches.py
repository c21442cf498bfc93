"""Batches through their functions: by an administrator's session, in few trips, and with nothing of them in a log."""

import base64
import copy
import json

import pytest

from tests.conftest import counted_calls
from tests.functions.conftest import EVENTS, INSTITUTION, NUMBER, PERSONAL, bearer
from ventanilla.domain.grants import Grant

LETTER = json.loads(EVENTS["batches.with-lines-unsigned"]["body"])
RUN, SHOW, RESULTS = "batches.with-lines-unsigned", "batches.show-unsigned", "batches.results-unsigned"


def lines(*letters):
    return "".join(f"{json.dumps({**LETTER, **letter}, ensure_ascii=False)}\n" for letter in letters)


@pytest.fixture
def administrator(site, institution):
    """The session of somebody who administers the institution."""
    return bearer(site.enter(site.account(portal="staff", grants=(Grant("institution_admin", institution.id),))))


@pytest.fixture
def work(site):
    """Take all steps that are owed."""

    def work():
        while steps := [row for row in site.services.outbox._row.scan() if row.lane == "batch"]:
            event = copy.deepcopy(EVENTS["batch"])
            event["Records"][0]["body"] = json.dumps({"id": steps[0].id})
            assert site.handle("batch", event) == {"batchItemFailures": []}

    return work


@pytest.fixture
def show(site, administrator):
    return lambda batch_id: site.call(SHOW, headers=administrator, **_path(batch_id))


def test_who_composes_on_the_platform_hands_over_a_batch_by_session(site, administrator, work, show):
    begun = site.call(RUN, headers=administrator, body=lines({}, {"reference": "RES-2", "subject": "x" * 201}))
    assert (begun.status, begun.json["lines"]) == (202, 2)
    work()
    shown = show(begun.json["id"])
    assert shown.json["progress"] == {"accepted": 1, "replayed": 0, "refused": 1, "left": 0}
    led = site.call(RESULTS, headers=administrator, **_path(begun.json["id"], "/results"))
    assert (led.status, led.text) == (302, "")
    letter = site.services.notifications.letter(_first(site, begun.json["id"])["id"])
    assert (letter.institution, letter.recipient.number) == (INSTITUTION, NUMBER)


def test_logs_name_nobody_and_nothing_of_a_line(site, administrator, work, log):
    """The fixture reads every log for personal data; here it is made sure that there is something to read."""
    site.call(RUN, headers=administrator, body=lines({}) + '{"subject": "Resolución"\n')
    work()
    told = [line for line in log.lines if line["message"] == "handled"]
    assert [line["outcome"][0] for line in told] == ["batch_split", "batch_chunk", "batch_assemble"]
    assert not any(word in json.dumps(told) for word in PERSONAL)


def test_a_body_in_base_64_is_as_good(site, administrator):
    raw = base64.b64encode(lines({}).encode()).decode()
    assert site.call(RUN, headers=administrator, body=raw, isBase64Encoded=True).status == 202


def test_lines_are_read_ahead_for_together(site, administrator):
    site.call(RUN, headers=administrator, body=lines(*({"reference": f"RES-{number}"} for number in range(20))))
    steps = []
    for kind in ("batch_split", "batch_chunk"):
        [row] = [row for row in site.services.outbox._row.scan() if row.kind == kind]
        event = copy.deepcopy(EVENTS["batch"])
        event["Records"][0]["body"] = json.dumps({"id": row.id})
        with counted_calls() as calls:
            site.handle("batch", event)
        steps.append(calls)
    posted = steps[1]
    assert posted["TransactWriteItems"] == 20 + 1, "a line each, and the chunk"
    # item, batch, chunk, institution; all lines at once, but for 19 whose mailbox the line before has changed; batch
    assert posted["BatchGetItem"] <= 4 + 1 + 19 + 1
    assert posted["UpdateItem"] == 1, "the quota, a hundred at a time"


def test_a_message_of_nothing_known_is_done(site):
    assert site.handle("batch") == {"batchItemFailures": []}


def test_a_message_of_another_form_comes_back(site, monkeypatch):
    postponed = []
    monkeypatch.setattr(site.services.queues, "postpone", lambda *asked: postponed.append(asked))
    assert len(site.handle("batch.poisoned")["batchItemFailures"]) == 1
    assert [seconds for _, _, seconds in postponed] == [15]


def _path(batch_id, rest=""):
    return {"rawPath": f"/v1/batches/{batch_id}{rest}", "pathParameters": {"id": batch_id}}


def _first(site, batch_id):
    batch = site.services.batches.get(batch_id)
    return json.loads(b"".join(site.services.batch_files.blocks(batch.results_path)).splitlines()[0])
