"""Checks `portals/calendar.toml`: every mistake is a sentence, with its line."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from ventanilla.adapters.calendar import national
from ventanilla.adapters.catalogue_files import read as read_catalogue
from ventanilla.adapters.portal_files import line_of, mistake_of
from ventanilla.domain.calendar import Calendar, mistakes
from ventanilla.domain.portal_rules import Mistake

_CANTONS = "ipsot/gads.csv"
"""The list that knows the cantons, beside the file."""


def check(path: Path) -> list[Mistake]:
    """Return every mistake of a calendar, each with its line where it has one."""
    text = path.read_text(encoding="utf-8")
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return [Mistake("file", f"is not TOML: {error}", line=int(line[1]) if line else None)]
    try:
        calendar = TypeAdapter(Calendar).validate_python(said)
    except ValidationError as error:
        return [mistake_of(dict(found), text) for found in error.errors(include_url=False, include_input=False)]
    years = {correction.date.year for correction in calendar.corrections}
    off = national(range(min(years), max(years) + 1)) if years else {}
    list_of_cantons = path.parent / _CANTONS
    cantons = {one.code[:4] for one in read_catalogue(list_of_cantons)} if list_of_cantons.is_file() else None
    found = mistakes(calendar, off, cantons)
    return [Mistake(one.where, one.message, one.severity, line_of(text, one.where.split("."))) for one in found]
