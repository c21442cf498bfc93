"""`ventanilla oidc`: the keys of ID tokens; for the platform's operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from cli import environment

if TYPE_CHECKING:
    from ventanilla.domain.openid_clients import Algorithm

app = typer.Typer(no_args_is_help=True)
Stack = Annotated[str | None, typer.Option(metavar="NAME", help="The deployment, by its CloudFormation stack.")]
Local = Annotated[bool, typer.Option("--local", help=f"The local server, by {environment.LOCAL_ENVIRONMENT}.")]
Named = Annotated[str, typer.Option(metavar="RS256|ES256", help="Which of the two keys; both if it is not said.")]
_ALGORITHMS: tuple[Algorithm, ...] = ("RS256", "ES256")


@app.callback()
def oidc() -> None:
    """The keys of ID tokens."""


@app.command()
def keys(stack: Stack = None, local: Local = False) -> None:
    """List the keys that are published: those in force first, then those that were until a week ago."""
    services = environment.services_of(stack=stack, local=local)
    for key in services.openid_keys.public_keys():
        typer.echo(f"{key['alg']}  {key['kid']}")


@app.command()
def rotate(algorithm: Named = "", stack: Stack = None, local: Local = False) -> None:
    """Make new keys and sign with them from now on; the former ones stay published for a week."""
    wanted = [one for one in _ALGORITHMS if algorithm in ("", one)]
    if not wanted:
        raise typer.BadParameter("RS256 or ES256", param_hint="--algorithm")
    services = environment.services_of(stack=stack, local=local)
    for one in wanted:
        typer.echo(f"{one} signs by {services.openid_keys.rotate(one)} now.")
