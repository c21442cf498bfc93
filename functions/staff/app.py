"""Staff: other people's accounts, administered by who holds the role for their portal."""

from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Query

from ventanilla.schemas.staff import AccountCorrection, Because, StaffAccount, StaffAccounts
from ventanilla.usecases import staff
from ventanilla.web import Reply, by_session, create_app, empty
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/staff/accounts")
@by_session()
def get_staff_accounts(portal: Annotated[str, Query()], identifier: Annotated[str, Query()]) -> StaffAccounts:
    """Return the account of a number at a portal, with what was done to it; the look is written down too."""
    return staff.find_account(portal, identifier, app.session, **_collaborators())


@app.patch("/v1/staff/accounts/<id>")
@by_session()
def patch_staff_account(id: str, correction: AccountCorrection) -> StaffAccount:
    """Correct names and address; the address takes effect when its own link is followed."""
    return staff.correct_account(
        id,
        correction,
        app.session,
        catalogues=services().portals.catalogue,
        slots=services().slots,
        **_collaborators(),
    )


@app.post("/v1/staff/accounts/<id>/lock")
@by_session()
def post_account_lock(id: str, because: Because) -> StaffAccount:
    """Lock an account: its sessions end, and nobody enters."""
    return staff.set_status(id, "locked", because, app.session, **_collaborators())


@app.post("/v1/staff/accounts/<id>/unlock")
@by_session()
def post_account_unlock(id: str, because: Because) -> StaffAccount:
    """Unlock an account."""
    return staff.set_status(id, "active", because, app.session, **_collaborators())


@app.post("/v1/staff/accounts/<id>/close", status_code=204)
@by_session()
def post_account_close(id: str, because: Because) -> Reply[None]:
    """Close an account."""
    staff.close_account(id, because, app.session, **_collaborators())
    return empty()


def _collaborators() -> dict[str, Any]:
    return {
        "portals": services().portals,
        "accounts": services().accounts,
        "audits": services().audits,
        "clock": services().clock,
    }
