"""Catalogues as CSV files beside a portal's definition."""

from __future__ import annotations

import csv
from pathlib import Path

from ventanilla.domain.catalogues import Catalogue, Organization
from ventanilla.domain.errors import Invalid

COLUMNS = ["code", "level", "name", "province", "canton"]
PUBLISHED = ["dpa_code", "gad_type", "territory_name"]
"""Columns of the list of local governments as it is published: a code begins with those of province and canton."""


def read(path: Path) -> Catalogue:
    """Return the catalogue of a file; it is read anew each time, keeping it is the caller's.

    Args:
        path: UTF-8, its first line names the columns: code, level, name, province and canton, or those of the list
            as it is published.

    Raises:
        Invalid: other columns, a line that does not fill them or has no code or name, or a code that stands twice.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        columns = next(lines, None)
        if columns not in (COLUMNS, PUBLISHED):
            raise Invalid("catalogue_columns", columns=",".join(COLUMNS), published=",".join(PUBLISHED))
        rows = [_checked(line, columns, lines.line_num) for line in lines]
    return Catalogue(_of_published(rows) if columns == PUBLISHED else [_organization(*row) for row in rows])


def _checked(line: list[str], columns: list[str], number: int) -> list[str]:
    if len(line) != len(columns) or not (line[0] and line[2]):
        raise Invalid("catalogue_line", line=number)
    return line


def _of_published(rows: list[list[str]]) -> list[Organization]:
    names = {code: name for code, _, name in rows}
    return [
        _organization(code, level, name, names.get(code[:2], ""), names.get(code[:4], "") if len(code) > 2 else "")
        for code, level, name in rows
    ]


def _organization(code: str, level: str, name: str, province: str, canton: str) -> Organization:
    return Organization(code=code, name=name, level=level, province=province, canton=canton)
