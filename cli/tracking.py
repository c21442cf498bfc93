"""`ventanilla status`, `list` and `cancel`: what became of an institution's notifications."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from cli.connection import Demo, Key, KeyId, Url, connect
from cli.errors import one_line

Id = Annotated[str, typer.Argument(metavar="ID", help="The notification's id, as `notify` or `list` prints it.")]
AsJson = Annotated[bool, typer.Option("--json", help="The platform's answer, for programs.")]


def status(
    notification_id: Id,
    as_json: AsJson = False,
    url: Url = None,
    key: Key = None,
    key_id: KeyId = None,
    demo: Demo = None,
) -> None:
    """Show a notification's state and timeline."""
    from cli.problems import answer

    with connect(url, key, key_id, demo) as client:
        _show(answer(client.get(notification_id)), as_json)


def cancel(
    notification_id: Id,
    as_json: AsJson = False,
    url: Url = None,
    key: Key = None,
    key_id: KeyId = None,
    demo: Demo = None,
) -> None:
    """Withdraw a notification that has not been opened."""
    from cli.problems import answer

    with connect(url, key, key_id, demo) as client:
        _show(answer(client.cancel(notification_id)), as_json)


def list_notifications(
    cursor: Annotated[str | None, typer.Option(help="Where the page before ended.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All pages.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per line.")] = False,
    url: Url = None,
    key: Key = None,
    key_id: KeyId = None,
    demo: Demo = None,
) -> None:
    """List the institution's notifications, page by page."""
    from cli.problems import answer

    with connect(url, key, key_id, demo) as client:
        while True:
            page = answer(client.list(cursor))
            for item in page["items"]:
                typer.echo(json.dumps(item, ensure_ascii=False) if as_json else _row(item))
            cursor = page.get("next_cursor")
            if not (cursor and everything):
                break
    if cursor:
        typer.echo(f"There is more: ventanilla list --cursor {cursor}", err=True)


def _show(notification: dict[str, Any], as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(notification, ensure_ascii=False, indent=2))
        return
    for name, value in notification.items():
        if name != "timeline" and value:
            typer.echo(f"{name:<10} {_plain(value)}")
    for moment in notification.get("timeline", ()):
        reason = f" ({moment['reason']})" if moment.get("reason") else ""
        typer.echo(f"  {moment['at']:<24}  {moment['state']}{reason}")


def _row(item: dict[str, Any]) -> str:
    recipient = f"{item['recipient']['kind']}:{item['recipient']['number']}"
    texts = (item["reference"], recipient, item["portal"], item["subject"])
    return "  ".join([item["accepted_at"], item["id"], f"{item['state']:<19}", *map(one_line, texts)])


def _plain(value: object) -> str:
    """A value of an answer as text: what is nested as names and values, one after the other."""
    if isinstance(value, dict):
        return ", ".join(f"{name.replace('_', ' ')} {_plain(inner)}" for name, inner in value.items() if inner)
    if isinstance(value, list):
        return "; ".join(map(_plain, value))
    return one_line(str(value))
