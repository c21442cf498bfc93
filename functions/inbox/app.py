"""Inbox: the citizen looks, opens, reads."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.schemas.inbox import InboxPage, OpenedNotification
from ventanilla.schemas.terms import Computation
from ventanilla.usecases import inbox
from ventanilla.web import by_session, create_app
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/inbox")
@by_session()
def get_inbox(
    cursor: Annotated[str | None, Query()] = None,
    unread: Annotated[bool, Query()] = False,
    institution: Annotated[str | None, Query()] = None,
    deadline: Annotated[bool, Query()] = False,
    category: Annotated[str | None, Query()] = None,
) -> InboxPage:
    """Return a page of the mailbox, newest first."""
    return inbox.look(
        app.session,
        cursor=cursor,
        unread=unread,
        institution=institution,
        with_deadline=deadline,
        category=category,
        portals=services().portals,
        notifications=services().notifications,
    )


@app.post("/v1/inbox/<id>/opening")
@by_session()
def post_opening(id: str) -> OpenedNotification:
    """Open a notification; the first opening is recorded, once."""
    return inbox.open_notification(
        id,
        app.session,
        portals=services().portals,
        notifications=services().notifications,
        holidays=services().holidays,
        clock=services().clock,
    )


@app.get("/v1/inbox/<id>")
@by_session()
def get_opened(id: str) -> OpenedNotification:
    """Return a notification that has been opened."""
    return inbox.read(
        id,
        app.session,
        portals=services().portals,
        notifications=services().notifications,
        holidays=services().holidays,
    )


@app.get("/v1/inbox/<id>/deadline")
@by_session()
def get_deadline(id: str) -> Computation:
    """Return how a notification's deadline was counted, day by day."""
    return inbox.computation(
        id,
        app.session,
        portals=services().portals,
        notifications=services().notifications,
        holidays=services().holidays,
    )
