"""What a new catalogue changes, before it is taken: codes of territories change (La Concordia was 0808, it is 2302)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from ventanilla.domain.catalogues import Catalogue, Organization

_PARENT_DIGITS = {4: 2, 6: 4}
"""A canton's code begins with its province's two digits, a parish's with its canton's four."""


@dataclass(frozen=True, slots=True)
class CatalogueChange:
    """How a new catalogue differs from the one in force."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    added: tuple[Organization, ...]
    removed: tuple[Organization, ...]
    changed: tuple[tuple[Organization, Organization], ...]
    orphans: tuple[Organization, ...]
    lost: Mapping[str, int]

    @property
    def may_be_taken(self) -> bool:
        """Whether nobody loses the organisation that they belong to, and every territory has its parent."""
        return not self.lost and not self.orphans


def compare(current: Catalogue, new: Catalogue, in_use: Mapping[str, int]) -> CatalogueChange:
    """Return what taking a new catalogue would change.

    Args:
        current: the catalogue in force.
        new: the one that may take its place.
        in_use: how many accounts belong to each code.
    """
    old_ones = {one.code: one for one in current}
    new_ones = {one.code: one for one in new}
    both = old_ones.keys() & new_ones.keys()
    return CatalogueChange(
        before=Counter(one.level for one in current),
        after=Counter(one.level for one in new),
        added=tuple(one for code, one in new_ones.items() if code not in old_ones),
        removed=tuple(one for code, one in old_ones.items() if code not in new_ones),
        changed=tuple((old_ones[code], new_ones[code]) for code in sorted(both) if old_ones[code] != new_ones[code]),
        orphans=tuple(one for one in new if _parent(one.code) not in (None, *new_ones)),
        lost={code: number for code, number in sorted(in_use.items()) if code not in new_ones},
    )


def _parent(code: str) -> str | None:
    digits = _PARENT_DIGITS.get(len(code))
    return code[:digits] if digits else None
