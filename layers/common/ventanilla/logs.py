"""What is logged of an error: its kind and where it rose. Its message may hold a person's data."""

from __future__ import annotations

import traceback


def trace(error: BaseException) -> list[str]:
    """Return the places that an error came through, the innermost last."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
