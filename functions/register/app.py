"""Register: take in the form of a portal."""

from ventanilla.schemas.registration import Registration, Submitted
from ventanilla.usecases.register import register
from ventanilla.web import create_app, public
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/portals/<portal>/registrations", status_code=202)
@public
def post_registration(portal: str, registration: Registration) -> Submitted:
    """Take in a registration; a mail goes to the address, whether or not the number has an account."""
    return register(
        services().portals.get(portal),
        registration,
        locale=app.request_in.locale,
        catalogues=services().portals.catalogue,
        applications=services().applications,
        hasher=services().hasher,
        clock=services().clock,
    )
