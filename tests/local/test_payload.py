"""Payload format 2.0, both ways."""

import base64
import re

import pytest
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request

from local.payload import BadAnswer, to_event, to_response
from local.routes import Match
from local.sources import Route

ROUTE = Match(Route("f", "POST", "/v1/{portal}"), {"portal": "demo"})


def event_of(target="/v1/demo", body=b"", match=ROUTE, **options):
    environ = EnvironBuilder(method="POST", base_url="http://127.0.0.1:8000", **options).get_environ()
    environ["REQUEST_URI"] = target
    return to_event(Request(environ), body, match)


def test_the_request_stands_in_the_event():
    event = event_of("/v1/demo?a=1&a=2&b=%C3%B1&c=", headers={"User-Agent": "test", "X-One": "1"})
    http = event["requestContext"]["http"]
    assert (event["version"], event["routeKey"]) == ("2.0", "POST /v1/{portal}")
    assert (event["rawPath"], event["rawQueryString"]) == ("/v1/demo", "a=1&a=2&b=%C3%B1&c=")
    assert event["queryStringParameters"] == {"a": "1,2", "b": "ñ", "c": ""}
    assert event["pathParameters"] == {"portal": "demo"}
    assert event["headers"]["x-one"] == "1"
    assert event["headers"]["host"] == event["requestContext"]["domainName"] == "127.0.0.1:8000"
    assert (http["method"], http["path"], http["userAgent"]) == ("POST", "/v1/demo", "test")
    assert (http["protocol"], http["sourceIp"]) == ("HTTP/1.1", "127.0.0.1")
    assert event["requestContext"]["stage"] == "$default"
    assert re.fullmatch(r"\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000", event["requestContext"]["time"])
    assert event["requestContext"]["timeEpoch"] > 1_600_000_000_000


def test_each_request_has_an_id_of_its_own():
    assert event_of()["requestContext"]["requestId"] != event_of()["requestContext"]["requestId"]


def test_what_is_not_there_is_left_out():
    event = event_of(match=Match(Route("f", "ANY", "$default"), {}))
    assert event["routeKey"] == "$default"
    assert not {"body", "cookies", "pathParameters", "queryStringParameters"} & set(event)


def test_the_path_is_handed_over_decoded():
    assert event_of("/v1/a%20%C3%B1%2Fb")["rawPath"] == "/v1/a ñ/b"
    assert event_of("//two/slashes")["rawPath"] == "//two/slashes"
    assert event_of("http://127.0.0.1:8000/v1/x?q=1")["rawPath"] == "/v1/x"


def test_cookies_stand_apart_from_headers():
    event = event_of(headers={"Cookie": "session=a; other=b=c"})
    assert event["cookies"] == ["session=a", "other=b=c"]
    assert "cookie" not in event["headers"]


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("application/json", '{"a": "ñ"}'.encode(), '{"a": "ñ"}'),
        ("application/problem+json; charset=utf-8", b"{}", "{}"),
        ("text/plain", b"hi", "hi"),
        ("application/json", b"\xff", None),
        ("application/x-www-form-urlencoded", b"a=1", None),
        ("application/octet-stream", b"hi", None),
        ("", b"hi", None),
    ],
)
def test_a_body_that_is_no_text_is_in_base_64(content_type, body, text):
    event = event_of(body=body, headers={"Content-Type": content_type})
    assert event["isBase64Encoded"] is (text is None)
    assert event["body"] == (base64.b64encode(body).decode() if text is None else text)


def test_an_answer_has_status_headers_and_several_cookies():
    response = to_response(
        {
            "statusCode": 201,
            "headers": {"Content-Type": "application/json", "X-Count": 3, "Transfer-Encoding": "chunked"},
            "cookies": ["a=1; Path=/", "b=2"],
            "body": "{}",
        }
    )
    assert (response.status_code, response.get_data()) == (201, b"{}")
    assert response.headers.getlist("Set-Cookie") == ["a=1; Path=/", "b=2"]
    assert (response.headers["X-Count"], response.headers["Content-Type"]) == ("3", "application/json")
    assert "Transfer-Encoding" not in response.headers


def test_a_body_in_base_64_is_decoded():
    assert to_response({"statusCode": 200, "body": "/wA=", "isBase64Encoded": True}).get_data() == b"\xff\x00"


@pytest.mark.parametrize(
    ("answer", "body"), [({"a": 1}, b'{"a": 1}'), ("text", b"text"), (None, b"null"), ([1], b"[1]")]
)
def test_an_answer_without_a_status_is_the_body(answer, body):
    response = to_response(answer)
    assert (response.status_code, response.content_type, response.get_data()) == (200, "application/json", body)


@pytest.mark.parametrize(
    "answer",
    [
        {"statusCode": "many"},
        {"statusCode": 200, "body": {"a": 1}},
        {"statusCode": 200, "body": "%%%", "isBase64Encoded": True},
        {"statusCode": 200, "headers": ["X: 1"]},
        {"statusCode": 200, "headers": {"X-Split": "a\r\nSet-Cookie: b"}},
    ],
)
def test_an_answer_that_cannot_be_sent_is_refused(answer):
    with pytest.raises(BadAnswer):
        to_response(answer)
