"""Register: take in the form of a portal."""

from ventanilla.schemas.identity_checks import IdentityCheck, IdentityChecked
from ventanilla.schemas.registration import Registration, Submitted
from ventanilla.usecases.identity_check import look_up
from ventanilla.usecases.register import register
from ventanilla.usecases.register_in_person import is_in_person, register_in_person
from ventanilla.web import create_app, public
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/portals/<portal>/registrations", status_code=202)
@public
def post_registration(portal: str, registration: Registration) -> Submitted:
    """Take in a registration; a mail goes to the address, whether or not the number has an account."""
    definition = services().portals.get(portal)
    if is_in_person(definition, registration):
        return register_in_person(
            definition,
            registration,
            app.demand_session(),
            locale=app.request_in.locale,
            catalogues=services().portals.catalogue,
            applications=services().applications,
            accounts=services().accounts,
            registry=services().registry,
            hasher=services().hasher,
            keys=services().keys,
            clock=services().clock,
        )
    return register(
        definition,
        registration,
        locale=app.request_in.locale,
        address=app.caller_address,
        catalogues=services().portals.catalogue,
        applications=services().applications,
        captcha=services().captcha,
        counters=services().counters,
        registry=services().registry,
        hasher=services().hasher,
        keys=services().keys,
        clock=services().clock,
    )


@app.post("/v1/portals/<portal>/identity-checks")
@public
def post_identity_check(portal: str, check: IdentityCheck) -> IdentityChecked:
    """Show what the identity registry knows of a number, masked."""
    return look_up(
        services().portals.get(portal),
        check,
        app.caller_address,
        captcha=services().captcha,
        slots=services().slots,
        counters=services().counters,
        registry=services().registry,
        clock=services().clock,
    )
