"""Posting a file of notifications: progress, summary, and the lines that failed."""

from __future__ import annotations

import os
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

import typer
from rich.console import Console
from rich.progress import Progress

from cli.client import InstitutionClient
from cli.errors import CommandError, one_line
from cli.sending import Outcome, Result, read_lines, send_all

STDIN = Path("-")


def send_file(file: Path, client: InstitutionClient, *, jobs: int, failed: Path | None) -> bool:
    """Posts the lines of the file and says what became of them; returns whether all were accepted."""
    counts: Counter[Result] = Counter()
    failures: list[Outcome] = []
    with ExitStack() as files:
        source = sys.stdin.buffer if file == STDIN else files.enter_context(file.open("rb"))
        # before anything is sent: lines that can't be written afterwards would be lost
        rest = files.enter_context(_open_rest(failed, beside=file)) if failed else None
        bar = files.enter_context(_progress())
        task = bar.add_task("Posting", total=_count(file) if file.is_file() else None)
        try:
            for outcome in send_all(read_lines(source), client, jobs=jobs):
                counts[outcome.result] += 1
                bar.advance(task)
                if outcome.failed:
                    failures.append(outcome)
        except KeyboardInterrupt:
            typer.echo("Interrupted. Post the whole file again: what was accepted is only confirmed.", err=True)
            raise
        failures.sort(key=lambda outcome: outcome.line.number)
        if rest:
            rest.writelines(outcome.line.body + b"\n" for outcome in failures)
            rest.truncate()
    _sum_up(counts, failures, failed)
    return not failures


def _sum_up(counts: Counter[Result], failures: list[Outcome], failed: Path | None) -> None:
    for outcome in failures:
        if outcome.result is Result.REFUSED:
            reference = f" (reference {one_line(outcome.line.reference)})" if outcome.line.reference else ""
            typer.echo(f"line {outcome.line.number}{reference}: {outcome.reason}", err=True)
    typer.echo(", ".join(f"{counts[result]} {result}" for result in Result if counts[result]) or "nothing to post")
    if failures and failed:
        typer.echo(f"The {len(failures)} to be mended or sent again: {failed}", err=True)


def _open_rest(path: Path, *, beside: Path) -> BinaryIO:
    if path.exists() and beside != STDIN and path.samefile(beside):
        raise CommandError(f"--failed {path} would overwrite the file that is posted: give another name")
    # for the owner's eyes; emptied only when the new lines are known, so that an interrupted run loses none
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600), "wb")


def _progress() -> Progress:
    console = Console(stderr=True)
    return Progress(console=console, disable=not console.is_terminal, transient=True)


def _count(file: Path) -> int:
    with file.open("rb") as source:
        return sum(1 for _ in read_lines(source))
