"""Refusals and failures are said in one readable line."""

from __future__ import annotations

import httpx
import pytest

from cli.errors import CommandError, explain
from cli.problems import Refused, answer


def said(response: httpx.Response) -> str:
    response.request = httpx.Request("GET", "https://p.example/v1/x")
    with pytest.raises(CommandError) as error:
        answer(response)
    return str(error.value)


def test_a_refusal_names_every_field():
    errors = [
        {"field": "recipient.number", "code": "cedula", "message": "is no cédula"},
        {"field": "subject", "code": "too_long", "message": "is too long"},
    ]
    body = {"title": "Some fields do not fit", "detail": "See errors.", "errors": errors, "request_id": "r-9"}
    assert said(httpx.Response(422, json=body)) == (
        "422 Some fields do not fit; See errors; recipient.number: is no cédula; subject: is too long; request id r-9"
    )


def test_errors_of_another_shape_are_passed_over():
    assert said(httpx.Response(400, json={"title": "No", "errors": ["what", None]})) == "400 No"


def test_what_the_gateway_says_by_itself_is_said_too():
    assert said(httpx.Response(429, json={"message": "Too Many Requests"})) == "429 Too Many Requests"


def test_a_page_of_html_is_not_repeated():
    assert said(httpx.Response(502, html="<html>\n<h1>Oh</h1>")) == "502 Bad Gateway"


def test_a_redirection_names_the_address():
    moved = httpx.Response(308, headers={"Location": "https://other.example/"})
    assert said(moved) == "308: the server is elsewhere; give its own address: https://other.example/"


@pytest.mark.parametrize("content", [b"<html>", b"[]"])
def test_a_success_that_is_not_the_platforms_is_no_success(content: bytes):
    assert "is the address right?" in said(httpx.Response(200, content=content))


def test_an_answer_without_a_body_is_empty():
    assert answer(httpx.Response(204)) == {}


def test_nothing_that_a_terminal_obeys_gets_through():
    refused = Refused(httpx.Response(400, json={"title": "a\x1b[2Jb\nc\u202e"}))
    assert explain(refused) == "400 a [2Jb c"


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (CommandError("two\nlines"), "two lines"),
        (FileNotFoundError(2, "No such file or directory", "x.key"), "x.key: No such file or directory"),
        (httpx.ConnectError("[Errno 111] Connection refused"), "no answer from the server: [Errno 111] Connection"),
        (ZeroDivisionError("division by zero"), "unexpected ZeroDivisionError: division by zero (VENTANILLA_DEBUG=1"),
    ],
)
def test_an_exception_becomes_one_line(error: Exception, text: str):
    assert explain(error).startswith(text)
    assert "\n" not in explain(error)
