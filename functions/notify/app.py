"""Notify: an institution posts, looks, cancels."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Body, Query

from ventanilla.schemas.events import EventPage
from ventanilla.schemas.notifications import Cancellation, Draft, NotificationList, NotificationOut, Posted
from ventanilla.schemas.recipients import LookedUp, RecipientFound
from ventanilla.schemas.terms import Computation
from ventanilla.usecases import events, notify, recipients, sent
from ventanilla.web import Reply, by_institution, create_app, reply
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/notifications", status_code=202)
@by_institution(anticipate=lambda institution, body: services().read_ahead(institution, [body]), claims_nonce=False)
def post_notification(draft: Draft) -> Reply[Posted]:
    """Post a notification; the same reference with the same content gives the first answer again."""
    posted, replayed = notify.post(
        draft,
        app.sender,
        portals=services().portals,
        notifications=services().notifications,
        slots=services().slots,
        holidays=services().holidays,
        cupboard=services().cupboard,
        quotas=services().quotas,
        clock=services().clock,
    )
    return reply(posted, 202, headers={"idempotency-replayed": "true"} if replayed else {})


@app.get("/v1/notifications")
@by_institution()
def get_notifications(cursor: Annotated[str | None, Query()] = None) -> NotificationList:
    """Return the institution's notifications, newest first."""
    return sent.list_sent(cursor, app.sender, notifications=services().notifications, feed=services().feed)


@app.get("/v1/notifications/<id>")
@by_institution()
def get_notification(id: str) -> NotificationOut:
    """Return a notification with its timeline."""
    return sent.show(id, app.sender, notifications=services().notifications, holidays=services().holidays)


@app.post("/v1/notifications/<id>/cancel")
@by_institution()
def post_cancel(id: str, cancellation: Annotated[Cancellation | None, Body()] = None) -> NotificationOut:
    """Take a notification back before it is opened; who was alerted to it is told by mail."""
    return sent.cancel(
        id,
        app.sender,
        cancellation.reason if cancellation else None,
        notifications=services().notifications,
        holidays=services().holidays,
        clock=services().clock,
    )


@app.get("/v1/notifications/<id>/deadline")
@by_institution()
def get_deadline(id: str) -> Computation:
    """Return how a notification's deadline was counted, day by day."""
    return sent.computation(id, app.sender, notifications=services().notifications, holidays=services().holidays)


@app.get("/v1/events")
@by_institution()
def get_events(
    after: Annotated[str | None, Query()] = None, limit: Annotated[int, Query(ge=1, le=1000)] = 100
) -> EventPage:
    """Return what happened to the institution's notifications, in order and without gaps, behind a place."""
    return events.follow(after, limit, app.sender.institution, feed=services().feed)


@app.get("/v1/recipients/<kind>/<number>")
@by_institution()
def get_recipient(kind: str, number: str, portal: Annotated[str, Query()]) -> RecipientFound:
    """Tell whether a recipient's mailbox is open; an institution may ask so often in an hour."""
    return recipients.look_up(
        LookedUp.model_validate({"kind": kind, "number": number, "portal": portal}),
        app.sender,
        portals=services().portals,
        notifications=services().notifications,
        quotas=services().quotas,
        clock=services().clock,
    )
