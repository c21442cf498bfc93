"""Attachments: an institution declares the files that it uploads; both sides download those of a notification."""

from ventanilla.schemas.attachments import AttachmentDeclared, AttachmentIn
from ventanilla.usecases import attachments, inbox, sent
from ventanilla.web import Reply, by_institution, by_session, create_app, redirect
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/attachments", status_code=201)
@by_institution()
def post_attachment(attachment: AttachmentIn) -> AttachmentDeclared:
    """Declare a file, to be uploaded within a quarter of an hour by the link that is answered."""
    return attachments.declare(
        attachment,
        app.sender,
        types=services().attachment_types,
        cupboard=services().cupboard,
        clock=services().clock,
    )


@app.get("/v1/notifications/<id>/attachments/<attachment_id>", status_code=302)
@by_institution()
def get_sent_attachment(id: str, attachment_id: str) -> Reply[None]:
    """Redirect to a file of a notification: a link that lives a minute, and saves it rather than shows it."""
    return redirect(
        sent.link_to_attachment(
            id,
            attachment_id,
            app.sender,
            notifications=services().notifications,
            files=services().attachment_files,
        )
    )


@app.get("/v1/inbox/<id>/attachments/<attachment_id>", status_code=302)
@by_session()
def get_received_attachment(id: str, attachment_id: str) -> Reply[None]:
    """Redirect to a file of an opened notification: a link that lives a minute, and saves it rather than shows it."""
    return redirect(
        inbox.link_to_attachment(
            id,
            attachment_id,
            app.session,
            portals=services().portals,
            notifications=services().notifications,
            files=services().attachment_files,
        )
    )
