"""Write docs/openapi.json from the functions' own types: `python -m tools.openapi` (a test holds the file to them)."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from tools.problem_responses import PROBLEM, PROBLEM_RESPONSES
from ventanilla.schemas.batches import BatchIn
from ventanilla.schemas.openid import Logout
from ventanilla.web import Pdf, Reply, SignedReceipt
from ventanilla.web.access import bodies_of, body_of
from ventanilla.web.request import FORM, PDF

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "openapi.json"
_DESCRIPTION = (
    "Accounts and a mailbox for citizens, for public institutions. Errors are application/problem+json (RFC 9457). "
    "Institutions sign their requests (RFC 9421). What the gateway itself answers (413 above 10 MB, 429, 503) "
    "is no problem+json."
)
_PDF = {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}
_LINES = {"schema": {"type": "string", "description": "JSON Lines, each what POST /v1/notifications takes"}}
_BATCH = {
    "application/json": {"schema": {"$ref": "#/components/schemas/BatchIn"}},
    "application/x-ndjson": _LINES,
    "application/jsonl": _LINES,
}
_RECEIPT = {
    **_PDF,
    "application/json": {
        "schema": {
            "type": "object",
            "required": ["jws", "receipt"],
            "properties": {
                "jws": {"type": "string", "description": "The platform's signature (RFC 7515, compact)"},
                "receipt": {"type": "object", "description": "What it vouches for: docs/receipts.md"},
            },
        }
    },
}
_OAUTH = {"application/json": {"schema": {"$ref": "#/components/schemas/OAuthError"}}}
_OAUTH_ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": {"type": "string"}, "error_description": {"type": "string"}},
}
"""RFC 6749 §5.2."""


def _form(*required: str, also: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a body that is a form."""
    fields = {name: {"type": "string"} for name in (*required, *also)}
    schema = {"type": "object", "required": list(required), "properties": fields}
    return {"required": True, "content": {FORM.media_type: {"schema": schema}}}


_PROOF = ("client_id", "client_assertion_type", "client_assertion")
_LOGOUT_FORM = _form(also=("id_token_hint", "client_id", "post_logout_redirect_uri", "state"))["content"]
_FORMS: dict[str, dict[str, Any]] = {
    "post_token": {
        "requestBody": _form(
            "grant_type", also=("code", "redirect_uri", "code_verifier", "refresh_token", "scope", *_PROOF)
        )
    },
    "post_revoke": {"requestBody": _form("token", also=("token_type_hint", *_PROOF))},
    "post_logout": {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Logout"}}, **_LOGOUT_FORM},
        }
    },
    "post_userinfo": {},
}
"""Bodies that types do not tell of."""
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "Public": [],
    "BySession": [{"bearer": []}, {"cookie": []}],
    "ByInstitution": [{"signature": []}, {"bearer": []}, {"cookie": []}],
}
_SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The token of POST /v1/sessions"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "__Host-session"},
    "signature": {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "HTTP Message Signature (RFC 9421), tag ventanilla",
    },
}


def document() -> dict[str, Any]:
    """Return the description of all functions' calls.

    Raises:
        ValueError: two functions name different schemas alike, or serve the same call.
    """
    paths: dict[str, dict[str, Any]] = {}
    batch = BatchIn.model_json_schema(ref_template="#/components/schemas/{model}")  # which no parameter tells of
    schemas: dict[str, Any] = {
        "Problem": PROBLEM,
        "OAuthError": _OAUTH_ERROR,
        "Logout": Logout.model_json_schema(),
        **batch.pop("$defs"),
        "BatchIn": batch,
    }
    for folder in sorted((ROOT / "functions").iterdir()):
        app = getattr(_load(folder / "app.py"), "app", None)
        if app is None:
            continue
        described = json.loads(app.get_openapi_json_schema(title="Ventanilla", version="1"))
        for path, methods in described.get("paths", {}).items():
            for method, operation in methods.items():
                route = f"{method.upper()} {path}"
                if method in paths.setdefault(path, {}):
                    raise ValueError(f"{route} is served twice")
                said = app._access[route]  # noqa: SLF001  # what the decorators said
                access = "ByInstitution" if getattr(said, "or_signed", False) else type(said).__name__
                call = _call(app, route)
                told = str(call.__doc__).strip()
                paths[path][method] = _operation(_with_pdf(operation, call), folder.name, access, told, call.__name__)
        for name, schema in described.get("components", {}).get("schemas", {}).items():
            if schemas.setdefault(name, schema) != schema:
                raise ValueError(f"{name} stands for different schemas")
    unused = ("HTTPValidationError", "ValidationError", "ResponseValidationError")
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Ventanilla",
            "version": "1",
            "description": _DESCRIPTION,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": {name: schema for name, schema in sorted(schemas.items()) if name not in unused},
            "securitySchemes": _SCHEMES,
        },
    }


def text() -> str:
    """Return the document as it is written down."""
    return json.dumps(document(), indent=2, ensure_ascii=False) + "\n"


def _call(app: Any, route: str) -> Any:
    """Return the function that serves a route."""
    calls = {f"{one.method} {one.path}": one.func for one in (*app._static_routes, *app._dynamic_routes)}  # noqa: SLF001
    return calls[route.replace("{", "<").replace("}", ">")]


def _with_pdf(operation: dict[str, Any], call: Any) -> dict[str, Any]:
    """Return a description with the files that a call takes or gives, which its types do not tell."""
    described = dict(operation)
    if body_of(call) is PDF:
        described["requestBody"] = {"required": True, "content": _PDF}
    if FORM in bodies_of(call):
        described |= _FORMS[call.__name__]
    elif len(bodies_of(call)) > 1:
        described["requestBody"] = {"required": True, "content": _BATCH}
        described["responses"] = {"201": operation["responses"]["202"], **operation["responses"]}
    given = {Reply[Pdf]: _PDF, Reply[SignedReceipt]: _RECEIPT}.get(call.__annotations__["return"])
    if given:
        success = {**operation["responses"]["200"], "content": given}
        described["responses"] = {**operation["responses"], "200": success}
    return described


def _operation(operation: dict[str, Any], step: str, access: str, told: str, call: str) -> dict[str, Any]:
    successes = {status: answer for status, answer in operation["responses"].items() if status[0] in "23"}
    if "204" in successes:
        successes["204"] = {"description": "Done; there is nothing to say"}
    if "302" in successes:
        successes["302"] = {"description": "`Location` leads to it"}
    responses = {**successes, **PROBLEM_RESPONSES}
    if call in ("post_token", "post_revoke"):
        for status in ("400", "401"):
            responses[status] = {**responses[status], "content": {**responses[status]["content"], **_OAUTH}}
    described = {**operation, "summary": told, "tags": [step], "responses": responses, "security": _SECURITY[access]}
    described["operationId"] = f"{step}_{operation['operationId'].split('_v1')[0]}"
    return described


def _load(path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(f"described_{path.parent.name}", path)
    if spec is None or spec.loader is None:
        raise ValueError(f"{path} is no module")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    TARGET.write_text(text(), encoding="utf-8")
    sys.stdout.write(f"{TARGET.relative_to(ROOT)} is written\n")
