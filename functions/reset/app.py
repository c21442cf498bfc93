"""Reset: a forgotten password."""

from ventanilla.schemas.resets import ResetAccepted, ResetConfirmation, ResetOpened, ResetOpening, ResetWish
from ventanilla.usecases import reset
from ventanilla.web import Reply, create_app, empty, public
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/resets", status_code=202)
@public
def post_reset(wish: ResetWish) -> ResetAccepted:
    """Ask for a new password, or for a confirmation to be mailed anew; the answer is always the same."""
    return reset.ask(
        wish,
        portals=services().portals,
        outbox=services().outbox,
        captcha=services().captcha,
        slots=services().slots,
        clock=services().clock,
    )


@app.post("/v1/resets/open")
@public
def post_opening(opening: ResetOpening) -> ResetOpened:
    """Look behind a mailed link; nothing is used up."""
    return reset.look(
        opening,
        keys=services().keys,
        portals=services().portals,
        accounts=services().accounts,
        slots=services().slots,
        clock=services().clock,
    )


@app.post("/v1/resets/confirm", status_code=204)
@public
def post_confirmation(confirmation: ResetConfirmation) -> Reply[None]:
    """Set the password; all sessions end, and the owner is told."""
    reset.confirm(
        confirmation,
        keys=services().keys,
        portals=services().portals,
        catalogues=services().portals.catalogue,
        accounts=services().accounts,
        slots=services().slots,
        hasher=services().hasher,
        clock=services().clock,
    )
    return empty()
