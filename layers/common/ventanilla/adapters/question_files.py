"""Lists of security questions on disk, beside the definition that names them."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pydantic import TypeAdapter

from ventanilla.domain.security_questions import Question


def read(path: Path) -> tuple[Question, ...]:
    """Return the questions of a file.

    Raises:
        tomllib.TOMLDecodeError, pydantic.ValidationError: it is no list of questions.
    """
    listed = tomllib.loads(path.read_text(encoding="utf-8"))
    return _adapter().validate_python(listed.get("questions"))


@cache
def _adapter() -> TypeAdapter[tuple[Question, ...]]:
    return TypeAdapter(tuple[Question, ...])
