"""Portal definitions on disk: read at run time, checked when tests run and when the layer is built."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ventanilla.adapters.catalogue_files import read as read_catalogue
from ventanilla.adapters.question_files import read as read_questions
from ventanilla.domain.catalogues import Catalogue
from ventanilla.domain.errors import Invalid, NotFound
from ventanilla.domain.portal_rules import Mistake, mistakes
from ventanilla.domain.portals import Portal
from ventanilla.domain.security_questions import Question

__all__ = ["Mistake", "PortalFiles", "check", "line_of", "load", "mistake_of"]
_MAILS = Path(__file__).parents[1] / "messages"
_SENTENCES = {
    "missing": "is missing",
    "unexpected_keyword_argument": "is no key of this table; is it misspelt?",
    "literal_error": "must be {expected}",
    "string_type": "must be a text",
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "tuple_type": "must be a list",
    "dict_type": "must be a table",
    "dataclass_type": "must be a table",
    "date_type": "must be a date such as 2027-01-15, without quotes",
    "date_parsing": "must be a date such as 2027-01-15, without quotes",
    "date_from_datetime_parsing": "must be a date such as 2027-01-15, without quotes",
    "time_delta_parsing": "must be an ISO 8601 duration such as PT24H or P7D",
}


class PortalFiles:
    """The definitions that are in force, each read when it is first asked for."""

    def __init__(self, folder: Path, enabled: Sequence[str]) -> None:
        self._folder = folder
        self._enabled = tuple(enabled)
        self._read: dict[str, Portal] = {}
        self._catalogues: dict[str, Catalogue] = {}
        self._questions: dict[str, tuple[Question, ...]] = {}

    def get(self, portal_id: str) -> Portal:
        """Return a portal.

        Raises:
            NotFound: none of this id is enabled.
        """
        if portal_id not in self._enabled:
            raise NotFound(portal=portal_id)
        if portal_id not in self._read:
            self._read[portal_id] = load(self._folder / f"{portal_id}.toml")
        return self._read[portal_id]

    def all(self) -> list[Portal]:
        """Return all portals, in the order in which they are enabled."""
        return [self.get(portal_id) for portal_id in self._enabled]

    def catalogue(self, name: str) -> Catalogue:
        """Return a catalogue that a definition names."""
        if name not in self._catalogues:
            self._catalogues[name] = read_catalogue(self._folder / name)
        return self._catalogues[name]

    def questions(self, name: str) -> tuple[Question, ...]:
        """Return the list of security questions that a definition names."""
        if name not in self._questions:
            self._questions[name] = read_questions(self._folder / name)
        return self._questions[name]

    def text(self, name: str) -> str:
        """Return a text that a definition names."""
        return (self._folder / name).read_text(encoding="utf-8")


def load(path: Path) -> Portal:
    """Read a definition that is known to be right."""
    return _adapter().validate_python(tomllib.loads(path.read_text(encoding="utf-8")))


def check(path: Path) -> list[Mistake]:
    """Return every mistake of a definition, each with its line where it has one."""
    text = path.read_text(encoding="utf-8")
    try:
        definition = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        return [Mistake("file", f"is not TOML: {error}", line=int(line[1]) if line else None)]
    try:
        portal = _adapter().validate_python(definition)
    except ValidationError as error:
        return [mistake_of(dict(found), text) for found in error.errors(include_url=False, include_input=False)]
    found = [*mistakes(portal), *_files(portal, path.parent)]
    if portal.id != path.stem:
        found.append(Mistake("id", f"is {portal.id}, but the file is named {path.stem}"))
    return [Mistake(one.where, one.message, one.severity, line_of(text, one.where.split("."))) for one in found]


def _files(portal: Portal, folder: Path) -> list[Mistake]:
    named = [(f"terms.{terms.id}.file", terms.file) for terms in portal.terms]
    named += [
        (f"sections.{section.id}.{field.name}.catalogue", field.catalogue)
        for section in portal.sections
        for field in section.fields
        if field.catalogue
    ]
    named += [
        (f"documents.{document.id}.template", document.template) for document in portal.documents if document.template
    ]
    found = [mistake for where, name in named for mistake in _file(where, folder / name)]
    unknown = [name for name in portal.messages if not (_MAILS / name).is_dir()]
    found += [Mistake(f"messages.{name}", f"there is no mail {name}") for name in unknown]
    return found + list(_security_questions(portal, folder))


def _security_questions(portal: Portal, folder: Path) -> Iterator[Mistake]:
    asked = portal.security_questions
    if asked is None:
        return
    where, file = "security_questions.file", folder / asked.file
    if not file.is_file():
        yield Mistake(where, f"there is no file {file.name}")
        return
    try:
        listed = [question.id for question in read_questions(file)]
    except (ValidationError, tomllib.TOMLDecodeError):
        yield Mistake(where, f"{file.name} is no list of [[questions]], each with its id and text")
        return
    if len(set(listed)) < len(listed):
        yield Mistake(where, f"{file.name} has an id twice")
    if not 1 <= asked.ask <= len(listed):
        yield Mistake("security_questions.ask", f"must be between 1 and the {len(listed)} questions of {file.name}")


def _file(where: str, file: Path) -> Iterator[Mistake]:
    if not file.is_file():
        yield Mistake(where, f"there is no file {file.name}")
    elif file.suffix == ".csv":
        try:
            read_catalogue(file)
        except Invalid as invalid:
            yield Mistake(where, f"{file.name} can't be read: {invalid}")


def mistake_of(found: Mapping[str, Any], text: str) -> Mistake:
    """Return what pydantic found in a file, as a sentence with its line."""
    location = [str(part) for part in found["loc"]]
    context = found.get("ctx") or {}
    sentence = _SENTENCES.get(str(found["type"]), "does not fit")
    place = location[:-1] if found["type"] == "missing" else location  # what is missing has no line, its table has
    return Mistake(".".join(location), sentence.format_map(_Context(context)), line=line_of(text, place))


class _Context(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return "something else"


def line_of(text: str, location: list[str]) -> int | None:
    """Return the line of the deepest part of a place that can be found: tomllib keeps no lines of its own."""
    lines = text.splitlines()
    at: int | None = None
    start = 0
    table: str | None = None
    for part in location:
        if part.isdecimal():
            tables = [
                number for number, line in enumerate(lines) if re.match(rf"\[\[{re.escape(table or '')}\]\]", line)
            ]
            places = tables or _inline(lines, start)
            found = places[int(part)] if int(part) < len(places) else None
        else:
            found = _find(lines, part, start)
            table = part if table is None else f"{table}.{part}"
        if found is not None:
            at = start = found
    return at + 1 if at is not None else None


def _find(lines: list[str], part: str, start: int) -> int | None:
    name = re.escape(part)
    patterns = (
        rf"\s*{name}\s*=",
        rf"\[\[?(?:[\w-]+\.)*{name}\]",
        rf".*\b(?:id|name)\s*=\s*\"{name}\"",
        rf".*[{{,]\s*{name}\s*=",
    )
    found = (number for number in range(start, len(lines)) if any(re.match(one, lines[number]) for one in patterns))
    return next(found, None)


def _inline(lines: list[str], start: int) -> list[int]:
    """Return the lines of the inline tables of a list that begins on a line, where each has one of its own."""
    places = []
    for number in range(start + 1, len(lines)):
        if re.match(r"\s*\{", lines[number]):
            places.append(number)
        elif re.match(r"\s*[\[\]]|.*=", lines[number]):
            break
    return places


@cache
def _adapter() -> TypeAdapter[Portal]:
    return TypeAdapter(Portal)
