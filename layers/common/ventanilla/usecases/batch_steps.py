"""The steps of a batch: it is split into chunks, their lines are posted, and the results put together.

Each step may run twice, at once or one after the other, and may die anywhere: what it does follows from the file alone,
a line's notification from its reference, and its outbox item goes when all of it is done.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from pydantic import ValidationError

from ventanilla.domain.batches import MOST_ENDS, MOST_LINES, Batch, Chunk, Counts, RawLine, chunks_of, read_lines
from ventanilla.domain.errors import NotFound, ReferenceTaken, Refused, SignatureRefused, VentanillaError
from ventanilla.domain.ids import derived_id
from ventanilla.domain.institutions import read_key_id, real_of
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.base import field_errors
from ventanilla.schemas.batches import LineResult
from ventanilla.schemas.notifications import Draft
from ventanilla.usecases import notify
from ventanilla.usecases.attachments import Cupboard
from ventanilla.usecases.batches import Tell
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.ports import (
    Batches,
    BatchFiles,
    Clock,
    Holidays,
    Institutions,
    Notifications,
    Outbox,
    Portals,
    Quotas,
    Slots,
)

_TOGETHER = 40
"""Lines that are read ahead for together: two items each, and a trip takes a hundred."""
Read = Callable[[bytes | None], dict[str, Any]]
"""Reads a line as the body of a call is read, and refuses it alike; None stands for one that is too long."""
Body = tuple[RawLine, dict[str, Any] | VentanillaError]
"""A line, and what stands in it or why that can't be read."""


@dataclass(frozen=True, slots=True)
class Press:
    """All that lines are posted with; `read` and `tell` are what the calls do, `anticipate` reads ahead for bodies.

    At the `last_try` a line that fails on what nobody foresaw is refused, so that it does not hold its batch for ever.
    """

    read: Read
    tell: Tell
    anticipate: Callable[[str, Sequence[dict[str, Any]]], None]
    outbox: Outbox
    batches: Batches
    files: BatchFiles
    institutions: Institutions
    portals: Portals
    notifications: Notifications
    slots: Slots
    holidays: Holidays
    cupboard: Cupboard
    quotas: Quotas
    clock: Clock
    last_try: bool = False


def step(item_id: str, press: Press) -> tuple[str, int]:
    """Take the step that an outbox item owes, if it still does; return which, and of how many lines or chunks."""
    item = press.outbox.get(item_id)
    batch = press.batches.get(item.about["batch"]) if item else None
    if item is None:
        return "gone", 0
    count = 0
    if batch and batch.status == "running":
        if item.kind == "batch_split":
            count = _split(batch, press)
        elif item.kind == "batch_chunk":
            count = _post_chunk(batch, int(item.about["chunk"]), press)
        else:
            count = _assemble(batch, press)
        if item.kind != "batch_assemble":
            _owe_assembly(batch.id, press)
    press.outbox.done(item)
    return item.kind, count


def _split(batch: Batch, press: Press) -> int:
    """Find where the lines end, and owe a chunk for some of them each; a file of none, or too many, is refused."""
    chunks: list[Chunk] = []
    lines = 0
    found = read_lines(press.files.blocks(batch.path))
    for chunk in chunks_of(batch.id, islice(found, MOST_ENDS)):
        chunks.append(chunk)
        lines += chunk.lines
        if lines > MOST_LINES:
            break
    is_long = lines > MOST_LINES or next(found, None) is not None
    if is_long or not lines:
        press.batches.change(batch, replace(batch, status="refused", refusal="lines_most" if is_long else "lines_none"))
        return 0
    for chunk in chunks:
        about = {"batch": batch.id, "chunk": str(chunk.number)}
        owed_id = derived_id("batch_chunk", batch.id, str(chunk.number))
        press.batches.add_chunk(batch, chunk, OutboxItem("batch_chunk", about, press.clock.now(), id=owed_id))
    press.batches.change(batch, replace(batch, lines=lines, chunks=len(chunks)))
    return len(chunks)


def _post_chunk(batch: Batch, number: int, press: Press) -> int:
    """Post the lines of a chunk in their order, and keep what became of each."""
    chunk = press.batches.chunk(batch.id, number)
    if chunk is None or chunk.counts is not None:
        return 0
    results = list(_results(batch, chunk, press))
    kept = "".join(f"{result.model_dump_json()}\n" for result in results)
    press.files.put(batch.results_path_of(number), kept.encode())
    told = Counter(result.status for result in results)
    press.batches.finish_chunk(chunk, Counts(told["accepted"], told["replayed"], told["refused"]))
    return len(results)


