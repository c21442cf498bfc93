"""What every call may answer besides its own success, for the API's description."""

from __future__ import annotations

from typing import Any

PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "request_id"],
    "properties": {
        "type": {"type": "string", "description": "urn:ventanilla:problem:<slug>, stable"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is the case, in the language asked for"},
        "request_id": {"type": "string"},
        "retryable": {"type": "boolean"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "message"],
                "properties": {
                    "field": {"type": "string"},
                    "code": {"type": "string"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}
_DESCRIPTIONS = {
    400: "The body is no JSON object in UTF-8",
    401: "Not known, or not proven, who asks",
    403: "Known, and not allowed",
    404: "There is no such thing for this caller",
    409: "The state of things forbids it",
    410: "The link or code is unknown, used, superseded or expired",
    413: "The body is larger than 64 KB, or a PDF or a batch than 4 MB",
    415: "The body is not application/json (or, where that is taken, application/pdf or application/x-ndjson)",
    422: "Some fields do not fit: `errors` says which",
    429: "Too many; `Retry-After` says when to come back. The gateway's own 429 and 413 are no problem+json",
    500: "Unforeseen",
    503: "The identity registry does not answer; `Retry-After` says when to come back",
}
PROBLEM_RESPONSES: dict[str, Any] = {
    str(status): {
        "description": description,
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    for status, description in _DESCRIPTIONS.items()
}
