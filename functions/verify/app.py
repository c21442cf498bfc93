"""Verify: a mailed link was followed."""

from ventanilla.schemas.verification import PasswordChoice, Verification, Verified
from ventanilla.usecases.verify import set_password, verify
from ventanilla.web import create_app, public
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/verifications")
@public
def post_verification(verification: Verification) -> Verified:
    """Prove the address by the mailed link; the password chosen in the form is typed again."""
    return verify(
        verification,
        keys=services().keys,
        portals=services().portals,
        applications=services().applications,
        accounts=services().accounts,
        slots=services().slots,
        hasher=services().hasher,
        clock=services().clock,
    )


@app.post("/v1/verifications/password")
@public
def post_password(choice: PasswordChoice) -> Verified:
    """Set the password of a new account, and use the link up."""
    return set_password(
        choice,
        keys=services().keys,
        portals=services().portals,
        catalogues=services().portals.catalogue,
        applications=services().applications,
        accounts=services().accounts,
        hasher=services().hasher,
        clock=services().clock,
    )
