"""`ventanilla staff`: who works on other people's accounts and applications; for the platform's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from cli import environment
from cli.errors import CommandError
from cli.institution import Local, Stack

if TYPE_CHECKING:
    from ventanilla.wiring import Services

app = typer.Typer(no_args_is_help=True)

Identifier = Annotated[str, typer.Option(metavar="NUMBER", help="The person's national id (10 digits).")]
_DONE = {
    "invited": "Invited; the link to set a password is mailed to {email}.",
    "given": "The account of this number has the roles from now on; its owner is told by mail.",
}


@app.callback()
def staff() -> None:
    """Reviewers, agents, administrators."""


@app.command()
def add(
    role: Annotated[list[str], typer.Option(help="Of portals/staff.toml; may be repeated, each with its --scope.")],
    scope: Annotated[list[str], typer.Option(help="Where: a portal's id, an organisation's RUC, or platform.")],
    identifier: Identifier,
    email: Annotated[str, typer.Option(help="The person's institutional address.")],
    given_names: Annotated[str | None, typer.Option()] = None,
    surnames: Annotated[str | None, typer.Option()] = None,
    full_name: Annotated[str | None, typer.Option(help="Instead of given names and surnames.")] = None,
    position: Annotated[str | None, typer.Option(help="The person's office.")] = None,
    work_phone: Annotated[str | None, typer.Option()] = None,
    field: Annotated[list[str] | None, typer.Option(metavar="NAME=VALUE", help="Another field of the form.")] = None,
    locale: Annotated[str, typer.Option(help="Language of the mails: es or en.")] = "es",
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Invite somebody, or give roles to somebody who is of the staff already."""
    if len(role) != len(scope):
        raise typer.BadParameter("each --role goes with one --scope")
    named = {
        "given_names": given_names,
        "surnames": surnames,
        "full_name": full_name,
        "position": position,
        "work_phone": work_phone,
    }
    others = dict(_pair(text) for text in field or ())
    fields = {"email": email, **{name: value for name, value in named.items() if value}, **others}
    with _services(stack, local) as services:
        from ventanilla.domain.grants import Grant
        from ventanilla.usecases.invitations import Invitation, invite

        outcome = invite(
            Invitation(
                kind="cedula",
                number=identifier,
                fields=fields,
                grants=tuple(Grant(*pair) for pair in zip(role, scope, strict=True)),
                locale=locale,
            ),
            portals=services.portals,
            catalogues=services.portals.catalogue,
            applications=services.applications,
            accounts=services.accounts,
            audits=services.audits,
            hasher=services.hasher,
            clock=services.clock,
        )
        typer.echo(_DONE[outcome].format(email=email))


@app.command()
def reset_second_factor(
    identifier: Identifier,
    reason: Annotated[str, typer.Option(help="Why: kept in the audit, and told to the person.")],
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Take a lost second factor away: its owner enrols another at the next entry, by the password."""
    if not reason.strip():
        raise typer.BadParameter("--reason says nothing")
    with _services(stack, local) as services:
        from ventanilla.usecases.invitations import reset_second_factor as reset

        reset(identifier, reason.strip(), accounts=services.accounts, audits=services.audits, clock=services.clock)
        typer.echo("The second factor is taken away, and all sessions have ended; the owner is told by mail.")


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise typer.BadParameter(f"--field takes NAME=VALUE, not {text}")
    return name, value


@contextmanager
def _services(stack: str | None, local: bool) -> Iterator[Services]:
    """What the platform's own rules work with, in the deployment that is meant; their refusals in words."""
    from ventanilla.domain.errors import NotFound, Refused

    deployment = environment.services_of(stack=stack, local=local)
    try:
        yield deployment
    except Refused as error:
        from ventanilla.web.problems import problem_of  # the words that the forms say too

        lines = problem_of(error, "en", "").body["errors"]
        said = "; ".join(f"{line['field']}: {line['message']}" for line in lines)
        raise CommandError(f"refused: {said}") from error
    except NotFound as error:
        missing = error.facts.get("portal")
        raise CommandError(
            f"the portal {missing} is not in force there" if missing else "nobody of the staff has this number"
        ) from error
