"""Lambda's event filtering: which records of a batch reach the function."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from local.cfn import TemplateError

Pattern = Mapping[str, Any]
_OPERATORS = {"prefix", "suffix", "anything-but", "exists", "numeric", "equals-ignore-case"}
_COMPARISONS = {
    "=": lambda left, right: left == right,
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}
_ABSENT = object()


def check_pattern(pattern: Pattern) -> None:
    """Refuse a pattern with an operator that is not followed here, rather than let every record through."""
    for key, rule in pattern.items():
        if key == "$or":
            for option in rule:
                check_pattern(option)
        elif isinstance(rule, Mapping):
            check_pattern(rule)
        elif not isinstance(rule, list):
            raise TemplateError(f"filter: {key} needs a list of values")
        elif unknown := {name for test in rule if isinstance(test, Mapping) for name in test} - _OPERATORS:
            raise TemplateError(f"filter: {', '.join(sorted(unknown))} is not followed locally")


def passes(patterns: Iterable[Pattern], event: Any) -> bool:
    """Tell whether the event fits one of the patterns; without patterns every event does."""
    patterns = tuple(patterns)
    return not patterns or any(_matches(pattern, event) for pattern in patterns)


def _matches(pattern: Pattern, event: Any) -> bool:
    for key, rule in pattern.items():
        if key == "$or":
            if not any(_matches(option, event) for option in rule):
                return False
            continue
        value = event.get(key, _ABSENT) if isinstance(event, Mapping) else _ABSENT
        if isinstance(rule, Mapping):
            if not _matches(rule, {} if value is _ABSENT else value):
                return False
        elif not any(_holds(test, value) for test in rule):
            return False
    return True


def _holds(test: Any, value: Any) -> bool:
    if isinstance(test, Mapping) and "exists" in test:
        return bool(test["exists"]) == (value is not _ABSENT)
    if value is _ABSENT:
        return False
    if isinstance(value, list):
        return any(_holds(test, item) for item in value)
    if not isinstance(test, Mapping):
        return type(test) is type(value) and bool(test == value)
    [(operator, argument)] = test.items()
    return _operate(operator, argument, value)


def _operate(operator: str, argument: Any, value: Any) -> bool:
    match operator:
        case "prefix":
            return isinstance(value, str) and value.startswith(argument)
        case "suffix":
            return isinstance(value, str) and value.endswith(argument)
        case "equals-ignore-case":
            return isinstance(value, str) and value.lower() == argument.lower()
        case "anything-but":
            others = argument if isinstance(argument, list) else [argument]
            return not any(_holds(other, value) for other in others)
        case "numeric":
            pairs = zip(argument[::2], argument[1::2], strict=True)
            numeric = isinstance(value, int | float) and not isinstance(value, bool)
            return numeric and all(_COMPARISONS[sign](value, bound) for sign, bound in pairs)
    return False
