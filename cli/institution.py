"""`ventanilla institution`: who may post notifications, and with which keys; for the platform's operator."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from cli import environment
from cli.errors import CommandError

if TYPE_CHECKING:
    from ventanilla.domain.institutions import Effect
    from ventanilla.wiring import Services

app = typer.Typer(no_args_is_help=True)

Id = Annotated[str, typer.Argument(metavar="ID", help="The institution: 3 to 40 of a-z, 0-9 and hyphen.")]
KeyName = Annotated[str, typer.Option(metavar="NAME", help="The key's name: a-z, 0-9 and hyphen.")]
PublicKey = Annotated[Path, typer.Option(metavar="FILE", help="The public key (PEM).")]
Test = Annotated[bool, typer.Option("--test", help="A test key: what it signs reaches nobody.")]
Reason = Annotated[str, typer.Option(help="Why: kept in the institution's audit.")]
_MOST_DAYS = 365
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
    institution_id: Id,
    key_name: KeyName,
    public_key: PublicKey,
    test: Test = False,
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Add a public key; the others stay valid, so that an institution can change over in its own time."""
    pem = public_key.read_text(encoding="utf-8")
    with _services(stack, local) as services:
        _add_key(institution_id, key_name, pem, services, test=test)


@app.command()
def revoke_key(
    institution_id: Id, key_name: KeyName, test: Test = False, stack: Stack = None, local: Local = False
) -> None:
    """Revoke a key: no request signed with it is accepted from now on."""
    with _services(stack, local) as services:
        from ventanilla.usecases.institutions import revoke_key as revoke

        revoke(
            institution_id,
            key_name,
            institutions=services.institutions,
            audits=services.audits,
            clock=services.clock,
            test=test,
        )
        typer.echo(f"Revoked {'test-' if test else ''}{institution_id}.{key_name}.")


@app.command()
def keys(institution_id: Id, stack: Stack = None, local: Local = False) -> None:
    """List all keys that an institution ever had: state, last use, fingerprint."""
    with _services(stack, local) as services:
        if services.institutions.get(institution_id) is None:
            raise CommandError("there is no such institution")
        now = services.clock.now()
        for key in services.institutions.keys_of(institution_id):
            used = f"last used {key.last_used_at:%Y-%m-%d %H:00}Z" if key.last_used_at else "never used"
            typer.echo(f"{key.id}  {key.state(now)}  {key.algorithm}  {used}  SHA-256 {key.fingerprint}")


@app.command()
def suspend(institution_id: Id, reason: Reason, stack: Stack = None, local: Local = False) -> None:
    """Suspend an institution: it posts no more; what it has posted stays."""
    _set_status(institution_id, "suspended", reason, stack, local)
    typer.echo(f"Suspended {institution_id}.")


@app.command()
def resume(institution_id: Id, reason: Reason, stack: Stack = None, local: Local = False) -> None:
    """Let a suspended institution post again."""
    _set_status(institution_id, "active", reason, stack, local)
    typer.echo(f"{institution_id} may post again.")


@app.command()
def effect(
    institution_id: Id,
    rule: Annotated[str, typer.Argument(metavar="RULE", help="none, opening, or a number of days.")],
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Say when its notifications take effect: never said, on opening, or so many days after they became available."""
    if rule not in ("none", "opening") and not (rule.isdecimal() and 0 < int(rule) <= _MOST_DAYS):
        raise typer.BadParameter(f"a rule is none, opening, or a number of days up to {_MOST_DAYS}")
    meant: Effect = None if rule == "none" else "opening" if rule == "opening" else int(rule)
    with _services(stack, local) as services:
        from ventanilla.usecases.institutions import set_effect

        set_effect(
            institution_id,
            meant,
            institutions=services.institutions,
            audits=services.audits,
            clock=services.clock,
        )
        typer.echo(f"Notifications of {institution_id} take effect by the rule: {rule}.")


@app.command()
def quota(
    institution_id: Id,
    most: Annotated[str, typer.Argument(metavar="NUMBER", help="Notifications a day; default is everybody's.")],
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Say how many notifications an institution may post a day."""
    if most != "default" and not most.isdecimal():
        raise typer.BadParameter("a quota is a number of notifications a day, or default")
    with _services(stack, local) as services:
        from ventanilla.domain.throttling import MOST_POSTS_A_DAY
        from ventanilla.usecases.institutions import set_daily_quota

        set_daily_quota(
            institution_id,
            None if most == "default" else int(most),
            institutions=services.institutions,
            audits=services.audits,
            clock=services.clock,
        )
        said = MOST_POSTS_A_DAY if most == "default" else int(most)
        typer.echo(f"{institution_id} may post {said:,} notifications a day.")


@app.command()
def canton(
    institution_id: Id,
    number: Annotated[str, typer.Argument(metavar="CANTON", help="Its DPA number (1701 is Quito), or none.")],
    stack: Stack = None,
    local: Local = False,
) -> None:
    """Say whose local holidays are no working days for its terms, besides the national ones."""
    from ventanilla.domain.calendar import is_canton

    if number != "none" and not is_canton(number):
        raise typer.BadParameter("a canton is a DPA number of four digits, or none")
    with _services(stack, local) as services:
        from ventanilla.usecases.institutions import set_canton

        set_canton(
            institution_id,
            None if number == "none" else number,
            institutions=services.institutions,
            audits=services.audits,
            clock=services.clock,
        )
        typer.echo(f"Terms of {institution_id} leave out the local holidays of: {number}.")


def _set_status(
    institution_id: str, status: Literal["active", "suspended"], reason: str, stack: str | None, local: bool
) -> None:
    if not reason.strip():
        raise typer.BadParameter("--reason says nothing")
    with _services(stack, local) as services:
        from ventanilla.usecases.institutions import set_status

        set_status(
            institution_id,
            status,
            reason.strip(),
            institutions=services.institutions,
            audits=services.audits,
            clock=services.clock,
        )


@contextmanager
def _services(stack: str | None, local: bool) -> Iterator[Services]:
    """What the platform's own rules work with, in the deployment that is meant; their refusals in words."""
    deployment = environment.services_of(stack=stack, local=local)
    from ventanilla.domain.errors import Busy, InstitutionExists, KeyRefused, NotFound

    try:
        yield deployment
    except InstitutionExists as error:
        raise CommandError("there is an institution, or a key, of this name already") from error
    except NotFound as error:
        raise CommandError("there is no such institution, or no such key") from error
    except Busy as error:
        raise CommandError("somebody else was changing the same institution; nothing was done: try again") from error
    except KeyRefused as error:
        raise CommandError(f"refused: {error.facts['why']}") from error


def _add_key(institution_id: str, name: str, pem: str, services: Services, *, test: bool = False) -> None:
    from ventanilla.usecases.institutions import add_key as add

    key = add(
        institution_id,
        name,
        pem,
        institutions=services.institutions,
        audits=services.audits,
        clock=services.clock,
        test=test,
    )
    typer.echo(f"Added the key {key.id} ({key.algorithm}): this is the institution's --key-id.")