def _owe_assembly(batch_id: str, press: Press) -> None:
    """Owe the results once nothing is left to do; whoever comes last finds that so, and perhaps another beside."""
    batch = press.batches.get(batch_id)
    if batch and batch.status == "running" and batch.chunks is not None and not press.batches.has_todo(batch_id):
        owed_id = derived_id("batch_assemble", batch_id)
        press.outbox.put(OutboxItem("batch_assemble", {"batch": batch_id}, press.clock.now(), id=owed_id))


def _assemble(batch: Batch, press: Press) -> int:
    """Put the results of all chunks into one file."""
    chunks = press.batches.chunks(batch.id)
    press.files.join((batch.results_path_of(chunk.number) for chunk in chunks), batch.results_path)
    counts = sum((chunk.counts for chunk in chunks if chunk.counts), Counts())
    press.batches.change(batch, replace(batch, status="done", counts=counts))
    return len(chunks)


def _results(batch: Batch, chunk: Chunk, press: Press) -> Iterator[LineResult]:
    """Post line after line, some of which are read ahead together."""
    sender = _sender(batch, press.institutions)
    blocks = press.files.blocks(batch.path, chunk.start, chunk.end)
    lines = read_lines(blocks, first=chunk.first_line, start=chunk.start)
    bodies = [_read(line, press) for line in lines if not line.is_empty]
    for at in range(0, len(bodies), _TOGETHER):
        group = bodies[at : at + _TOGETHER]
        if not press.last_try:  # it only saves trips, and might be what fails
            press.anticipate(batch.institution, [said for _, said in group if isinstance(said, dict)])
        yield from (_posted(body, batch, sender, press) for body in group)


def _sender(batch: Batch, institutions: Institutions) -> Sender | VentanillaError:
    """Return in whose name the lines are posted, as that is now; a revoked key stops what is left of its batches."""
    institution = institutions.get(real_of(batch.institution))
    if institution is None:
        return NotFound()
    if read_key_id(batch.by):
        key = next((key for key in institutions.keys_of(institution.id) if key.id == batch.by), None)
        if key is None or key.revoked_at:
            return SignatureRefused("key")
    return Sender(replace(institution, id=batch.institution), batch.by)  # by a test key: its shadow


def _read(line: RawLine, press: Press) -> Body:
    try:
        return line, press.read(line.content)
    except Exception as error:  # noqa: BLE001  # see _refusal
        return line, _refusal(error, press)


def _refusal(error: Exception, press: Press) -> VentanillaError:
    """Return why a line is refused; what nobody foresaw lets the whole chunk come again, until its last try."""
    if isinstance(error, VentanillaError):
        return error
    if not press.last_try:
        raise error
    return VentanillaError()


def _posted(body: Body, batch: Batch, sender: Sender | VentanillaError, press: Press) -> LineResult:
    line, said = body
    reference = said.get("reference") if isinstance(said, dict) else None
    told: dict[str, Any] = {"line": line.number, "reference": reference if isinstance(reference, str) else None}
    try:
        if isinstance(said, VentanillaError):
            raise said
        if isinstance(sender, VentanillaError):
            raise sender
        posted, replayed = notify.post(
            _draft(said),
            replace(sender, source=f"{batch.id}#{line.number}"),
            portals=press.portals,
            notifications=press.notifications,
            slots=press.slots,
            holidays=press.holidays,
            cupboard=press.cupboard,
            quotas=press.quotas,
            clock=press.clock,
        )
    except Exception as error:  # noqa: BLE001  # see _refusal
        refusal = _refusal(error, press)
        first = str(refusal.facts["id"]) if isinstance(refusal, ReferenceTaken) else None
        return LineResult(**told, status="refused", id=first, problem=press.tell(refusal, batch.locale))
    return LineResult(**told, status="replayed" if replayed else "accepted", id=posted.id, state=posted.state)


def _draft(body: dict[str, Any]) -> Draft:
    try:
        return Draft.model_validate(body)
    except ValidationError as error:
        raise Refused(*field_errors(error.errors())) from None
