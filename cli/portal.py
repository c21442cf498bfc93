"""`ventanilla portal`: checks the definition of a portal."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def portals() -> None:
    """Definitions of portals."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", exists=True, dir_okay=False, show_default=False)],
) -> None:
    """Explain every mistake in definitions of portals, and in calendar.toml beside them; warnings do not fail."""
    from ventanilla.adapters import calendar_check, portal_files
    from ventanilla.adapters.calendar import CALENDAR

    errors = 0
    for file in files:
        mistakes = (calendar_check if file.name == CALENDAR else portal_files).check(file)
        for mistake in mistakes:
            place = f"{file}:{mistake.line}" if mistake.line else f"{file}"
            warning = "warning: " if mistake.severity == "warning" else ""
            typer.echo(f"{place}: {warning}{mistake.where}: {mistake.message}")
        errors += sum(mistake.severity == "error" for mistake in mistakes)
        if not mistakes:
            typer.echo(f"{file}: no mistakes")
    if errors:
        raise typer.Exit(1)
