"""Apply: an applicant looks after an application; reviewers decide on it."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.schemas.applications import ApplicationOut, Decision, ReviewOut, ReviewPage
from ventanilla.usecases import apply, review
from ventanilla.web import by_session, create_app, public
from ventanilla.web.reasons import in_words
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/applications/<id>")
@public
def get_application(id: str) -> ApplicationOut:
    """Return state, history and what is missing, to whom bears the application's token."""
    shown = apply.show(
        id,
        app.request_in.bearer,
        locale=app.request_in.locale,
        keys=services().keys,
        portals=services().portals,
        applications=services().applications,
        clock=services().clock,
    )
    return in_words(shown, app.request_in.locale)


@app.post("/v1/applications/<id>/submit")
@public
def post_submit(id: str) -> ApplicationOut:
    """Send the application in: into the next step that somebody has to take."""
    shown = apply.submit(
        id,
        app.request_in.bearer,
        locale=app.request_in.locale,
        keys=services().keys,
        portals=services().portals,
        applications=services().applications,
        registry=services().registry,
        clock=services().clock,
    )
    return in_words(shown, app.request_in.locale)


@app.get("/v1/review/applications")
@by_session()
def get_queue(
    portal: Annotated[str, Query()],
    state: Annotated[str, Query()] = "review",
    cursor: Annotated[str | None, Query()] = None,
) -> ReviewPage:
    """Return the applications of a portal, oldest first."""
    return review.queue(
        portal, state, cursor, app.session, portals=services().portals, applications=services().applications
    )


@app.get("/v1/review/applications/<id>")
@by_session()
def get_reviewed(id: str) -> ReviewOut:
    """Return an application with the data beside its documents."""
    shown = review.look(
        id,
        app.session,
        locale=app.request_in.locale,
        portals=services().portals,
        applications=services().applications,
        clock=services().clock,
    )
    return in_words(shown, app.request_in.locale)


@app.post("/v1/review/applications/<id>/decision")
@by_session()
def post_decision(id: str, decision: Decision) -> ReviewOut:
    """Approve or reject; whom it concerns is told by mail."""
    return review.decide(
        id,
        decision,
        app.session,
        locale=app.request_in.locale,
        portals=services().portals,
        applications=services().applications,
        reviews=services().reviews,
        clock=services().clock,
    )
