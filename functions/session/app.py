"""Session: enter, see one's sessions, leave."""

from ventanilla.schemas.sessions import SessionList, SignedIn, SignIn
from ventanilla.usecases.sessions import Caller, end_session, list_sessions, sign_in
from ventanilla.web import Reply, by_session, create_app, empty, public, reply
from ventanilla.wiring import services

app = create_app(services)


@app.post("/v1/sessions", status_code=201)
@public
def post_session(attempt: SignIn) -> Reply[SignedIn]:
    """Enter with number and password; the token comes in the answer and as a cookie."""
    request, cookies = app.request_in, app.cookies
    caller = Caller(request.source_ip, request.user_agent, request.cookies.get(cookies.device_name))
    entered = sign_in(
        attempt,
        caller,
        portals=services().portals,
        sessions=services().sessions,
        keys=services().keys,
        hasher=services().hasher,
        clock=services().clock,
    )
    answer = entered.answer
    session = cookies.session(answer.token, answer.session.expires_at)
    return reply(answer, 201, cookies=[session, cookies.device(entered.device)])


@app.get("/v1/sessions")
@by_session(at_entry=True)
def get_sessions() -> SessionList:
    """Return one's own sessions."""
    return list_sessions(app.session, sessions=services().sessions, clock=services().clock)


@app.delete("/v1/sessions/<id>", status_code=204)
@by_session(at_entry=True)
def delete_session(id: str) -> Reply[None]:
    """End a session; `current` is the one that asks."""
    end_session(id, app.session, sessions=services().sessions)
    is_current = id in ("current", app.session.session.id)
    return empty(cookies=[app.cookies.no_session()] if is_current else [])
