"""`ventanilla demo`: the local server's demo data, and a walk through the main job on it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.connection import LOCAL_DEMO, checked, demo_client, read_demo
from cli.errors import CommandError, explain


def demo(
    walk: Annotated[
        bool, typer.Option("--walk", help="Walk through the main job, telling each step's result.")
    ] = False,
    file: Annotated[Path, typer.Option("--demo", metavar="FILE", help="The demo data.")] = LOCAL_DEMO,
) -> None:
    """Show the local server's demo data, or walk through it.

    The walk is the main job on the running server: register, verify the address, sign in, post a signed notification,
    await the alert, list, open, reset the password.
    """
    data = read_demo(file)
    if walk:
        _walk(data, file)
        return
    try:
        _show(data, file)
    except (KeyError, TypeError) as error:
        raise CommandError(f"{file}: these are not demo data: {error}") from error


def _show(data: dict[str, Any], file: Path) -> None:
    institution = data["institution"]
    people = {"Citizen": data["citizen"]} | {f"Staff, {role}": person for role, person in data.get("staff", {}).items()}
    typer.echo(f"Server        {data['base_url']} (mails: {data['base_url']}/outbox)")
    typer.echo(f"Institution   {institution['id']}, key id {institution['key_id']}; its private key is in {file}")
    for who, person in people.items():
        typer.echo(f"{who:<13} " + ", ".join(f"{name} {value}" for name, value in person.items()))
    typer.echo("\nTry: ventanilla demo --walk")


def _walk(data: dict[str, Any], file: Path) -> None:
    import httpx

    from cli.walk import Walk

    with demo_client(data, file) as institution, httpx.Client(base_url=checked(data["base_url"]), timeout=30) as http:
        steps = Walk(http, institution, portal=data["citizen"]["portal"], sleep=time.sleep).steps()
        for number, (title, step) in enumerate(steps, start=1):
            try:
                result = step()
            except (CommandError, httpx.HTTPError) as error:
                typer.echo(f"{number:>2}  {title:<34} failed")
                raise CommandError(f"{title}: {explain(error)}") from error
            typer.echo(f"{number:>2}  {title:<34} {result}")
