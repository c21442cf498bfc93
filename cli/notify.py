"""`ventanilla notify`: posts one notification, or a file of them."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.connection import Demo, Key, KeyId, Url, connect
from cli.errors import CommandError

if TYPE_CHECKING:
    from cli.client import InstitutionClient


def notify(
    to: Annotated[str | None, typer.Option(metavar="KIND:NUMBER", help="Recipient, as cedula:1710034065.")] = None,
    portal: Annotated[str | None, typer.Option(help="The mailbox to post to, as buzonec.")] = None,
    reference: Annotated[str | None, typer.Option(help="Your own number of the notification.")] = None,
    subject: Annotated[str | None, typer.Option(help="Subject, in plain text.")] = None,
    body: Annotated[str | None, typer.Option(metavar="TEXT|@FILE", help="Markdown; @- reads standard input.")] = None,
    category: Annotated[str | None, typer.Option(help="What kind of notification it is.")] = None,
    deadline: Annotated[
        datetime | None, typer.Option(metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="Last day to act.")
    ] = None,
    working_days: Annotated[int | None, typer.Option(min=1, help="Working days to act, instead of a date.")] = None,
    locale: Annotated[str | None, typer.Option(help="Language of the alert: es or en.")] = None,
    attach: Annotated[
        list[Path] | None, typer.Option(metavar="FILE", help="A file that goes along; up to 15 times.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Post each line of a JSON Lines file; - is standard input.")
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=32, help="With --file: requests at a time.")] = 4,
    failed: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With --file: where to write the lines that failed.")
    ] = None,
    url: Url = None,
    key: Key = None,
    key_id: KeyId = None,
    demo: Demo = None,
) -> None:
    """Sign and post a notification, or with --file many.

    Sending the same again is safe: a reference that was accepted before is only confirmed.

    \b
    ventanilla notify --to cedula:1710034065 --portal demo --reference A-17 \\
      --subject "Resolución" --body @letter.md --working-days 10
    ventanilla notify --file many.jsonl --failed rest.jsonl
    """  # noqa: D301  # a backspace tells typer to leave the lines as they are
    if file is not None:
        options = (to, portal, reference, subject, body, category, deadline, working_days, locale)
        if attach or any(option is not None for option in options):
            raise typer.BadParameter("with --file, everything comes from the file")
        from cli.bulk import send_file

        with connect(url, key, key_id, demo) as client:
            if not send_file(file, client, jobs=jobs, failed=failed):
                raise typer.Exit(1)
        return
    if failed is not None:
        raise typer.BadParameter("--failed goes with --file")
    notification: dict[str, object] = {
        "reference": _needed("--reference", reference),
        "portal": _needed("--portal", portal),
        "recipient": _recipient(_needed("--to", to)),
        "subject": _needed("--subject", subject),
        "body": _text(_needed("--body", body)),
        "category": category,
        "deadline": _deadline(deadline, working_days),
        "locale": locale,
    }
    with connect(url, key, key_id, demo) as client:
        if attach:
            from cli.attachments import attach as upload

            notification["attachments"] = [upload(path, client) for path in attach]
        _send_one({name: value for name, value in notification.items() if value is not None}, client)


def _needed(option: str, value: str | None) -> str:
    if value is None:
        raise typer.BadParameter(f"{option} is missing (one notification needs it; --file posts many)")
    return value


def _recipient(to: str) -> dict[str, str]:
    kind, colon, number = to.partition(":")
    if not colon:
        raise typer.BadParameter(f"--to {to}: write a kind and a number, as cedula:1710034065 or ruc:1790012345001")
    return {"kind": kind, "number": number}


def _text(body: str) -> str:
    match body:
        case "@-":
            return sys.stdin.read()
        case _ if body.startswith("@"):
            return Path(body[1:]).read_text(encoding="utf-8")
    return body


def _deadline(date: datetime | None, working_days: int | None) -> dict[str, object] | None:
    if date is not None and working_days is not None:
        raise typer.BadParameter("give --deadline or --working-days, not both")
    if date is not None:
        return {"date": date.date().isoformat()}
    return None if working_days is None else {"working_days": working_days}


def _send_one(notification: dict[str, object], client: InstitutionClient) -> None:
    from cli.sending import Line, Result, send

    outcome = send(Line(1, json.dumps(notification, ensure_ascii=False).encode()), client, sleep=time.sleep)
    if outcome.failed:
        raise CommandError(outcome.reason)
    already = ", it had been accepted before" if outcome.result is Result.REPLAYED else ""
    recipient = outcome.answer.get("recipient") or {}
    typer.echo(f"{outcome.answer.get('id')}  {outcome.answer.get('state')}{already}")
    if recipient.get("registered") is False:
        typer.echo("The recipient has no open mailbox yet; it waits there for the day that one is opened.")
