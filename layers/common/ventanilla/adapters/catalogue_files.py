"""Catalogues as CSV files beside a portal's definition."""

from __future__ import annotations

import csv
from pathlib import Path

from ventanilla.domain.catalogues import Catalogue, Organization
from ventanilla.domain.errors import Invalid

COLUMNS = ["code", "level", "name", "province", "canton"]


def read(path: Path) -> Catalogue:
    """Return the catalogue of a file; it is read anew each time, keeping it is the caller's.

    Args:
        path: UTF-8, its first line names the columns code, level, name, province and canton.

    Raises:
        Invalid: other columns, a line that does not fill them or has no code or name, or a code that stands twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        if next(lines, None) != COLUMNS:
            raise Invalid("catalogue_columns", columns=",".join(COLUMNS))
        return Catalogue([_organization(line, lines.line_num) for line in lines])


def _organization(line: list[str], number: int) -> Organization:
    if len(line) != len(COLUMNS) or not (line[0] and line[2]):
        raise Invalid("catalogue_line", line=number)
    code, level, name, province, canton = line
    return Organization(code=code, name=name, level=level, province=province, canton=canton)
