"""Security questions: of a fixed list, answered in any spelling, asked after failures, never sufficient."""

from __future__ import annotations

import hashlib
import unicodedata
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from ventanilla.domain.accounts import Account
from ventanilla.domain.portal_texts import STRICT, Text
from ventanilla.domain.portals import Portal
from ventanilla.domain.throttling import Failures

ASKED_AFTER = 3
"""Failures on a number since its owner last entered, from which on a right password is followed by a question."""
SHORTEST_ANSWER = 3
"""Characters of an answer, once spelling is left aside."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question of a portal's list."""

    __pydantic_config__: ClassVar[Any] = STRICT
    id: str
    text: Text


def normalise_answer(typed: str) -> str:
    """Return what counts of an answer: letters and digits, without case, accents, spaces and punctuation."""
    plain = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", typed).casefold())
    return "".join(character for character in plain if character.isalnum())


def question_for(account: Account, portal: Portal, failed: Failures | None, now: datetime) -> str | None:
    """Return the question that somebody who has typed the right password is asked, if failures came before.

    It is the same all day: trying again brings no easier one.
    """
    questions = sorted(account.security_answers)
    if portal.security_questions is None or not questions or failed is None or failed.count < ASKED_AFTER:
        return None
    digest = hashlib.sha256(f"question.{account.ref}.{now.date().isoformat()}".encode()).digest()
    return questions[int.from_bytes(digest[:8]) % len(questions)]
