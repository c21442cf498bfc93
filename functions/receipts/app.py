"""Receipts: both sides of a notification get what the platform vouches for, and anybody the keys to verify it with."""

from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.schemas.keys import PlatformKeys
from ventanilla.usecases import receipts
from ventanilla.web import Reply, SignedReceipt, by_institution, by_session, create_app, public, receipt
from ventanilla.wiring import services

app = create_app(services)
Format = Annotated[Literal["pdf", "json"] | None, Query()]


@app.get("/v1/inbox/<id>/receipt")
@by_session()
def get_received_receipt(id: str, format: Format = None) -> Reply[SignedReceipt]:
    """Return the signed receipt of an opened notification: PDF, or JSON where that is asked for."""
    form = format or ("json" if app.request_in.prefers_json else "pdf")
    return receipt(receipts.for_recipient(id, app.session, form, **_collaborators()), form, id)


@app.get("/v1/notifications/<id>/receipt")
@by_institution()
def get_sent_receipt(id: str, format: Format = None) -> Reply[SignedReceipt]:
    """Return the signed receipt of a notification, as far as it has come: PDF, or JSON where that is asked for."""
    form = format or ("json" if app.request_in.prefers_json else "pdf")
    return receipt(receipts.for_institution(id, app.sender, form, **_collaborators()), form, id)


@app.get("/v1/keys")
@public
def get_keys() -> PlatformKeys:
    """Return the platform's public keys (JWKS), which receipts and webhooks are verified with."""
    return receipts.published_keys(services().signer)


def _collaborators() -> dict[str, Any]:
    return {
        "portals": services().portals,
        "notifications": services().notifications,
        "maker": services().document_maker,
        "signer": services().signer,
        "base_url": services().settings.base_url,
        "clock": services().clock,
    }
