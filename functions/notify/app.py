"""Notify: an institution posts, looks, cancels."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.schemas.notifications import Draft, NotificationList, NotificationOut, Posted
from ventanilla.usecases import notify
from ventanilla.web import Reply, by_institution, create_app, reply
from ventanilla.wiring import services

app = create_app(services)


def _read_ahead(institution: str, body: dict[str, Any]) -> tuple[Any, ...]:
    named = notify.named_by(institution, body)
    return services().notifications.keys_for_post(*named) if named else ()


@app.post("/v1/notifications", status_code=202)
@by_institution(anticipate=_read_ahead, claims_nonce=False)
def post_notification(draft: Draft) -> Reply[Posted]:
    """Post a notification; the same reference with the same content gives the first answer again."""
    posted, replayed = notify.post(
        draft,
        app.sender,
        portals=services().portals,
        notifications=services().notifications,
        slots=services().slots,
        holidays=services().holidays,
        clock=services().clock,
    )
    return reply(posted, 202, headers={"idempotency-replayed": "true"} if replayed else {})


@app.get("/v1/notifications")
@by_institution()
def get_notifications(cursor: Annotated[str | None, Query()] = None) -> NotificationList:
    """Return the institution's notifications, newest first."""
    return notify.list_sent(cursor, app.sender, notifications=services().notifications, feed=services().feed)


@app.get("/v1/notifications/<id>")
@by_institution()
def get_notification(id: str) -> NotificationOut:
    """Return a notification with its timeline."""
    return notify.show(id, app.sender, notifications=services().notifications, holidays=services().holidays)


@app.post("/v1/notifications/<id>/cancel")
@by_institution()
def post_cancel(id: str) -> NotificationOut:
    """Take a notification back before it is opened."""
    return notify.cancel(
        id,
        app.sender,
        notifications=services().notifications,
        holidays=services().holidays,
        clock=services().clock,
    )
