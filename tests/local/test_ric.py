"""Functions in processes of their own, under AWS's runtime client."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from local import Local
from tests.local.conftest import PRODUCT, Site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    os.environ["OF_THE_PARENT"] = "1"
    with Local(
        runtime="ric", root=PRODUCT, data_dir=tmp_path_factory.mktemp("local"), demo=False, concurrency=4
    ) as local:
        yield Site(local)
    del os.environ["OF_THE_PARENT"]


def answer(site: Site, **wish: Any) -> Any:
    return site.call("POST", "/answer", wish)


def test_a_write_becomes_a_mail(site):
    assert site.note("first", to="ana@example.ec") == 202
    assert site.subjects("ana@example.ec") == ["Aviso first ñ"]


def test_a_function_has_the_environment_of_the_template_and_no_other(site):
    environment = answer(site, do="environment").json
    assert environment["BASE_URL"] == site.local.base_url
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "AnswerFunction"
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
    assert "OF_THE_PARENT" not in environment


def test_the_context_is_that_of_the_runtime_client(site):
    context = answer(site, do="context").json
    assert context["function"] == "AnswerFunction"
    assert context["arn"].endswith(":function:AnswerFunction")
    assert 0 < context["left"] <= 1000


def test_calls_at_the_same_time_run_in_several_processes(site):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: answer(site, do="sleep", seconds=0.3).json["pid"], range(4)))
    assert len(set(answers)) == 4


def test_more_calls_than_processes_wait_for_their_turn(site):
    with ThreadPoolExecutor(12) as pool:
        statuses = list(pool.map(lambda _: answer(site, do="sleep", seconds=0).status, range(12)))
    assert statuses == [200] * 12


@pytest.mark.parametrize("wish", [{"do": "raise", "text": "secret"}, {"do": "exit"}, {"do": "leave"}])
def test_a_function_that_fails_or_dies_is_told_as_such_and_runs_again(site, wish):
    failed = answer(site, **wish)
    assert (failed.status, failed.json) == (500, {"message": "Internal Server Error"})
    assert answer(site, answer="well").body == b"well"


def test_a_function_that_takes_too_long_is_ended(site):
    assert answer(site, do="sleep", seconds=30).status == 500
    assert answer(site, answer="well").body == b"well"


def test_a_large_answer_arrives_whole(site):
    assert len(answer(site, answer="x" * 5_000_000).body) == 5_000_000


def test_a_function_that_cannot_be_loaded_says_why(tmp_path, caplog):
    from local.ric import Ric
    from local.runtime import InvocationFailed
    from local.template import Function

    (tmp_path / "app.py").write_text("import not_in_the_layer\n")
    runtime = Ric({"f": Function("f", tmp_path, "app.handler", 2, 128, {})}, {}, concurrency=1)
    try:
        with pytest.raises(InvocationFailed, match="not_in_the_layer"):
            runtime.invoke("f", {})
    finally:
        runtime.close()


def test_isolated_functions_see_their_layers_and_nothing_else(tmp_path):
    from local.ric import Ric
    from local.runtime import InvocationFailed
    from local.template import Function

    layer = tmp_path / "layer"
    (layer / "python").mkdir(parents=True)
    (layer / "python" / "shipped.py").write_text("VALUE = 7\n")
    for name, code in {"good": "import shipped", "bad": "import boto3"}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "app.py").write_text(f"{code}\ndef handler(event, context):\n    return shipped.VALUE\n")
    functions = {
        name: Function(name, tmp_path / name, "app.handler", 2, 128, {}, layers=(layer,)) for name in ("good", "bad")
    }
    runtime = Ric(functions, {}, concurrency=1, isolated=True)
    try:
        assert runtime.invoke("good", {}) == 7
        with pytest.raises(InvocationFailed, match="boto3"):
            runtime.invoke("bad", {})
    finally:
        runtime.close()
