"""The resolver of a function: who may call, what came in, what goes out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, cast

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response

from ventanilla.domain.errors import NotFound, RegistryDown, SignatureRefused, StepsPending, Unauthenticated
from ventanilla.domain.institutions import InstitutionKey
from ventanilla.domain.sessions import CurrentSession
from ventanilla.logs import trace
from ventanilla.usecases.ports import Clock, Portals, Sessions, Slots
from ventanilla.web.access import Access, ByInstitution, BySession, access_of, bodies_of
from ventanilla.web.cookies import Cookies
from ventanilla.web.problems import CONTENT_TYPE, Problem, problem_of
from ventanilla.web.request import JSON, Body, Request
from ventanilla.web.responses import SECURE
from ventanilla.web.senders import is_signed, session_sender, signed_sender

if TYPE_CHECKING:
    from ventanilla.adapters.dynamo import Dynamo
    from ventanilla.adapters.institutions import Institutions
    from ventanilla.settings import Settings
    from ventanilla.usecases.notify import Sender

F = Callable[..., Any]
_HSTS = "max-age=63072000; includeSubDomains"


class Services(Protocol):
    """What the web asks of the wiring."""

    @property
    def settings(self) -> Settings:
        """The environment."""

    @property
    def dynamo(self) -> Dynamo:
        """The tables, which are told when a request begins."""

    @property
    def clock(self) -> Clock:
        """The hour."""

    @property
    def portals(self) -> Portals:
        """The definitions."""

    @property
    def sessions(self) -> Sessions:
        """Sessions."""

    @property
    def slots(self) -> Slots:
        """Nonces."""

    @property
    def institutions(self) -> Institutions:
        """Institutions and keys."""


class App(APIGatewayHttpResolver):
    """One function's routes. Not thread-safe, as powertools is not: one request at a time in a process."""

    def __init__(self, services: Callable[[], Services]) -> None:
        super().__init__(
            enable_validation=True,
            response_validation_error_http_code=500,
            json_body_deserializer=lambda _: self.request_in.json,
        )
        self._services = services
        self._access: dict[str, Access] = {}
        self._bodies: dict[str, tuple[Body, ...]] = {}
        self._logger = Logger()
        self.request_in = Request({})
        self.exception_handler(Exception)(self._refuse)
        self._problem: Problem | None = None
        self._used: InstitutionKey | None = None

    def route(self, rule: str, method: Any, *args: Any, **options: Any) -> Callable[[Any], Any]:
        """Take in a route, who may call it, and what it takes."""
        register = super().route(rule, method, *args, **options)

        def keep(call: Any) -> Any:
            route = f"{method} {rule.replace('<', '{').replace('>', '}')}"
            self._access[route], self._bodies[route] = access_of(call), bodies_of(call)
            return register(call)

        return keep

    @property
    def session(self) -> CurrentSession:
        """The session of who calls a route that is marked `by_session`."""
        return cast("CurrentSession", self.context["session"])

    def demand_session(self) -> CurrentSession:
        """Return the session of who calls a public route that asks for one in some of its cases."""
        return self._current_session(BySession())

    def find_session(self) -> CurrentSession | None:
        """Return the session of who calls a public route, with steps pending or not; None where none lives."""
        try:
            return self._current_session(BySession(unproven=True))
        except Unauthenticated:
            return None

    @property
    def sender(self) -> Sender:
        """The institution that calls a route that is marked `by_institution`."""
        return cast("Sender", self.context["sender"])

    @property
    def caller(self) -> CurrentSession | Sender:
        """Who calls a route that is marked `by_session(or_signed=True)`."""
        return self.sender if "sender" in self.context else self.session

    @property
    def caller_address(self) -> str:
        """The network address that asks."""
        return self.request_in.source_ip(self._services().settings.edge_key)

    @property
    def cookies(self) -> Cookies:
        """How cookies are named here."""
        return Cookies(self._services().settings.base_url)

    def resolve(self, event: Any, context: Any) -> dict[str, Any]:
        """Answer a request: admit it first, then validate and serve it; whatever happens, in our own words."""
        started = time.perf_counter()
        self.request_in = Request(event)
        self._request_id = str(context.aws_request_id)
        self._problem = None
        self._used = None
        try:
            self._services().dynamo.forget()
            self.request_in.check(*self._bodies.get(self.request_in.route, (JSON,)))
            self._admit(self._access.get(self.request_in.route))
            response = super().resolve(dict(self.request_in.spelled_plainly), context)
            self._note_use(int(response["statusCode"]))
        except Exception as error:  # noqa: BLE001  # nothing of it may go out
            self.context.clear()
            response = self._raw(self._tell(error))
        headers = {**SECURE, **response.get("headers", {})}
        if self._services().settings.secure:
            headers["strict-transport-security"] = _HSTS
        self._log(int(response["statusCode"]), started)
        return {**response, "headers": headers}

    def _admit(self, access: Access | None) -> None:
        """Let in who may make this call, before anything else of the request is looked at; else nobody."""
        if access is None:
            raise NotFound
        if isinstance(access, BySession) and access.or_signed and is_signed(self.request_in):
            self.context["sender"] = self._calling_institution(ByInstitution())
        elif isinstance(access, BySession):
            self.context["session"] = self._current_session(access)
        elif isinstance(access, ByInstitution):
            self.context["sender"] = self._calling_institution(access)

    def _current_session(self, access: BySession) -> CurrentSession:
        from ventanilla.usecases.sessions import current_session  # with what it imports, for those who ask for it

        services = self._services()
        token = self.cookies.session_token(self.request_in)
        current = current_session(token, sessions=services.sessions, portals=services.portals, clock=services.clock)
        is_open = access.unproven or (access.at_entry and not current.session.todo)
        if current.pending and not is_open and access.step != current.pending[0]:
            raise StepsPending(current.pending, current.session.question)
        return current

    def _calling_institution(self, access: ByInstitution) -> Sender:
        """Return the institution that calls: by signature, or without any, by its administrator's session."""
        services, request = self._services(), self.request_in
        if not is_signed(request) and self.cookies.session_token(request):
            return session_sender(access, request, self._current_session(BySession()), services)
        sender, self._used = signed_sender(access, request, services)
        return _claimed(sender, services) if access.claims_nonce else sender

    def _note_use(self, status: int) -> None:
        """Write down, once in an hour, that a key was used; after the answer is made, which does not hang on it."""
        services, key = self._services(), self._used
        now = services.clock.now()
        if key is None or status >= 400 or key.is_use_known(now):
            return
        try:
            services.institutions.note_use(key, now)
        except Exception as error:  # noqa: BLE001  # what was asked for is done
            self._logger.warning("use-not-noted", error=type(error).__name__, request_id=self._request_id)

    def _refuse(self, error: Exception) -> Response[str]:
        problem = self._tell(error)
        return Response(problem.status, CONTENT_TYPE, _json(problem.body), dict(problem.headers))

    def _raw(self, problem: Problem) -> dict[str, Any]:
        headers = {"content-type": CONTENT_TYPE, **problem.headers}
        return {"statusCode": problem.status, "headers": headers, "body": _json(problem.body), "cookies": []}

    def _tell(self, error: Exception) -> Problem:
        self._problem = problem_of(error, self.request_in.locale, self._request_id)
        if isinstance(error, RegistryDown):
            self._logger.warning("registry-down", reason=error.facts.get("reason"), request_id=self._request_id)
        if self._problem.status == 500:
            self._logger.error(
                "unforeseen", error=type(error).__name__, trace=trace(error), request_id=self._request_id
            )
        return self._problem

    def _log(self, status: int, started: float) -> None:
        self._logger.info(
            "request",
            route=self.request_in.route,
            status=status,
            outcome=self._problem.slug if self._problem else "done" if status < 400 else "refused",
            milliseconds=round((time.perf_counter() - started) * 1000, 1),
            request_id=self._request_id,
        )


def create_app(services: Callable[[], Services]) -> App:
    """Return a resolver for a function's routes; its services are built when the first request comes."""
    return App(services)


def _claimed(sender: Sender, services: Services) -> Sender:
    """Use the nonce up at once, for calls that write nothing it could go along with."""
    if sender.nonce and not services.slots.use_nonce(sender.nonce, services.clock.now()):
        raise SignatureRefused("nonce-seen")
    return replace(sender, nonce=None)


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
