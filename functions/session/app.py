"""Session: enter, see one's sessions, leave."""

from ventanilla.schemas.sessions import Proven, QuestionAnswered, SecondFactorCode, SessionList, SignedIn, SignIn
from ventanilla.usecases import proofs
from ventanilla.usecases.sessions import Caller, end_session, list_sessions, sign_in
from ventanilla.web import Reply, by_session, create_app, empty, public, reply
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/sessions", status_code=201)
@public
def post_session(attempt: SignIn) -> Reply[SignedIn]:
    """Enter with number and password; the token comes in the answer and as a cookie."""
    entered = sign_in(
        attempt,
        _caller(),
        portals=services().portals,
        sessions=services().sessions,
        accounts=services().accounts,
        keys=services().keys,
        hasher=services().hasher,
        clock=services().clock,
    )
    answer, cookies = entered.answer, app.cookies
    session = cookies.session(answer.token, answer.session.expires_at)
    device = [cookies.device(entered.device)] if entered.device else []
    return reply(answer, 201, cookies=[session, *device])


@app.post("/v1/sessions/current/second-factor")
@by_session(step=proofs.SECOND_FACTOR)
def post_second_factor_proof(shown: SecondFactorCode) -> Reply[Proven]:
    """Prove the second factor, by what the app shows or by a recovery code; each works once."""
    return _passed(
        proofs.prove_second_factor(
            shown,
            app.session,
            _caller(),
            authenticators=services().authenticators,
            sessions=services().sessions,
            keys=services().keys,
            hasher=services().hasher,
            clock=services().clock,
        )
    )


@app.post("/v1/sessions/current/security-question")
@by_session(step=proofs.SECURITY_QUESTION)
def post_security_answer(answered: QuestionAnswered) -> Reply[Proven]:
    """Answer the security question that the session asks, because failures came before."""
    return _passed(
        proofs.answer_question(
            answered,
            app.session,
            _caller(),
            sessions=services().sessions,
            keys=services().keys,
            hasher=services().hasher,
            clock=services().clock,
        )
    )


def _caller() -> Caller:
    request = app.request_in
    return Caller(app.caller_address, request.user_agent, request.cookies.get(app.cookies.device_name))


def _passed(passed: proofs.Passed) -> Reply[Proven]:
    return reply(passed.answer, cookies=[app.cookies.device(passed.device)] if passed.device else [])


@app.get("/v1/sessions")
@by_session(at_entry=True)
def get_sessions() -> SessionList:
    """Return one's own sessions."""
    return list_sessions(app.session, sessions=services().sessions, clock=services().clock)


@app.delete("/v1/sessions/<id>", status_code=204)
@by_session(unproven=True)
def delete_session(id: str) -> Reply[None]:
    """End a session; `current` is the one that asks."""
    end_session(id, app.session, sessions=services().sessions, portals=services().portals, clock=services().clock)
    is_current = id in ("current", app.session.session.id)
    return empty(cookies=[app.cookies.no_session()] if is_current else [])
