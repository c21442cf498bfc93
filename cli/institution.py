"""`ventanilla institution`: who may post notifications, and with which keys; for the platform's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import environment
from cli.errors import CommandError

if TYPE_CHECKING:
    from ventanilla.wiring import Services

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The institution: 3 to 40 of a-z, 0-9 and hyphen.")]
KeyName = Annotated[str, typer.Option(metavar="NAME", help="The key's name: a-z, 0-9 and hyphen.")]
PublicKey = Annotated[Path, typer.Option(metavar="FILE", help="The public key (PEM).")]
Stack = Annotated[str | None, typer.Option(metavar="NAME", help="The deployment, by its CloudFormation stack.")]
Local = Annotated[bool, typer.Option("--local", help=f"The local server, by {environment.LOCAL_ENVIRONMENT}.")]


@app.callback()
def institutions() -> None:
    """Institutions that notify, and their keys."""


@app.command()
def add(
    institution_id: Id,
    name: Annotated[str, typer.Option(help="The name that citizens read.")],
    portal: Annotated[list[str], typer.Option(help="A mailbox it may post to; may be repeated.")],
    email: Annotated[str | None, typer.Option(help="Where citizens reach it.")] = None,
    phone: Annotated[str | None, typer.Option(help="Where citizens reach it.")] = None,
    website: Annotated[str | None, typer.Option(help="Where citizens reach it.")] = None,
    key_name: Annotated[str | None, typer.Option(metavar="NAME", help="With --public-key: the key's name.")] = None,
    public_key: Annotated[Path | None, typer.Option(metavar="FILE", help="Its first public key (PEM).")] = None,
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Add an institution, with its first key or without."""
    if (key_name is None) != (public_key is None):
        raise typer.BadParameter("--key-name and --public-key go together")
    pem = public_key.read_text(encoding="utf-8") if public_key else None
    contact = {"email": email, "phone": phone, "website": website}
    with _services(stack, local) as services:
        from ventanilla.domain.institutions import Institution
        from ventanilla.usecases.institutions import add_institution

        institution = Institution(
            id=institution_id,
            name=name,
            contact={kind: value for kind, value in contact.items() if value},
            portals=tuple(portal),
        )
        add_institution(institution, institutions=services.institutions)
        typer.echo(f"Added {institution_id}; it may post to {', '.join(portal)}.")
        if key_name and pem:
            _add_key(institution_id, key_name, pem, services)


@app.command()
def add_key(
    institution_id: Id, key_name: KeyName, public_key: PublicKey, stack: Stack = None, local: Local = False
) -> None:
    """Add a public key; the others stay valid, so that an institution can change over in its own time."""
    pem = public_key.read_text(encoding="utf-8")
    with _services(stack, local) as services:
        _add_key(institution_id, key_name, pem, services)


@app.command()
def revoke_key(institution_id: Id, key_name: KeyName, stack: Stack = None, local: Local = False) -> None:
    """Revoke a key: no request signed with it is accepted from now on."""
    with _services(stack, local) as services:
        from ventanilla.usecases.institutions import revoke_key as revoke

        revoke(institution_id, key_name, institutions=services.institutions, clock=services.clock)
        typer.echo(f"Revoked {institution_id}.{key_name}.")


@contextmanager
def _services(stack: str | None, local: bool) -> Iterator[Services]:
    """What the platform's own rules work with, in the deployment that is meant; their refusals in words."""
    environment.load(stack=stack, local=local)
    from ventanilla.domain.errors import InstitutionExists, KeyRefused, NotFound
    from ventanilla.wiring import services

    try:
        deployment = services()
    except KeyError as missing:
        raise CommandError(f"the environment lacks {missing.args[0]}: give --stack NAME or --local") from missing
    try:
        yield deployment
    except InstitutionExists as error:
        raise CommandError("there is an institution, or a key, of this name already") from error
    except NotFound as error:
        raise CommandError("there is no such institution, or no such key") from error
    except KeyRefused as error:
        raise CommandError(f"refused: {error.facts['why']}") from error


def _add_key(institution_id: str, name: str, pem: str, services: Services) -> None:
    from ventanilla.usecases.institutions import add_key as add

    key = add(institution_id, name, pem, institutions=services.institutions, clock=services.clock)
    typer.echo(f"Added the key {institution_id}.{name} ({key.algorithm}): this is the institution's --key-id.")
