"""The built functions, under AWS's runtime client and with the layer's libraries alone, given the sample events.

`events/<step>[.<case>].json` is a plain Lambda event. What it promises is said by its name: a case with one of the
words of REFUSED ends in a 4xx (or a record that is reported as failed), all others in a 2xx (or in nothing reported).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local import Local
from local.template import read_template

pytestmark = pytest.mark.runtime

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / ".aws-sam" / "local"
EVENTS = sorted((ROOT / "events").glob("*.json"))
FUNCTIONS = {
    function.code.name: name
    for name, function in read_template(
        ROOT / "template.yaml", {"BaseUrl": "http://127.0.0.1", "MailFrom": "a@example.ec"}
    ).functions.items()
}
REFUSED = {
    "anonymous",
    "expired",
    "extra",
    "forbidden",
    "gone",
    "invalid",
    "malformed",
    "missing",
    "poisoned",
    "refused",
    "unauthenticated",
    "unknown",
    "unsigned",
    "wrong",
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Local]:
    assert (BUILD / "template.yaml").exists(), "make build-local comes first"
    folder = tmp_path_factory.mktemp("local")
    with Local(runtime="ric", build=BUILD, data_dir=folder, demo=False, concurrency=1) as local:
        yield local


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_built_function_does_what_the_events_name_promises(site, path):
    step, *words = re.split(r"[.-]", path.stem)
    event = json.loads(path.read_text(encoding="utf-8"))
    answer = site.invoke(FUNCTIONS[step], event)
    assert refused(event, answer) == bool(REFUSED.intersection(words)), answer


def refused(event: Any, answer: Any) -> bool:
    """Tell whether a function refused an event; anything between an answer and a refusal is a failure."""
    if "Records" in event:
        return bool((answer or {}).get("batchItemFailures"))
    if "requestContext" not in event:
        return False
    assert 200 <= answer["statusCode"] < 300 or 400 <= answer["statusCode"] < 500, answer
    return bool(answer["statusCode"] >= 400)


def test_every_function_has_an_event():
    assert {path.stem.partition(".")[0] for path in EVENTS} == set(FUNCTIONS)


def test_the_build_is_of_this_template():
    names = {"BaseUrl": "http://127.0.0.1", "MailFrom": "a@example.ec"}
    assert set(read_template(BUILD / "template.yaml", names).functions) == set(FUNCTIONS.values())
