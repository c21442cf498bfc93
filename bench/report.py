"""Tables for people, and the same rows as JSON."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

Value = str | float | int | bool | None
RESULTS = Path(__file__).with_name("results.json")
_PACKAGES = ("awslambdaric", "aws-lambda-powertools", "botocore", "moto", "pydantic", "pynamodb")


@dataclass(frozen=True, slots=True)
class Section:
    """The rows of one measurement; every row has the same columns."""

    title: str
    rows: Sequence[Mapping[str, Value]]
    notes: Sequence[str] = ()

    def __str__(self) -> str:
        """Return the table as plain text."""
        columns = list(self.rows[0])
        lines = [columns, *([_shown(row[column]) for column in columns] for row in self.rows)]
        widths = [max(len(line[index]) for line in lines) for index in range(len(columns))]
        numeric = [isinstance(self.rows[0][column], (int, float)) for column in columns]
        text = [
            "  ".join(
                cell.rjust(width) if right else cell.ljust(width)
                for cell, width, right in zip(line, widths, numeric, strict=True)
            ).rstrip()
            for line in lines
        ]
        return "\n".join([self.title, *text, *(f"  {note}" for note in self.notes)])


def write(sections: Mapping[str, Section]) -> None:
    """Write what was measured, and on what; of the sections that were left out, the earlier results stay."""
    before = json.loads(RESULTS.read_text(encoding="utf-8"))["sections"] if RESULTS.exists() else {}
    now = datetime.now(UTC).isoformat(timespec="seconds")
    measured = {
        name: {"title": section.title, "date": now, "rows": section.rows, "notes": section.notes}
        for name, section in sections.items()
    }
    document = {
        "host": {"system": platform.platform(), "processors": os.cpu_count(), "load": os.getloadavg()[0]},
        "date": now,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
        "sections": {**before, **measured},
    }
    RESULTS.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def _shown(value: Value) -> str:
    if isinstance(value, bool):
        return "yes" if value else "NO"
    if isinstance(value, float):
        return f"{value:.1f}" if value >= 100 else f"{value:.2f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
