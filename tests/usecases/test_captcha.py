"""Captcha: demanded where a portal's definition names the action, and nowhere else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ventanilla.adapters.portal_files import PortalFiles
from ventanilla.domain.captcha import CAPTCHA_LIVES, CaptchaBinding, captcha_nonce
from ventanilla.domain.errors import NotFound, Refused
from ventanilla.domain.keys import Nonce
from ventanilla.domain.outbox import OutboxItem
from ventanilla.schemas.resets import ResetAccepted, ResetWish
from ventanilla.usecases import reset
from ventanilla.usecases.captcha import make_challenge, solved_captcha, use_captcha

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
FILES = PortalFiles(Path(__file__).resolve().parents[2] / "portals", ("demo", "ibarra", "buzonec"))
IBARRA, DEMO = FILES.get("ibarra"), FILES.get("demo")


class Clock:
    at = NOW

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at


class Captcha:
    """Challenges that are their own solution."""

    def __init__(self) -> None:
        self.bindings: dict[str, CaptchaBinding] = {}

    def challenge(self, binding: CaptchaBinding, now: datetime) -> dict[str, Any]:
        name = f"challenge-{len(self.bindings)}"
        self.bindings[name] = binding
        return {"parameters": {"nonce": name}, "signature": name}

    def read(self, text: str, now: datetime) -> tuple[CaptchaBinding, str]:
        return self.bindings[text], text


class Slots:
    """Nonces that have been used."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def use_nonce(self, nonce: Nonce, now: datetime) -> bool:
        new = nonce.name not in self.used
        self.used.add(nonce.name)
        return new


class Outbox:
    def __init__(self) -> None:
        self.items: list[OutboxItem] = []

    def put(self, item: OutboxItem) -> None:
        self.items.append(item)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def captcha() -> Captcha:
    return Captcha()


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[tuple[str, str]]:
    return [(error.field, error.code) for error in refused.value.errors]


class TestChallenge:
    def test_it_is_bound_to_its_action_and_ends_in_ten_minutes(self, captcha, clock):
        given = make_challenge("reset", None, portals=FILES, captcha=captcha, clock=clock)
        assert given.model_dump() == {"parameters": {"nonce": "challenge-0"}, "signature": "challenge-0"}
        assert captcha.bindings["challenge-0"] == CaptchaBinding("reset", None, NOW + CAPTCHA_LIVES)

    def test_it_is_bound_to_a_portal_that_is_named(self, captcha, clock):
        make_challenge("reset", "ibarra", portals=FILES, captcha=captcha, clock=clock)
        assert captcha.bindings["challenge-0"].portal == "ibarra"

    def test_a_portal_that_does_not_exist_has_none(self, captcha, clock):
        with pytest.raises(NotFound):
            make_challenge("reset", "nowhere", portals=FILES, captcha=captcha, clock=clock)


class TestDemanded:
    def demand(self, solved: object, captcha: Any, clock: Any, portal: Any = IBARRA, action: Any = "reset") -> Any:
        return solved_captcha(portal, action, solved, captcha=captcha, clock=clock)

    def give(self, captcha: Any, clock: Any, action: Any = "reset", portal: Any = "ibarra") -> str:
        return make_challenge(action, portal, portals=FILES, captcha=captcha, clock=clock).signature

    def test_a_solved_one_is_to_be_used_up(self, captcha, clock):
        solved = self.give(captcha, clock)
        assert self.demand(solved, captcha, clock) == captcha_nonce(solved)

    @pytest.mark.parametrize("solved", [None, "", "whatever", 5])
    def test_where_the_definition_names_no_action_nothing_is_looked_at(self, captcha, clock, solved):
        assert self.demand(solved, captcha, clock, DEMO) is None
        assert self.demand(solved, captcha, clock, IBARRA, "register") is None

    @pytest.mark.parametrize("solved", [None, ""])
    def test_it_is_missing(self, captcha, clock, solved):
        with pytest.raises(Refused) as refused:
            self.demand(solved, captcha, clock)
        assert codes(refused) == [("captcha", "captcha_missing")]

    @pytest.mark.parametrize("solved", [5, ["x"], {"x": 1}, True])
    def test_what_is_no_text_is_wrong(self, captcha, clock, solved):
        with pytest.raises(Refused) as refused:
            self.demand(solved, captcha, clock)
        assert codes(refused) == [("captcha", "captcha_wrong")]

    @pytest.mark.parametrize(("action", "portal"), [("identity_check", "ibarra"), ("reset", "buzonec")])
    def test_one_for_something_else_is_wrong(self, captcha, clock, action, portal):
        with pytest.raises(Refused) as refused:
            self.demand(self.give(captcha, clock, action, portal), captcha, clock)
        assert codes(refused) == [("captcha", "captcha_wrong")]

    def test_it_expires_by_our_own_clock(self, captcha, clock):
        solved = self.give(captcha, clock)
        clock.at += timedelta(minutes=10)
        with pytest.raises(Refused) as refused:
            self.demand(solved, captcha, clock)
        assert codes(refused) == [("captcha", "captcha_expired")]

    def test_it_works_once(self, captcha, clock):
        slots: Any = Slots()
        nonce = self.demand(self.give(captcha, clock), captcha, clock)
        use_captcha(nonce, slots=slots, clock=clock)
        with pytest.raises(Refused) as refused:
            use_captcha(nonce, slots=slots, clock=clock)
        assert codes(refused) == [("captcha", "captcha_used")]

    def test_where_none_was_demanded_nothing_is_written(self, clock):
        slots: Any = Slots()
        use_captcha(None, slots=slots, clock=clock)
        assert slots.used == set()


class TestReset:
    @staticmethod
    def ask(portal: str, captcha: Any, clock: Any, outbox: Any, slots: Any, solved: str | None = None) -> ResetAccepted:
        wish = ResetWish(portal=portal, identifier="1712345675", captcha=solved)
        return reset.ask(wish, portals=FILES, outbox=outbox, captcha=captcha, slots=slots, clock=clock)

    def test_nothing_is_owed_without_a_captcha_where_one_is_wanted(self, captcha, clock):
        outbox: Any = Outbox()
        with pytest.raises(Refused) as refused:
            self.ask("ibarra", captcha, clock, outbox, Slots())
        assert codes(refused) == [("captcha", "captcha_missing")]
        assert outbox.items == []

    def test_one_captcha_makes_one_wish(self, captcha, clock):
        outbox: Any = Outbox()
        slots = Slots()
        solved = make_challenge("reset", None, portals=FILES, captcha=captcha, clock=clock).signature
        assert self.ask("ibarra", captcha, clock, outbox, slots, solved) == ResetAccepted()
        with pytest.raises(Refused) as refused:
            self.ask("ibarra", captcha, clock, outbox, slots, solved)
        assert codes(refused) == [("captcha", "captcha_used")]
        assert len(outbox.items) == 1

    def test_other_portals_write_no_more_than_the_wish(self, captcha, clock):
        outbox: Any = Outbox()
        slots = Slots()
        self.ask("demo", captcha, clock, outbox, slots)
        assert (len(outbox.items), slots.used, captcha.bindings) == (1, set(), {})


def test_a_definition_may_name_any_of_the_actions(captcha, clock):
    every = replace(DEMO, captcha=("identity_check", "register", "reset"))
    for action in every.captcha:
        with pytest.raises(Refused):
            solved_captcha(every, action, None, captcha=captcha, clock=clock)
