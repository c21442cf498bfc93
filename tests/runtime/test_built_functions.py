"""The built functions, under AWS's runtime client and with the layer's libraries alone, given the sample events.

`events/<step>[.<case>].json` is a plain Lambda event, and the end of its case says what it promises: a refusal by its
status, or records that are reported as failed. Whatever has no such word ends well.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import Local
from local.template import read_template
from tests.samples import IN_OAUTHS_WORDS, REFUSALS

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".aws-sam" / "local"
EVENTS = sorted((ROOT / "events").glob("*.json"))
PARAMETERS = {"BaseUrl": "http://127.0.0.1", "MailFrom": "a@example.ec"}
STEPS = {
    function.code.name: name for name, function in read_template(ROOT / "template.yaml", PARAMETERS).functions.items()
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    assert (BUILD / "template.yaml").exists(), "make build-local comes first"
    folder = tmp_path_factory.mktemp("local")
    with Local(runtime="ric", build=BUILD, data_dir=folder, demo=False, concurrency=1) as local:
        yield local


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_built_function_does_what_the_events_name_promises(site, path):
    step, _, case = path.stem.partition(".")
    event = json.loads(path.read_text(encoding="utf-8"))
    answer = site.invoke(STEPS[step], event)
    if "requestContext" not in event:
        assert bool((answer or {}).get("batchItemFailures")) == case.endswith("poisoned"), answer
        return
    promised = [status for word, status in REFUSALS.items() if case.endswith(word)]
    if promised:
        told = "application/json" if case.endswith(IN_OAUTHS_WORDS) else "application/problem+json"
        assert (answer["statusCode"], media_type(answer)) == (promised[0], told)
    else:
        assert answer["statusCode"] in (200, 201, 202, 204, 302), answer


def media_type(answer: Any) -> str:
    headers = {name.lower(): value for name, value in answer["headers"].items()}
    return str(headers["content-type"]).partition(";")[0]


def test_every_function_has_an_event():
    assert {path.stem.partition(".")[0] for path in EVENTS} == set(STEPS)


def test_the_build_is_of_this_template():
    assert set(read_template(BUILD / "template.yaml", PARAMETERS).functions) == set(STEPS.values())
