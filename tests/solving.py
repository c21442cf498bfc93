"""Captchas, solved as a browser does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from altcha import Challenge, Payload, solve_challenge

from ventanilla.adapters import captcha


def solve(challenge: dict[str, Any]) -> str:
    """Do the work of a challenge, and return what goes into a body's `captcha`."""
    given = Challenge.from_dict(challenge)
    solution = solve_challenge(given)
    assert solution is not None
    return Payload(given, solution).to_base64()


@contextmanager
def little_work() -> Iterator[None]:
    """Let challenges cost next to nothing meanwhile."""
    with patch.object(captcha, "_LEAST", 0), patch.object(captcha, "_MOST", 3):
        yield
