"""A new catalogue is looked at before it is taken."""

from __future__ import annotations

from ventanilla.domain.catalogue_rules import compare
from ventanilla.domain.catalogues import Catalogue, Organization


def _catalogue(*codes: str, **names: str) -> Catalogue:
    levels = {2: "provincial", 4: "municipal", 6: "parroquial"}
    return Catalogue([Organization(one, names.get(f"n{one}", f"N{one}"), levels[len(one)], "P", "C") for one in codes])


def test_counts_are_told_by_level() -> None:
    change = compare(_catalogue("08", "0808"), _catalogue("08", "23", "2302"), {})
    assert change.before == {"provincial": 1, "municipal": 1}
    assert change.after == {"provincial": 2, "municipal": 1}


def test_what_comes_and_goes_is_named() -> None:
    change = compare(_catalogue("08", "0808"), _catalogue("08", "23", "2302"), {})
    assert [one.code for one in change.added] == ["23", "2302"]
    assert [one.code for one in change.removed] == ["0808"]


def test_a_name_that_changes_is_named() -> None:
    change = compare(_catalogue("08"), _catalogue("08", n08="Esmeraldas"), {})
    assert [(old.name, new.name) for old, new in change.changed] == [("N08", "Esmeraldas")]


def test_a_territory_without_its_parent_keeps_the_catalogue_out() -> None:
    change = compare(_catalogue("08"), _catalogue("08", "2302"), {})
    assert [one.code for one in change.orphans] == ["2302"]
    assert not change.may_be_taken


def test_a_removed_code_that_accounts_belong_to_keeps_the_catalogue_out() -> None:
    change = compare(_catalogue("08", "0808"), _catalogue("08"), {"0808": 3, "08": 1})
    assert change.lost == {"0808": 3}
    assert not change.may_be_taken


def test_a_removed_code_that_nobody_uses_may_go() -> None:
    assert compare(_catalogue("08", "0808"), _catalogue("08"), {"08": 1}).may_be_taken
