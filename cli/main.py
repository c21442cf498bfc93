"""The command line `ventanilla`; the modules of the commands import their libraries only when they run."""

from __future__ import annotations

import os
from typing import Any

import typer
from typer.core import TyperGroup

from cli import batch, catalog, demo, institution, keys, notify, oidc, portal, receipt, staff, tracking
from cli.errors import explain


class Commands(TyperGroup):
    """Ends a command that fails with one line on stderr; with VENTANILLA_DEBUG=1, with the whole trace."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException, BrokenPipeError):
            raise  # typer's own ends
        except Exception as error:
            if os.environ.get("VENTANILLA_DEBUG") == "1":
                raise
            typer.echo(f"ventanilla: {explain(error)}", err=True)
            raise typer.Exit(1) from error


# without rich's markup, help comes three times as fast
app = typer.Typer(cls=Commands, no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False)
app.command()(notify.notify)
app.command()(batch.batch)
app.command()(tracking.status)
app.command("list")(tracking.list_notifications)
app.command()(tracking.cancel)
app.add_typer(keys.app, name="keys")
app.add_typer(portal.app, name="portal")
app.add_typer(catalog.app, name="catalog")
app.add_typer(institution.app, name="institution")
app.add_typer(receipt.app, name="receipt")
app.add_typer(staff.app, name="staff")
app.add_typer(oidc.app, name="oidc")
app.command()(demo.demo)


@app.callback()
def ventanilla() -> None:
    """Ventanilla: notifications, keys, portals and institutions from the command line."""
