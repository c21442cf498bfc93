"""Documents: what is to be signed goes out, what was signed comes in, and reviewers see it."""

from ventanilla.schemas.documents import DocumentTaken
from ventanilla.usecases import documents, review
from ventanilla.web import Pdf, Reply, by_session, create_app, pdf, public, takes_pdf
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/applications/<id>/documents/<kind>")
@public
def get_document(id: str, kind: str) -> Reply[Pdf]:
    """Return the document to be signed (PDF), to whom bears the application's token."""
    return pdf(
        documents.show_document(
            id,
            kind,
            app.request_in.bearer,
            keys=services().keys,
            portals=services().portals,
            applications=services().applications,
            files=services().files,
            maker=services().document_maker,
            clock=services().clock,
        )
    )


@app.put("/v1/applications/<id>/documents/<kind>")
@takes_pdf
@public
def put_document(id: str, kind: str) -> DocumentTaken:
    """Take in the signed document (`application/pdf`, up to 4 MB); the definition says which signatures it accepts."""
    return documents.take_document(
        id,
        kind,
        app.request_in.bearer,
        app.request_in.raw_body,
        keys=services().keys,
        portals=services().portals,
        applications=services().applications,
        files=services().files,
        reader=services().signature_reader,
        clock=services().clock,
    )


@app.get("/v1/review/applications/<id>/documents/<kind>")
@by_session()
def get_reviewed_document(id: str, kind: str) -> Reply[Pdf]:
    """Return a document as it was sent in (PDF), to whom reviews the application."""
    return pdf(
        review.received_document(
            id,
            kind,
            app.session,
            portals=services().portals,
            applications=services().applications,
            files=services().files,
            clock=services().clock,
        )
    )
