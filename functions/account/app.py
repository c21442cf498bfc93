"""Account: one's own data, password and consents."""

from typing import Any

from ventanilla.schemas.openid import ConsentList
from ventanilla.schemas.profile import Me, PasswordAgain, PasswordChange, Pending, ProfileChange, TermsAccepted
from ventanilla.schemas.second_factor import AnswersGiven, Enrolled, EnrolmentBegun, SecondFactorWish
from ventanilla.usecases import account, openid_consents, second_factor, security_questions
from ventanilla.web import Reply, by_session, create_app, empty
from ventanilla.wiring import services

app = create_app(services)


@app.get("/v1/me")
@by_session(at_entry=True)
def get_me() -> Me:
    """Return the profile."""
    return account.me(app.session, portals=services().portals, accounts=services().accounts, clock=services().clock)


@app.patch("/v1/me")
@by_session(step="check_data")
def patch_me(change: ProfileChange) -> Me:
    """Correct the profile; a new address demands the password, and takes effect when its link is followed."""
    return account.change_profile(
        change,
        app.session,
        portals=services().portals,
        catalogues=services().portals.catalogue,
        accounts=services().accounts,
        sessions=services().sessions,
        slots=services().slots,
        hasher=services().hasher,
        clock=services().clock,
    )


@app.post("/v1/me/password")
@by_session(step="change_password")
def post_password(change: PasswordChange) -> Pending:
    """Set a new password by the old one; all other sessions end."""
    return account.change_password(
        change,
        app.session,
        portals=services().portals,
        accounts=services().accounts,
        sessions=services().sessions,
        hasher=services().hasher,
        clock=services().clock,
    )


@app.post("/v1/me/second-factor")
@by_session(step=second_factor.ENROLMENT)
def post_second_factor(wish: SecondFactorWish) -> EnrolmentBegun | Enrolled:
    """Enrol an authenticator app: `{}` gives its secret, then `{code}` the recovery codes."""
    return second_factor.enrol(
        wish,
        app.session,
        portals=services().portals,
        accounts=services().accounts,
        sessions=services().sessions,
        authenticators=services().authenticators,
        hasher=services().hasher,
        clock=services().clock,
    )


@app.post("/v1/me/security-questions")
@by_session(step=security_questions.STEP)
def post_security_questions(given: AnswersGiven) -> Pending:
    """Answer as many questions of the portal's list as it asks for; a later change demands the password."""
    return security_questions.choose_questions(
        given,
        app.session,
        portals=services().portals,
        accounts=services().accounts,
        sessions=services().sessions,
        hasher=services().hasher,
        clock=services().clock,
    )


@app.post("/v1/me/terms")
@by_session(step="accept_terms")
def post_terms(accepted: TermsAccepted) -> Pending:
    """Accept texts of the portal, in their current version."""
    return account.accept_terms(
        accepted, app.session, portals=services().portals, accounts=services().accounts, clock=services().clock
    )


@app.get("/v1/me/export")
@by_session()
def get_export() -> dict[str, Any]:
    """Return all that is held on the person."""
    return account.export(
        app.session,
        portals=services().portals,
        accounts=services().accounts,
        sessions=services().sessions,
        notifications=services().notifications,
        audits=services().audits,
        sign_ons=services().sign_ons,
    )


@app.get("/v1/me/consents")
@by_session()
def get_consents() -> ConsentList:
    """Return what one has agreed that other systems may learn."""
    return openid_consents.list_consents(
        app.session, app.request_in.locale, portals=services().portals, sign_ons=services().sign_ons
    )


@app.delete("/v1/me/consents/<client>", status_code=204)
@by_session()
def delete_consent(client: str) -> Reply[None]:
    """Take such a consent back; what came of it ends."""
    openid_consents.withdraw_consent(client, app.session, sign_ons=services().sign_ons)
    return empty()


@app.post("/v1/me/close", status_code=204)
@by_session()
def post_close(again: PasswordAgain) -> Reply[None]:
    """Close the account."""
    account.close(
        again,
        app.session,
        portals=services().portals,
        accounts=services().accounts,
        sessions=services().sessions,
        hasher=services().hasher,
        clock=services().clock,
    )
    return empty(cookies=[app.cookies.no_session()])
