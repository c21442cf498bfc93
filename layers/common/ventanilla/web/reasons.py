"""Why the registry stands against an application: kept as codes, told in words."""

from __future__ import annotations

from typing import TypeVar

from ventanilla.schemas.applications import ApplicationOut, HistoryLine
from ventanilla.web.problems import field_message

Shown = TypeVar("Shown", bound=ApplicationOut)


def in_words(application: Shown, locale: str) -> Shown:
    """Return an application whose refusal says why in the language asked for."""
    return application.model_copy(update={"history": [_line(line, locale) for line in application.history]})


def _line(line: HistoryLine, locale: str) -> HistoryLine:
    if line.state != "refused" or not line.reason:
        return line
    told = " ".join(field_message(code, locale) for code in line.reason.split(", "))
    return line.model_copy(update={"reason": told})
