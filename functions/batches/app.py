"""Batches: an institution hands over many notifications in one file, and sees what became of each."""

from typing import Any

from ventanilla.schemas.batches import BatchIn, BatchOut
from ventanilla.usecases import batches
from ventanilla.web import Reply, by_institution, create_app, line_problem, redirect, reply, takes_lines
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/batches", status_code=202)
@takes_lines
@by_institution()
def post_batch() -> Reply[BatchOut]:
    """Hand over up to 1,000 notifications as JSON Lines (202), or declare a file of up to 1,000,000 to upload (201)."""
    given: dict[str, Any] = {
        "batches": services().batches,
        "files": services().batch_files,
        "clock": services().clock,
    }
    request = app.request_in
    if request.has_lines:
        return reply(batches.run_at_once(request.raw_body, app.sender, request.locale, **given), 202)
    wanted = BatchIn.model_validate(request.json if request.raw_body else {})
    return reply(batches.declare(wanted, app.sender, request.locale, **given), 201)


@app.post("/v1/batches/<id>/start", status_code=202)
@by_institution()
def post_start(id: str) -> BatchOut:
    """Let a batch run whose file has been uploaded; to do so again changes nothing."""
    return batches.start(
        id,
        app.sender,
        base_url=services().settings.base_url,
        tell=line_problem,
        batches=services().batches,
        files=services().batch_files,
        clock=services().clock,
    )


@app.get("/v1/batches/<id>")
@by_institution()
def get_batch(id: str) -> BatchOut:
    """Return how far a batch has come."""
    return batches.show(
        id,
        app.sender,
        base_url=services().settings.base_url,
        tell=line_problem,
        batches=services().batches,
        clock=services().clock,
    )


@app.get("/v1/batches/<id>/results", status_code=302)
@by_institution()
def get_results(id: str) -> Reply[None]:
    """Redirect to the results of a batch that is done (JSON Lines, in the order of the lines): a link of a minute."""
    return redirect(
        batches.link_to_results(
            id, app.sender, batches=services().batches, files=services().batch_files, clock=services().clock
        )
    )
