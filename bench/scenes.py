"""For each function one event that stands for its work, and what AWS answered to it: enough to run it without AWS.

Events are those of `events/`, and for what needs a token, a session or a signature, ones that are made here: the whole
way is measured, not a refusal.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.acts import Acts, succeeded
from bench.calls import Answer, recorded
from bench.events import messages, request
from local.site import ROOT

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Scene:
    """A function at work; `event` makes the event anew, since signatures are of now."""

    function: str
    what: str
    event: Callable[[], Event]
    answers: list[Answer]
    outcome: object

    @property
    def is_http(self) -> bool:
        """Whether somebody waits for the answer."""
        return isinstance(self.outcome, int)


def outcome_of(answer: Any) -> object:
    """Return what must be the same each time: the status, or what an event-driven function says."""
    return answer["statusCode"] if isinstance(answer, dict) and "statusCode" in answer else answer


def make_scenes(acts: Acts) -> list[Scene]:
    """Play every function once, as a new process would, and write down what AWS answered."""
    stage = acts.stage
    citizen, stranger = acts.citizen(), acts.stranger()
    scenes: list[Scene] = []

    def play(function: str, what: str, event: Callable[[], Event]) -> None:
        stage.restart()
        with recorded() as answers:
            answer = stage.invoke(function, event())
        succeeded(function, answer)
        scenes.append(Scene(function, what, event, answers, outcome_of(answer)))

    def play_once(function: str, what: str, event: Event) -> None:
        play(function, what, lambda: event)

    registration = _example("register")
    play_once("PublicFunction", "portal", _example("public.portal"))
    play_once("RegisterFunction", "ipsot's form", registration)
    play_once("RelayFunction", "a batch", _example("relay"))
    play_once("MailFunction", "confirmation", acts.mail_event("registration"))
    confirmed = {"token": stage.mailed_token(), "password": json.loads(registration["body"])["password"]}
    play_once("VerifyFunction", "open account", request("POST /v1/verifications", confirmed))
    play_once("SessionFunction", "sign in", acts.sign_in(citizen))
    play_once("AccountFunction", "profile", request("GET /v1/me", token=citizen.token))
    play_once("ResetFunction", "ask", _example("reset"))
    play("NotifyFunction", "post 2 KB", lambda: acts.post(citizen))
    for _ in range(20):
        acts.do("NotifyFunction", acts.post(citizen))
    play_once("InboxFunction", "page of 20", request("GET /v1/inbox", token=citizen.token))
    play_once("FeedFunction", "a batch", _example("feed"))
    acts.do("NotifyFunction", acts.post(stranger))
    stage.empty("OutboxTable")
    acts.do("RegisterFunction", acts.registration(stranger))
    acts.do("VerifyFunction", acts.verification(stranger))
    play_once("ReleaseFunction", "one letter", messages("ReleaseQueue", {"id": stage.owed("release")[-1]}))
    play_once("RequeueFunction", "nothing due", _example("requeue"))
    stage.restart()
    return scenes


def _example(name: str) -> Event:
    event: Event = json.loads((ROOT / "events" / f"{name}.json").read_text(encoding="utf-8"))
    return event
