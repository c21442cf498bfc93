"""Institutions: their administrators see them and manage their keys; the platform's suspend and resume them."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from ventanilla.schemas.counts import MonthCounts
from ventanilla.schemas.institutions import (
    InstitutionKeyOut,
    InstitutionKeys,
    InstitutionOut,
    InstitutionPatch,
    NewInstitutionKey,
)
from ventanilla.schemas.staff import Because
from ventanilla.schemas.webhooks import WebhookIn, WebhookOut, WebhookResumed
from ventanilla.usecases import counts, institution_admin, institution_keys, webhooks
from ventanilla.web import Reply, by_institution, by_session, create_app, empty
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/institutions/<id>")
@by_session()
def get_institution(id: str) -> InstitutionOut:
    """Return an institution, who administers it, and what was done to it."""
    return institution_admin.show(id, app.session, **_collaborators())


@app.patch("/v1/institutions/<id>")
@by_session()
def patch_institution(id: str, patch: InstitutionPatch) -> InstitutionOut:
    """Change where citizens reach the institution; a value of null is taken away."""
    return institution_admin.change_contact(id, patch, app.session, clock=services().clock, **_collaborators())


@app.post("/v1/institutions/<id>/suspend")
@by_session()
def post_institution_suspend(id: str, because: Because) -> InstitutionOut:
    """Suspend an institution (platform_admin): it posts no more."""
    return institution_admin.set_status(
        id, "suspended", because, app.session, clock=services().clock, **_collaborators()
    )


@app.post("/v1/institutions/<id>/resume")
@by_session()
def post_institution_resume(id: str, because: Because) -> InstitutionOut:
    """Let a suspended institution post again (platform_admin)."""
    return institution_admin.set_status(id, "active", because, app.session, clock=services().clock, **_collaborators())


@app.get("/v1/institutions/<id>/keys")
@by_session()
def get_institution_keys(id: str) -> InstitutionKeys:
    """Return all keys that the institution ever had, each with its fingerprint, time and last use."""
    return institution_keys.listed(id, app.session, institutions=services().institutions, clock=services().clock)


@app.post("/v1/institutions/<id>/keys", status_code=201)
@by_session()
def post_institution_key(id: str, key: NewInstitutionKey) -> InstitutionKeyOut:
    """Register a public key (PEM or JWK); the others stay in force, so that systems change over in their time."""
    return institution_keys.register(id, key, app.session, **_for_keys())


@app.delete("/v1/institutions/<id>/keys/<key_id>", status_code=204)
@by_session()
def delete_institution_key(id: str, key_id: str) -> Reply[None]:
    """Revoke a key: the next request that it signs is refused."""
    institution_keys.revoke(id, key_id, app.session, **_for_keys())
    return empty()


@app.get("/v1/institutions/<id>/counts")
@by_session(or_signed=True)
def get_institution_counts(id: str, month: Annotated[str | None, Query()] = None) -> MonthCounts:
    """Return how the institution's notifications fared in a month (`2027-01`), whole and by days."""
    return counts.of_institution(id, month, app.caller, institutions=services().institutions, **_for_counts())


@app.get("/v1/counts")
@by_session()
def get_counts(month: Annotated[str | None, Query()] = None) -> MonthCounts:
    """Return how all institutions' notifications fared in a month (platform_admin)."""
    return counts.of_platform(month, app.session, **_for_counts())


def _for_counts() -> dict[str, Any]:
    return {"counts": services().counts, "clock": services().clock}


@app.get("/v1/institutions/<id>/webhook")
@by_institution(in_path=True)
def get_webhook(id: str) -> WebhookOut:
    """Return where the institution's events are posted, and how that fares."""
    return webhooks.show(id, app.sender, webhooks=services().webhooks)


@app.put("/v1/institutions/<id>/webhook")
@by_institution(in_path=True)
def put_webhook(id: str, wish: WebhookIn) -> WebhookOut:
    """Set where the institution's events are posted, signed by the platform, from now on."""
    loopback = services().settings.webhooks_to_loopback
    return webhooks.put(id, wish, app.sender, feed=services().feed, loopback=loopback, **_for_webhooks())


@app.delete("/v1/institutions/<id>/webhook", status_code=204)
@by_institution(in_path=True)
def delete_webhook(id: str) -> Reply[None]:
    """Take the webhook away; the events stay in the feed."""
    webhooks.remove(id, app.sender, **_for_webhooks())
    return empty()


@app.post("/v1/institutions/<id>/webhook/resume")
@by_institution(in_path=True)
def post_webhook_resume(id: str, wish: Annotated[WebhookResumed | None, Body()] = None) -> WebhookOut:
    """Deliver again at once: from where it stood, or from any place of the feed."""
    return webhooks.resume(id, wish or WebhookResumed(), app.sender, feed=services().feed, **_for_webhooks())


def _for_webhooks() -> dict[str, Any]:
    return {
        "webhooks": services().webhooks,
        "accounts": services().accounts,
        "audits": services().audits,
        "clock": services().clock,
    }


def _collaborators() -> dict[str, Any]:
    return {
        "institutions": services().institutions,
        "accounts": services().accounts,
        "audits": services().audits,
        "reviews": services().reviews,
        "portals": services().portals,
    }


def _for_keys() -> dict[str, Any]:
    return {
        "institutions": services().institutions,
        "accounts": services().accounts,
        "audits": services().audits,
        "clock": services().clock,
    }
