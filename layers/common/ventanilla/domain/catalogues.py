"""Catalogues of organisations, such as the GADs: found by code, searched by what people type."""

from __future__ import annotations

import base64
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from ventanilla.domain.errors import Invalid

_ACCENT = re.compile(r"[\u0300-\u036f]+")
_WORD = re.compile(r"[^\W_]+")
_Position = tuple[int, str, str]
"""Where an organisation stands among the results: rank, what its rank is sorted by, code."""


@dataclass(frozen=True, slots=True)
class Organization:
    """An organisation of a catalogue; names repeat, so level, province and canton tell them apart."""

    code: str
    name: str
    level: str
    province: str
    canton: str


class Catalogue:
    """The organisations of a portal, in memory."""

    def __init__(self, organizations: Iterable[Organization]) -> None:
        """Index the organisations.

        Raises:
            Invalid: a code stands there twice.
        """
        self._by_code: dict[str, Organization] = {}
        for organization in organizations:
            if organization.code in self._by_code:
                raise Invalid("catalogue_code_twice", organization=organization.code)
            self._by_code[organization.code] = organization

    def __len__(self) -> int:
        """Return how many organisations there are."""
        return len(self._by_code)

    def __iter__(self) -> Iterator[Organization]:
        """Return the organisations in the order of their codes."""
        return iter(self._by_code.values())

    def find(self, code: str) -> Organization | None:
        """Return the organisation of this code, if there is one."""
        return self._by_code.get(code)

    def search(
        self, q: str, level: str | None = None, after: str | None = None, limit: int = 20
    ) -> tuple[tuple[Organization, ...], str | None]:
        """Return the next organisations that match what was typed, and the cursor after them if there are more.

        Args:
            q: the beginning of a code, where it is all digits: in the order of the codes, as is the whole catalogue
                for an empty one. Else beginnings of words of name, canton or province: names that begin so first,
                then by name. Accents and case do not matter.
            level: only this level.
            after: the cursor that the page before came with.
            limit: how many at most, from 1 on.

        Raises:
            Invalid: no page came with this cursor.
        """
        typed = unicodedata.normalize("NFKC", q).strip()
        matches = self._by_name(_fold(typed)) if typed and not typed.isdecimal() else self._by_prefix(typed)
        beginning = None if after is None else _read_cursor(after)
        found = sorted(
            (position, organization)
            for position, organization in matches
            if (level is None or organization.level == level) and (beginning is None or position > beginning)
        )
        page = found[:limit]
        cursor = _write_cursor(page[-1][0]) if len(found) > limit else None
        return tuple(organization for _, organization in page), cursor

    @cached_property
    def _searchable(self) -> list[tuple[Organization, str, str]]:
        """Each organisation with its folded name and the words of all its names; who only finds codes pays nothing."""
        everything = self._by_code.values()
        folded = {text: _fold(text) for each in everything for text in (each.name, each.canton, each.province)}
        return [
            (each, folded[each.name], f" {folded[each.name]} {folded[each.canton]} {folded[each.province]}")
            for each in everything
        ]

    def _by_prefix(self, prefix: str) -> Iterator[tuple[_Position, Organization]]:
        for code, organization in self._by_code.items():
            if code.startswith(prefix):
                yield (0, "", code), organization

    def _by_name(self, typed: str) -> Iterator[tuple[_Position, Organization]]:
        beginnings = [f" {word}" for word in typed.split()]
        if not beginnings:  # nothing but punctuation was typed
            return
        for organization, name, words in self._searchable:
            if all(beginning in words for beginning in beginnings):
                yield (0 if name.startswith(typed) else 1, name, organization.code), organization


def _fold(text: str) -> str:
    """Return the words of a text without case and accents, one space apart."""
    return " ".join(_WORD.findall(_ACCENT.sub("", unicodedata.normalize("NFKD", text.casefold()))))


def _write_cursor(position: _Position) -> str:
    rank, name, code = position
    return base64.urlsafe_b64encode(f"{rank}\n{name}\n{code}".encode()).decode().rstrip("=")


def _read_cursor(cursor: str) -> _Position:
    try:
        rank, name, code = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode().split("\n")
        return int(rank), name, code
    except ValueError:  # not base64, not UTF-8, not three lines, no number: it was never ours
        raise Invalid("cursor") from None
