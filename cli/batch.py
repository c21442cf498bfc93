"""`ventanilla batch`: hands a file of notifications over as a whole, follows it, and keeps its results."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.connection import Demo, Key, KeyId, Url, connect
from cli.errors import CommandError, one_line

if TYPE_CHECKING:
    from cli.client import InstitutionClient

MOST_LINES, LARGEST = 1_000, 4 * 1024 * 1024  # of one request; what is more is uploaded
_LOOK_AGAIN = 2.0  # seconds
_BLOCK = 1024 * 1024
_MOST_TOLD = 20


def batch(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="JSON Lines, a notification a line; up to 1,000,000.")],
    results: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to keep what became of each line; FILE.results.jsonl.")
    ] = None,
    url: Url = None,
    key: Key = None,
    key_id: KeyId = None,
    demo: Demo = None,
) -> None:
    """Hand over a file of notifications as one batch, wait for it, and keep its results.

    Handing the same file over again is safe: what was accepted before is only confirmed.
    """
    kept = results or file.with_name(f"{file.name}.results.jsonl")
    with connect(url, key, key_id, demo) as client:
        batch_id = _hand_over(file, client)
        typer.echo(f"Batch {batch_id}", err=True)
        done = _follow(batch_id, client)
        if done["status"] == "refused":
            raise CommandError(f"refused: {_why(done['problem'])}")
        _keep_results(batch_id, kept, client)
    _sum_up(done["progress"], kept)


def _hand_over(file: Path, client: InstitutionClient) -> str:
    from cli.problems import answer

    try:
        size = file.stat().st_size
        if size <= LARGEST and _lines(file) <= MOST_LINES:
            return str(answer(client.run_batch(file.read_bytes()))["id"])
        declared = answer(client.declare_batch(size, _sha256(file)))
        upload = declared["upload"]
        stored = client.upload(upload["method"], upload["url"], upload["headers"], _blocks(file))
    except OSError as error:
        raise CommandError(f"{file}: {error.strerror}") from error
    if not stored.is_success:
        raise CommandError(f"{file}: the store answered {stored.status_code}; nothing was posted")
    return str(answer(client.start_batch(declared["id"]))["id"])


def _follow(batch_id: str, client: InstitutionClient) -> dict[str, Any]:
    """Wait until the batch is done; a look that fails on its way is made again."""
    import httpx
    from rich.console import Console
    from rich.progress import Progress

    from cli.problems import Refused, answer

    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("Posting", total=None)
        while True:
            try:
                shown = answer(client.batch(batch_id))
            except (Refused, httpx.TransportError) as error:
                if isinstance(error, Refused) and error.status < 500 and error.status != 429:
                    raise
            else:
                if shown["status"] in ("done", "refused"):
                    return shown
                progress = shown["progress"]
                done = progress["accepted"] + progress["replayed"] + progress["refused"]
                bar.update(task, total=shown["lines"], completed=done)
            time.sleep(_LOOK_AGAIN)


def _keep_results(batch_id: str, kept: Path, client: InstitutionClient) -> None:
    from cli.problems import Refused

    led = client.batch_results(batch_id)
    if led.status_code != 302:
        raise Refused(led)
    with client.download(led.headers["location"]) as response, kept.open("wb") as target:
        if not response.is_success:
            raise CommandError(f"the store answered {response.status_code}; the batch is done: ask for it again")
        for block in response.iter_bytes():
            target.write(block)


def _sum_up(progress: dict[str, int], kept: Path) -> None:
    if progress["refused"]:
        with kept.open(encoding="utf-8") as lines:
            refused = (result for result in map(json.loads, lines) if result["status"] == "refused")
            for result, _ in zip(refused, range(_MOST_TOLD), strict=False):
                reference = f" (reference {one_line(result['reference'])})" if result["reference"] else ""
                typer.echo(f"line {result['line']}{reference}: {_why(result['problem'])}", err=True)
    told = ("accepted", "replayed", "refused")
    typer.echo(", ".join(f"{progress[name]} {name}" for name in told if progress[name]))
    typer.echo(f"What became of each line: {kept}", err=True)
    if progress["refused"]:
        raise typer.Exit(1)


def _why(problem: dict[str, Any]) -> str:
    fields = [f"{error['field']}: {error['message']}" for error in problem["errors"]]
    again = "; the same again may be accepted later" if problem["retryable"] else ""
    return one_line("; ".join(fields) or problem["detail"]) + again


def _lines(file: Path) -> int:
    with file.open("rb") as source:
        return sum(1 for line in source if line.strip())


def _sha256(file: Path) -> str:
    import hashlib

    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _blocks(file: Path) -> Iterator[bytes]:
    with file.open("rb") as source:
        while block := source.read(_BLOCK):
            yield block
