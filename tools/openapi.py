"""Write docs/openapi.json from the functions' own types: `python -m tools.openapi` (a test holds the file to them)."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from tools.problem_responses import PROBLEM, PROBLEM_RESPONSES

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "openapi.json"
_DESCRIPTION = (
    "Accounts and a mailbox for citizens, for public institutions. Errors are application/problem+json (RFC 9457). "
    "Institutions sign their requests (RFC 9421). What the gateway itself answers (413 above 10 MB, 429, 503) "
    "is no problem+json."
)
_SECURITY: dict[str, list[dict[str, list[str]]]] = {
    "Public": [],
    "BySession": [{"bearer": []}, {"cookie": []}],
    "ByInstitution": [{"signature": []}],
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
    schemas: dict[str, Any] = {"Problem": PROBLEM}
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
                access = type(app._access[route]).__name__  # noqa: SLF001  # what the decorators said
                paths[path][method] = _operation(operation, folder.name, access, _told(app, route))
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


def _told(app: Any, route: str) -> str:
    """Return what a call's own docstring says of it."""
    calls = {f"{one.method} {one.path}": one.func for one in (*app._static_routes, *app._dynamic_routes)}  # noqa: SLF001
    return str(calls[route.replace("{", "<").replace("}", ">")].__doc__).strip()


def _operation(operation: dict[str, Any], step: str, access: str, told: str) -> dict[str, Any]:
    successes = {status: answer for status, answer in operation["responses"].items() if status.startswith("2")}
    if "204" in successes:
        successes["204"] = {"description": "Done; there is nothing to say"}
    responses = {**successes, **PROBLEM_RESPONSES}
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
