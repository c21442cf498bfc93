"""The environment of the functions, in this process and for others."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from local.cfn import TemplateError
from local.template import Function


def union(functions: Iterable[Function]) -> dict[str, str]:
    """Join the functions' variables; TemplateError where two differ, since one process has one environment."""
    joined: dict[str, str] = {}
    for function in functions:
        for name, value in function.environment.items():
            if joined.setdefault(name, value) != value:
                raise TemplateError(f"{function.name} sets {name} to another value than other functions do")
    return joined


@contextmanager
def in_place(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for the time being, and take those away that would lead to a real AWS account."""
    before = dict(os.environ)
    for name in before:
        if name.startswith("AWS_"):
            del os.environ[name]
    os.environ.update(variables)
    # files of a real account are not read
    os.environ.update(AWS_CONFIG_FILE=os.devnull, AWS_SHARED_CREDENTIALS_FILE=os.devnull)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def write_json(path: Path, value: object) -> None:
    """Write a file that only this user reads, whole or not at all."""
    new = path.with_suffix(".new")
    new.touch(mode=0o600)
    new.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    new.replace(path)
