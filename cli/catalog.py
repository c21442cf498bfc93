"""`ventanilla catalog`: looks at a new catalogue of organisations before it is taken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.errors import CommandError

if TYPE_CHECKING:
    from ventanilla.domain.catalogue_rules import CatalogueChange

app = typer.Typer(no_args_is_help=True)
_SHOWN = 20
_WRONG = {
    "catalogue_columns": "its first line must be {columns}, or {published}",
    "catalogue_line": "line {line} does not fill the columns, or has no code or name",
    "catalogue_code_twice": "the code {organization} stands twice",
}


@app.callback()
def catalogs() -> None:
    """Catalogues of organisations."""


@app.command()
def check(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The new catalogue, as CSV")],
    portal: Annotated[str, typer.Option(help="Whose catalogue it would be")] = "ipsot",
    folder: Annotated[Path, typer.Option(help="Where the definitions are", file_okay=False)] = Path("portals"),
    stack: Annotated[str | None, typer.Option(help="Count the accounts of this deployment")] = None,
    local: Annotated[bool, typer.Option("--local", help="Count the accounts of the local server")] = False,
) -> None:
    """Compare a new catalogue with the one in force: counts, parents, and removed codes that accounts belong to."""
    from ventanilla.adapters.catalogue_files import read
    from ventanilla.adapters.portal_files import load
    from ventanilla.domain.catalogue_rules import compare
    from ventanilla.domain.errors import Invalid

    definition = load(folder / f"{portal}.toml")
    fields = [field for section in definition.sections for field in section.fields if field.catalogue]
    if not fields:
        raise CommandError(f"the portal {portal} has no catalogue")
    try:
        new = read(file)
    except Invalid as invalid:
        raise CommandError(f"{file} is no catalogue: {_WRONG[invalid.code].format(**invalid.params)}") from invalid
    in_use = _in_use(portal, fields[0].name, stack=stack, local=local)
    change = compare(read(folder / str(fields[0].catalogue)), new, in_use or {})
    _tell(change, in_use)
    if not change.may_be_taken:
        raise typer.Exit(1)


def _in_use(portal: str, field: str, *, stack: str | None, local: bool) -> Mapping[str, int] | None:
    if not (stack or local):
        return None
    from cli import environment
    from ventanilla.wiring import services

    environment.load(stack=stack, local=local)
    return services().accounts.organizations(portal, field)


def _tell(change: CatalogueChange, in_use: Mapping[str, int] | None) -> None:
    for level in sorted({*change.before, *change.after}):
        typer.echo(f"{level:18} {change.before.get(level, 0):6} → {change.after.get(level, 0)}")
    _list("added", [f"{one.code} {one.name}" for one in change.added])
    _list("removed", [f"{one.code} {one.name}" for one in change.removed])
    _list("changed", [f"{old.code} {old.name} → {new.name}" for old, new in change.changed])
    _list("without parent", [f"{one.code} {one.name}" for one in change.orphans])
    _list("removed, but in use", [f"{code}: {number} accounts" for code, number in change.lost.items()])
    if in_use is None:
        typer.echo("Accounts were not counted: give --stack NAME or --local to find removed codes in use.")
    typer.echo("It may be taken." if change.may_be_taken else "It may not be taken as it is.")


def _list(what: str, lines: list[str]) -> None:
    if lines:
        typer.echo(f"{what}: {len(lines)}")
        for line in lines[:_SHOWN]:
            typer.echo(f"  {line}")
        if len(lines) > _SHOWN:
            typer.echo(f"  and {len(lines) - _SHOWN} more")
