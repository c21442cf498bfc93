"""What the command line says when something fails: one readable line, never a stack trace."""

from __future__ import annotations

_SAID = {"httpx": "no answer from the server: ", "boto3": "AWS: ", "botocore": "AWS: ", "pynamodb": "AWS: "}


class CommandError(Exception):
    """Something the caller can mend; the text says what, in one line."""


def explain(error: Exception) -> str:
    """One line of English for any exception that ends a command."""
    text = one_line(str(error)) or type(error).__name__
    if isinstance(error, CommandError):
        return text
    if isinstance(error, UnicodeError):
        return f"not valid UTF-8: {text}"
    if isinstance(error, OSError) and error.filename:
        return one_line(f"{error.filename}: {error.strerror}")
    # by package, so that saying what failed imports nothing that the command did not use
    package = type(error).__module__.partition(".")[0]
    if package in _SAID:
        return _SAID[package] + text
    return f"unexpected {type(error).__name__}: {text} (VENTANILLA_DEBUG=1 shows where)"


def one_line(text: str) -> str:
    """The text with every run of white space and control characters (a terminal would obey them) as one space."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
