"""Which platform a signed command talks to, and as whom: options, environment, or the local demo."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.client import InstitutionClient

DEFAULT_URL = "http://127.0.0.1:8000"
LOCAL_DEMO = Path(".local/demo.json")

Url = Annotated[
    str | None, typer.Option(envvar="VENTANILLA_URL", help=f"Address of the platform; without it, {DEFAULT_URL}.")
]
Key = Annotated[
    Path | None, typer.Option(metavar="FILE", envvar="VENTANILLA_KEY", help="The institution's private key (PEM).")
]
KeyId = Annotated[
    str | None,
    typer.Option(metavar="ID", envvar="VENTANILLA_KEY_ID", help="The key's id: <institution>.<key name>."),
]
Demo = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help=f"Take address and key from demo data; without --key, from {LOCAL_DEMO}."),
]


def connect(url: str | None, key: Path | None, key_id: str | None, demo: Path | None) -> InstitutionClient:
    """The client that these options describe.

    Raises:
        CommandError: something is missing or can't be read.
    """
    from cli.client import InstitutionClient

    if demo is None and key is None and LOCAL_DEMO.exists():
        demo = LOCAL_DEMO
    if demo is not None:
        data = read_demo(demo)
        typer.echo(f"Signing as the demo institution of {demo}.", err=True)
        return demo_client(data, demo, url)
    if key is None or key_id is None:
        missing = "--key FILE (VENTANILLA_KEY)" if key is None else "--key-id ID (VENTANILLA_KEY_ID)"
        raise CommandError(f"no key to sign with: give {missing}; `ventanilla keys generate` makes a key")
    return InstitutionClient(checked(url or DEFAULT_URL), key_id, key.read_bytes())


def read_demo(path: Path) -> dict[str, Any]:
    """The demo data that the local server wrote; raises `CommandError` where there are none."""
    if not path.exists():
        raise CommandError(f"{path}: no demo data here: start the local server (`make run`) in this folder first")
    try:
        return dict(json.loads(path.read_bytes()))
    except (ValueError, TypeError) as error:
        raise CommandError(f"{path}: these are not demo data: {error}") from error


def demo_client(data: dict[str, Any], path: Path, url: str | None = None) -> InstitutionClient:
    """The demo institution."""
    from cli.client import InstitutionClient

    try:
        institution = data["institution"]
        base_url, key_id, private_key = url or data["base_url"], institution["key_id"], institution["private_key"]
    except (KeyError, TypeError) as error:
        raise CommandError(f"{path}: these are not demo data: {error} is missing") from error
    return InstitutionClient(checked(base_url), key_id, private_key)


def checked(url: str) -> str:
    """The address, if it is one of a server; raises `CommandError`."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise CommandError(f"{url}: an address begins with https:// (or http://) and a host")
    return url.rstrip("/")
