"""Answers of the platform, and its refusals (problem+json, RFC 9457) as one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cli.errors import CommandError, one_line

if TYPE_CHECKING:
    import httpx


class Refused(CommandError):
    """An answer that is not a success; the text gives status, title, detail, field errors and request id."""

    def __init__(self, response: httpx.Response) -> None:
        super().__init__(_text(response))
        self.status = response.status_code


def answer(response: httpx.Response) -> dict[str, Any]:
    """The JSON object of a successful answer (empty where there is no body); raises `Refused` for any other."""
    if not response.is_success:
        raise Refused(response)
    if not response.content:
        return {}
    content = _json(response)
    if not isinstance(content, dict):
        raise CommandError(f"{response.url} does not answer as the platform does: is the address right?")
    return content


def _text(response: httpx.Response) -> str:
    if response.is_redirect:
        return f"{response.status_code}: the server is elsewhere; give its own address: {response.headers['location']}"
    content = _json(response)
    problem = content if isinstance(content, dict) else {}
    # what the gateway says by itself is no problem+json: {"message": "Too Many Requests"}
    title = problem.get("title") or problem.get("message") or response.reason_phrase
    said = [f"{response.status_code} {title}", problem.get("detail")]
    said += [
        f"{error.get('field')}: {error.get('message')}"
        for error in problem.get("errors", ())
        if isinstance(error, dict)
    ]
    if request_id := problem.get("request_id"):
        said.append(f"request id {request_id}")
    return one_line("; ".join(str(part).rstrip(".") for part in said if part))


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return None
