"""Batches: an institution hands over a file of notifications, lets it run, and sees what became of each line."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ventanilla.domain.batches import (
    MOST_LINES_AT_ONCE,
    UPLOAD_LIFE,
    Batch,
    Counts,
    count_lines,
)
from ventanilla.domain.errors import BatchNotDone, FieldError, InstitutionSuspended, NotFound, Refused, VentanillaError
from ventanilla.domain.ids import derived_id, random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.attachments import UploadOut
from ventanilla.schemas.batches import BatchIn, BatchOut, BatchProgress, BatchResults, LineProblem
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.ports import Batches, BatchFiles, Clock

Tell = Callable[[VentanillaError, str], LineProblem]
"""Puts a refusal into words of a language, as the call itself would."""


def run_at_once(
    content: bytes, sender: Sender, locale: str, *, batches: Batches, files: BatchFiles, clock: Clock
) -> BatchOut:
    """Take in the lines of a body, and let them run.

    Raises:
        InstitutionSuspended: the institution may not.
        Refused: there are no lines, or too many for a body.
    """
    _demand_active(sender)
    lines = count_lines(content)
    if not 0 < lines <= MOST_LINES_AT_ONCE:
        raise Refused(FieldError("body", "lines_many" if lines else "lines_none", {"max": MOST_LINES_AT_ONCE}))
    batch = replace(_new(len(content), sender, locale, clock), status="running", lines=lines)
    files.put(batch.path, content)
    batches.put(batch, _split(batch, clock))
    return _shown(batch, Counts(), None)


def declare(
    wanted: BatchIn, sender: Sender, locale: str, *, batches: Batches, files: BatchFiles, clock: Clock
) -> BatchOut:
    """Take down what a file will be, and say how it is uploaded.

    Raises:
        InstitutionSuspended: the institution may not.
    """
    _demand_active(sender)
    file = wanted.upload
    batch = replace(_new(file.size, sender, locale, clock), sha256=file.sha256)
    batches.put(batch, None)
    url, headers = files.upload(batch.path, file.size, file.sha256)
    upload = UploadOut(url=url, method="PUT", headers=headers, expires_at=clock.wall() + UPLOAD_LIFE)
    return _shown(batch, Counts(), None).model_copy(update={"upload": upload})


def start(
    batch_id: str, sender: Sender, *, base_url: str, tell: Tell, batches: Batches, files: BatchFiles, clock: Clock
) -> BatchOut:
    """Let a batch run whose file has been uploaded; to do so again changes nothing.

    Raises:
        InstitutionSuspended: the institution may not.
        NotFound: there is none, or it is another institution's.
        Refused: the file has not been uploaded, or is another than was declared.
    """
    _demand_active(sender)
    batch = _own(batch_id, sender, batches, clock)
    if batch.status == "uploading":
        stored = files.stored(batch.path)
        if stored is None:
            raise Refused(FieldError("upload", "upload_missing"))
        if (stored.size, stored.sha256) != (batch.size, batch.sha256):
            raise Refused(FieldError("upload", "upload_different"))
        running = replace(batch, status="running", by=sender.by)
        batches.start(running, _split(running, clock))
    return show(batch_id, sender, base_url=base_url, tell=tell, batches=batches, clock=clock)


def show(batch_id: str, sender: Sender, *, base_url: str, tell: Tell, batches: Batches, clock: Clock) -> BatchOut:
    """Return how far one of the institution's batches has come.

    Raises:
        NotFound: there is none, or it is another institution's.
    """
    batch = _own(batch_id, sender, batches, clock)
    counts = batch.counts or sum((one.counts for one in batches.chunks(batch.id) if one.counts), Counts())
    problem = tell(Refused(FieldError("body", batch.refusal)), batch.locale) if batch.refusal else None
    shown = _shown(batch, counts, problem)
    if batch.status != "done":
        return shown
    return shown.model_copy(update={"results": BatchResults(url=f"{base_url}/v1/batches/{batch.id}/results")})


def link_to_results(batch_id: str, sender: Sender, *, batches: Batches, files: BatchFiles, clock: Clock) -> str:
    """Return a short-lived link to the results of one of the institution's batches.

    Raises:
        NotFound: there is no such batch, or it is another institution's.
        BatchNotDone: it is not done yet.
    """
    batch = _own(batch_id, sender, batches, clock)
    if batch.status != "done":
        raise BatchNotDone
    return files.download(batch.results_path, f"{batch.id}.jsonl")


def _new(size: int, sender: Sender, locale: str, clock: Clock) -> Batch:
    return Batch(random_id(), sender.institution.id, sender.by, "uploading", locale, clock.now(), size)


def _own(batch_id: str, sender: Sender, batches: Batches, clock: Clock) -> Batch:
    batch = batches.get(batch_id)
    if batch is None or batch.institution != sender.institution.id or batch.expires_at <= clock.now():
        raise NotFound
    return batch


def _demand_active(sender: Sender) -> None:
    if sender.institution.status != "active":
        raise InstitutionSuspended


def _split(batch: Batch, clock: Clock) -> OutboxItem:
    return OutboxItem("batch_split", {"batch": batch.id}, clock.now(), id=derived_id("batch_split", batch.id))


def _shown(batch: Batch, counts: Counts, problem: LineProblem | None) -> BatchOut:
    return BatchOut(
        id=batch.id,
        status=batch.status,
        lines=batch.lines,
        progress=BatchProgress(
            accepted=counts.accepted,
            replayed=counts.replayed,
            refused=counts.refused,
            left=None if batch.lines is None else batch.lines - counts.done,
        ),
        created_at=batch.created_at,
        expires_at=batch.expires_at,
        problem=problem,
    )
