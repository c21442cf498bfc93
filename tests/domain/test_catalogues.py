from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.catalogues import Catalogue, Organization
from ventanilla.domain.errors import Invalid

ROWS = [
    Organization("24", "Santa Elena", "provincial", "Santa Elena", ""),
    Organization("03", "Cañar", "provincial", "Cañar", ""),
    Organization("0302", "Biblián", "municipal", "Cañar", "Biblián"),
    Organization("0303", "Cañar", "municipal", "Cañar", "Cañar"),
    Organization("0906", "Alfredo Baquerizo Moreno (Juján)", "municipal", "Guayas", "Alfredo Baquerizo Moreno (Juján)"),
    Organization("100153", "San Antonio", "parroquial", "Imbabura", "Ibarra"),
    Organization("130253", "San Antonio", "parroquial", "Manabí", "Chone"),
    Organization("1316", "24 de Mayo", "municipal", "Manabí", "24 de Mayo"),
    Organization("1701", "Quito", "metropolitano", "Pichincha", "Quito"),
    Organization("170155", "El Quinche", "parroquial", "Pichincha", "Quito"),
]
CATALOGUE = Catalogue(ROWS)


def codes(q, level=None, catalogue=CATALOGUE):
    found, cursor = catalogue.search(q, level, None, limit=100)
    assert cursor is None
    return [organization.code for organization in found]


def pages(q, limit, catalogue=CATALOGUE):
    after, found = None, []
    while True:
        page, after = catalogue.search(q, None, after, limit)
        found.append([organization.code for organization in page])
        if after is None:
            return found


def test_an_organisation_is_found_by_its_code():
    assert CATALOGUE.find("1701") == ROWS[8]
    assert CATALOGUE.find("17") is None


def test_an_empty_search_lists_all_in_the_order_of_the_codes():
    assert codes("") == codes("  ") == sorted(row.code for row in ROWS)


@pytest.mark.parametrize("q", ["biblian", "BIBLIÁN", "bíbl", "bibli\u0301n"[:5]])
def test_accents_and_case_do_not_matter(q):
    assert codes(q) == ["0302"]


@pytest.mark.parametrize("q", ["jujan", "(Juján)", "moreno alf", "alfredo moreno", "baquerizo, guayas"])
def test_each_word_typed_begins_a_word_of_the_names(q):
    assert codes(q) == ["0906"]


@pytest.mark.parametrize("q", ["ujan", "ntonio", "san antonio zzz", "!", "e quinche x"])
def test_what_begins_no_word_finds_nothing(q):
    assert codes(q) == []


def test_province_and_canton_tell_namesakes_apart():
    assert codes("san antonio") == ["100153", "130253"]
    assert codes("san antonio chone") == ["130253"]
    assert codes("san ant imba") == ["100153"]


def test_names_that_begin_so_come_first_then_by_name():
    assert codes("qui") == ["1701", "170155"]
    assert codes("cañar") == ["03", "0303", "0302"]


def test_digits_search_the_beginning_of_the_code():
    assert codes("17") == ["1701", "170155"]
    assert codes("01") == []


def test_digits_within_a_name_are_found_with_its_other_words():
    assert codes("24 de may") == ["1316"]
    assert codes("24") == ["24"]


def test_a_level_leaves_out_the_others():
    assert codes("quito", "metropolitano") == ["1701"]
    assert codes("", "provincial") == ["03", "24"]
    assert codes("", "nacional") == []


@given(q=st.sampled_from(["", "1", "san", "qui", "cañar", "m", "zzz"]), limit=st.integers(1, 12))
def test_pages_make_up_the_whole_result(q, limit):
    found = pages(q, limit)
    assert [code for page in found for code in page] == codes(q)
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1] or not codes(q)


@given(st.permutations(ROWS))
def test_the_order_of_the_rows_does_not_matter(rows):
    assert codes("a", catalogue=Catalogue(rows)) == codes("a")


def test_a_cursor_outlives_the_row_that_it_was_made_of():
    page, after = CATALOGUE.search("san", None, None, limit=1)
    without = Catalogue(row for row in ROWS if row not in page)
    assert [row.code for row in without.search("san", None, after, limit=9)[0]] == codes("san")[1:]


@pytest.mark.parametrize("cursor", ["", "x", "abc", "ñ", "MAo", "////", "eAp4Cng", "1" * 5000])
def test_a_cursor_that_was_never_given_is_refused(cursor):
    with pytest.raises(Invalid) as caught:
        CATALOGUE.search("", None, cursor)
    assert caught.value.code == "cursor"


@given(st.text(), st.integers(1, 3))
def test_whatever_is_typed_has_an_answer(q, limit):
    found, _ = CATALOGUE.search(q, None, None, limit)
    assert len(found) <= limit


def test_a_code_that_stands_twice_is_refused():
    with pytest.raises(Invalid) as caught:
        Catalogue([*ROWS, replace(ROWS[0], name="Other")])
    assert (caught.value.code, caught.value.params) == ("catalogue_code_twice", {"organization": "24"})
