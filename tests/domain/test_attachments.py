"""Attachments: names that mislead nobody, files that are what was declared, an end for what is never used."""

from datetime import timedelta

import pytest

from tests.fakes import NOW
from ventanilla.domain.attachments import (
    DECLARATION_LIFE,
    TYPES,
    Attachment,
    Declaration,
    StoredFile,
    read_file_name,
    read_types,
)
from ventanilla.domain.errors import Invalid

SHA = "ab" * 32
FILE = Attachment("a" * 26, "resolución.pdf", "application/pdf", 9, SHA)


class TestNames:
    @pytest.mark.parametrize("name", ["resolución.pdf", "Acta N.º 7 (final).PDF", " a.pdf ", "公告.pdf", "it's.pdf"])
    def test_usual_ones_stay_as_they_are(self, name):
        assert read_file_name(name, "application/pdf") == name.strip()

    def test_letters_are_composed(self):
        assert read_file_name("resolucio\u0301n.pdf", "application/pdf") == "resolución.pdf"

    @pytest.mark.parametrize(
        "name",
        [
            "../a.pdf",
            "a/b.pdf",
            "a\\b.pdf",
            "c:a.pdf",
            ".pdf",
            "a\n.pdf",
            "a\u202efdp.exe.pdf",
            'a".pdf',
            "a\u2028.pdf",
        ],
    )
    def test_what_stands_for_a_place_or_can_not_be_seen_is_refused(self, name):
        with pytest.raises(Invalid) as refused:
            read_file_name(name, "application/pdf")
        assert refused.value.code == "file_name"

    @pytest.mark.parametrize("name", ["a.exe", "a.pdf.exe", "a", "a.pdf.html"])
    def test_its_ending_is_that_of_its_type(self, name):
        with pytest.raises(Invalid) as refused:
            read_file_name(name, "application/pdf")
        assert (refused.value.code, refused.value.params) == ("file_extension", {"expected": ".pdf"})

    def test_a_browser_is_told_to_save_it_under_its_name(self):
        name = "resolución 5 % \U0001f600.pdf"
        assert Attachment("a", name, "application/pdf", 1, SHA).disposition == (
            "attachment; filename=\"resolucion 5 _ .pdf\"; filename*=UTF-8''resoluci%C3%B3n%205%20%25%20%F0%9F%98%80.pdf"
        )

    def test_a_wide_quotation_mark_ends_no_name(self):
        name = "a\uff02; filename=evil.exe; x=\uff02.pdf"
        disposition = Attachment("a", name, "application/pdf", 1, SHA).disposition
        assert disposition.startswith('attachment; filename="a__ filename_evil.exe_ x__.pdf"; filename*=UTF-8')
        assert disposition.count('"') == 2

    def test_a_name_without_plain_letters_has_a_plain_stand_in(self):
        assert 'filename="file.pdf"' in Attachment("a", "公告.pdf", "application/pdf", 1, SHA).disposition


class TestTypes:
    def test_an_installation_takes_some_of_those_that_there_are(self):
        assert read_types(("application/pdf", "image/png")) == ("application/pdf", "image/png")

    @pytest.mark.parametrize("name", ["text/html", "image/svg+xml", "application/x-msdownload", "application/PDF"])
    def test_none_that_runs_or_that_a_browser_obeys(self, name):
        with pytest.raises(ValueError, match="no type of attachments"):
            read_types(("application/pdf", name))
        assert name not in TYPES


class TestFiles:
    @pytest.mark.parametrize(
        "stored",
        [
            StoredFile(8, SHA, "application/pdf"),
            StoredFile(9, "cd" * 32, "application/pdf"),
            StoredFile(9, None, "application/pdf"),
            StoredFile(9, SHA, "text/html"),
        ],
    )
    def test_another_size_checksum_or_type_is_another_file(self, stored):
        assert StoredFile(9, SHA, "application/pdf").is_of(FILE)
        assert not stored.is_of(FILE)

    def test_a_digest_speaks_of_all_but_our_own_id(self):
        assert FILE.content == {
            "file_name": "resolución.pdf",
            "media_type": "application/pdf",
            "size": 9,
            "sha256": SHA,
        }


class TestDeclarations:
    def test_one_that_is_never_used_ends(self):
        declaration = Declaration("muni", FILE, NOW)
        assert declaration.may_be_used(NOW + DECLARATION_LIFE - timedelta(seconds=1))
        assert not declaration.may_be_used(NOW + DECLARATION_LIFE)

    def test_one_that_was_used_does_not(self):
        assert Declaration("muni", FILE, NOW, NOW).may_be_used(NOW + timedelta(days=9999))

    def test_its_file_lies_under_its_institution(self):
        assert Declaration("muni", FILE, NOW).path == f"muni/{'a' * 26}"
