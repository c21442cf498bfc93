"""The gateway's own limits and words."""

import json
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, TestResponse, run_wsgi_app

from local.gateway import MAX_BODY, Gateway
from local.routes import Router
from local.runtime import InvocationFailed, Overloaded
from local.sources import Route

ROUTES = [Route("f", "POST", "/here"), Route("f", "GET", "/here")]


def call(invoke: Any = lambda *_: {"statusCode": 200}, path: str = "/here", **options: Any) -> Any:
    builder = EnvironBuilder(path=path, **{"method": "POST", **options})
    environ = {**builder.get_environ(), "REQUEST_URI": path}
    return TestResponse(*run_wsgi_app(Gateway(Router(ROUTES), invoke), environ), request=builder.get_request())


def failing(error):
    def invoke(*_):
        raise error

    return invoke


@pytest.mark.parametrize(
    ("status", "words", "options"),
    [
        (404, "Not Found", {"path": "/nowhere"}),
        (404, "Not Found", {"method": "OPTIONS"}),
        (431, "Request Header Fields Too Large", {"headers": {"X-Big": "x" * 11_000}}),
        (431, "Request Header Fields Too Large", {"path": "/here?" + "x" * 11_000}),
        (413, "Request Entity Too Large", {"data": b"x" * (MAX_BODY + 1)}),
        (413, "Request Entity Too Large", {"data": b"\xff" * (5 * 1024 * 1024)}),
        (500, "Internal Server Error", {"invoke": failing(InvocationFailed("f", "E", "text"))}),
        (500, "Internal Server Error", {"invoke": lambda *_: {"statusCode": None}}),
        (500, "Internal Server Error", {"invoke": lambda *_: {"statusCode": 200, "body": "x" * (7 * 1024 * 1024)}}),
        (503, "Service Unavailable", {"invoke": failing(Overloaded("f"))}),
    ],
)
def test_what_the_gateway_answers_itself(status, words, options):
    answer = call(**options)
    assert (answer.status_code, answer.json) == (status, {"message": words})


def test_a_function_is_given_the_event_and_answers():
    def invoke(function: str, event: Any) -> Any:
        return {"statusCode": 201, "body": json.dumps([function, event["rawPath"], event["body"]])}

    answer = call(invoke, data=b'{"a": 1}', content_type="application/json")
    assert (answer.status_code, json.loads(answer.text)) == (201, ["f", "/here", '{"a": 1}'])
    assert answer.headers["Apigw-Requestid"]


def test_a_head_request_is_no_get():
    assert call(method="HEAD").status_code == 404
