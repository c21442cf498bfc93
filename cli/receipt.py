"""`ventanilla receipt`: the platform's public keys, and receipts checked with them, without the platform."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.connection import DEFAULT_URL, LOCAL_DEMO, Url, checked, read_demo
from cli.errors import CommandError, one_line

app = typer.Typer(no_args_is_help=True)
_WORDS = {
    "iss": "platform",
    "made_at": "made at",
    "notification": "notification",
    "institution": "institution",
    "reference": "reference",
    "content": "content (SHA-256)",
    "head": "head of the timeline",
}


@app.callback()
def receipts() -> None:
    """Receipts of notifications, signed by the platform."""


@app.command()
def keys(url: Url = None) -> None:
    """Print the platform's public keys (JWKS), to be kept for checking receipts without it."""
    typer.echo(json.dumps(_published(url), indent=2))


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A receipt as it was downloaded: PDF or JSON.")],
    keys_file: Annotated[
        Path | None,
        typer.Option(
            "--keys", metavar="FILE", help="The platform's keys, kept before; without it, the platform is asked."
        ),
    ] = None,
    url: Url = None,
) -> None:
    """Check that a receipt is whole, unchanged, and signed by the platform; exit 0 and what is proven, or 1."""
    from ventanilla.domain.institutions import is_shadow
    from ventanilla.usecases.receipt_check import ReceiptRefused, check

    content = file.read_bytes()
    known = _read(keys_file) if keys_file else _published(url)
    try:
        manifest, receipt = check(content, known["keys"])
    except ReceiptRefused as refused:
        raise CommandError(f"{file}: NOT a valid receipt: {refused}") from None
    typer.echo(f"{file}: a valid receipt; every byte of it is as the platform signed it.")
    if is_shadow(str(manifest["institution"])):
        typer.echo("  A SIMULATION: posted by a test key, it reached nobody.")
    for name, text in _proven(manifest, receipt):
        typer.echo(f"  {name}: {one_line(text)}")


def _proven(manifest: Any, receipt: Any) -> list[tuple[str, str]]:
    from datetime import UTC, datetime

    said = {**manifest, "made_at": f"{datetime.fromtimestamp(manifest['iat'], UTC):%Y-%m-%dT%H:%M:%SZ}"}
    lines = [(word, str(said[name])) for name, word in _WORDS.items()]
    if receipt:
        recipient = receipt["recipient"]
        lines += [("recipient", f"{recipient['kind']} {recipient['number']} at {recipient['portal']}")]
        lines += [("subject", receipt["subject"])]
        lines += [("attachment", f"{one['file_name']} (SHA-256 {one['sha256']})") for one in receipt["attachments"]]
        lines += [(one["state"], one["at"]) for one in receipt["timeline"]]
    return lines


def _published(url: str | None) -> dict[str, Any]:
    """The keys that the platform publishes: the one that is named, the local demo, or the default address."""
    import httpx

    from cli.problems import answer

    if url is None and LOCAL_DEMO.exists():
        url = str(read_demo(LOCAL_DEMO).get("base_url", DEFAULT_URL))
    base = checked(url or DEFAULT_URL)
    return _demand_keys(answer(httpx.get(f"{base}/v1/keys", timeout=30)), base)


def _read(path: Path) -> dict[str, Any]:
    try:
        return _demand_keys(json.loads(path.read_bytes()), str(path))
    except ValueError:
        raise CommandError(
            f"{path}: these are no keys: `ventanilla receipt keys > {path}` keeps the platform's"
        ) from None


def _demand_keys(given: Any, where: str) -> dict[str, Any]:
    held = given.get("keys") if isinstance(given, dict) else None
    if not isinstance(held, list) or not all(isinstance(key, dict) for key in held):
        raise CommandError(f"{where}: these are no keys")
    return dict(given)
