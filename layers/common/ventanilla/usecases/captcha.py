"""Captcha: a challenge is given to anybody; a solved one is demanded where the portal's definition names the action."""

from __future__ import annotations

from ventanilla.domain.captcha import (
    CAPTCHA_LIVES,
    CaptchaAction,
    CaptchaBinding,
    captcha_nonce,
    captcha_refused,
)
from ventanilla.domain.keys import Nonce
from ventanilla.domain.portals import Portal
from ventanilla.schemas.captcha import CaptchaChallenge
from ventanilla.usecases.ports import Captcha, Clock, Portals, Slots


def make_challenge(
    action: CaptchaAction, portal_id: str | None, *, portals: Portals, captcha: Captcha, clock: Clock
) -> CaptchaChallenge:
    """Return a challenge for an action, good at one portal alone if it is named.

    Raises:
        NotFound: there is no such portal.
    """
    portal = portals.get(portal_id).id if portal_id is not None else None
    now = clock.now()
    challenge = captcha.challenge(CaptchaBinding(action, portal, now + CAPTCHA_LIVES), now)
    return CaptchaChallenge.model_validate(challenge)


def solved_captcha(
    portal: Portal, action: CaptchaAction, solved: object, *, captcha: Captcha, clock: Clock
) -> Nonce | None:
    """Return what is to be used up by the write that follows, or None where the portal wants no captcha here.

    Raises:
        Refused: captcha_missing, captcha_wrong, captcha_expired.
    """
    if action not in portal.captcha:
        return None
    if not solved:
        raise captcha_refused("captcha_missing")
    if not isinstance(solved, str):
        raise captcha_refused("captcha_wrong")
    now = clock.now()
    binding, signature = captcha.read(solved, now)
    binding.demand(action, portal.id, now)
    return captcha_nonce(signature)


def use_captcha(nonce: Nonce | None, *, slots: Slots, clock: Clock) -> None:
    """Use a solved captcha up by a write of its own, where no other write could do it along with its change.

    Raises:
        Refused: captcha_used.
    """
    if nonce and not slots.use_nonce(nonce, clock.now()):
        raise captcha_refused("captcha_used")
