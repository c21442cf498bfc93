"""The description of the API: the document that the code's types make, and a page to read it."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

_STYLE = (
    "body{font:18px/1.5 system-ui,sans-serif;max-width:66ch;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}h1,h2{line-height:1.2}code,summary b{font-family:ui-monospace,monospace;font-size:.9em}"
    "summary{cursor:pointer;padding:.75rem 0;border-top:1px solid #ccc}pre{overflow:auto;background:#f3f3f3;"
    "padding:1rem;font-size:.8em}.m{display:inline-block;min-width:4.5em;color:#0b3d6b}"
    "@media(prefers-color-scheme:dark){body{color:#eee;background:#16181a}pre{background:#24282b}.m{color:#9cc7ee}}"
)
POLICY = (
    f"default-src 'none'; style-src 'sha256-{base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()}'; "
    "frame-ancestors 'none'"
)
"""The page's content security policy: its own style, and nothing else."""


@cache
def describe(folder: Path) -> dict[str, Any]:
    """Return the OpenAPI document."""
    document: dict[str, Any] = json.loads((folder / "openapi.json").read_text(encoding="utf-8"))
    return document


@cache
def page(folder: Path) -> str:
    """Return the document as a page: each call, what it takes and what it answers."""
    document = describe(folder)
    calls = [
        _call(method, path, operation, document)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    title = escape(document["info"]["title"])
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style><main><h1>{title}</h1><p>{escape(document['info'].get('description', ''))}</p>"
        f'<p>The same for machines: <a href="/openapi.json">/openapi.json</a>.</p>{"".join(calls)}</main></html>'
    )


def _call(method: str, path: str, operation: dict[str, Any], document: dict[str, Any]) -> str:
    request = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    parts = []
    if parameters := operation.get("parameters"):
        names = ", ".join(f"<code>{escape(one['name'])}</code> ({escape(one['in'])})" for one in parameters)
        parts.append(f"<p>Takes {names}.</p>")
    if request:
        parts.append(f"<p>Body:</p>{_schema(request, document)}")
    for status, response in operation["responses"].items():
        schema = response.get("content", {}).get("application/json", {}).get("schema")
        if status.startswith("2"):
            parts.append(f"<p>Answers <b>{escape(status)}</b>:</p>{_schema(schema, document) if schema else ''}")
    problems = ", ".join(escape(status) for status in operation["responses"] if not status.startswith("2"))
    parts.append(f"<p>Problems: {problems}.</p>")
    name = f'<b><span class="m">{method.upper()}</span> {escape(path)}</b>'
    told = escape(operation.get("summary", ""))
    return f"<details><summary>{name}<br>{told}</summary>{''.join(parts)}</details>"


def _schema(schema: dict[str, Any], document: dict[str, Any]) -> str:
    return f"<pre>{escape(json.dumps(_resolved(schema, document, 3), indent=1, ensure_ascii=False))}</pre>"


def _resolved(schema: Any, document: dict[str, Any], depth: int) -> Any:
    """Return a schema with what it refers to in place, some levels deep."""
    if isinstance(schema, list):
        return [_resolved(item, document, depth) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return _resolved(document["components"]["schemas"][name], document, depth - 1) if depth else name
    return {key: _resolved(value, document, depth) for key, value in schema.items()}
