"""Signed documents: what holds is read, and each way in which it may not hold is refused with its own reason."""

import io
import logging
import random
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from asn1crypto import core
from cryptography.hazmat.primitives import serialization

from tests import signing
from tests.papers import ANA, AT, JOSE, RUC, made, of_buzonec, of_seps
from tests.signing import CENTRAL_BANK, LAYOUTS, Authority, Layout, encrypted, sign, with_page_replaced
from ventanilla.adapters import certificates
from ventanilla.adapters.signatures import NoRoots, SignatureReader
from ventanilla.domain.documents import DocumentRefused

Check = Callable[[bytes], str]


class Clock:
    def __init__(self, at: datetime = AT) -> None:
        self.at = at

    def now(self) -> datetime:
        raise AssertionError("certificates know the real hour only")

    def wall(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(now=AT)


@pytest.fixture(scope="module")
def reader(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> SignatureReader:
    return SignatureReader(authority.write_root(tmp_path_factory.mktemp("roots")), Clock())


@pytest.fixture(scope="module")
def original() -> bytes:
    return made(of_seps(), "solicitud")


@pytest.fixture(scope="module")
def signed(original: bytes, authority: Authority) -> bytes:
    return sign(original, authority.citizen(ANA))


@pytest.fixture
def reason(reader: SignatureReader, original: bytes) -> Check:
    """Why a file is refused."""

    def why(pdf: bytes) -> str:
        with pytest.raises(DocumentRefused) as refused:
            reader.read(pdf, original)
        return refused.value.reason

    return why


class TestWhatHolds:
    @pytest.mark.parametrize("layout", LAYOUTS)
    @pytest.mark.parametrize(("number", "read"), [(ANA, ANA), ("AB123456", "PASEC-AB123456")])
    def test_the_signers_numbers_are_found_in_each_layout(
        self, reader: SignatureReader, original: bytes, authority: Authority, layout: Layout, number: str, read: str
    ) -> None:
        pdf = sign(original, authority.citizen(number, layout=layout, name="ANA NÚÑEZ", ruc=RUC))
        found = reader.read(pdf, original)
        assert found is not None
        assert set(found.signer_numbers) == {read, RUC}
        assert found.signer_name == "ANA NÚÑEZ"
        assert found.signed_at is not None

    def test_a_stamp_on_the_page_does_no_harm(
        self, reader: SignatureReader, original: bytes, authority: Authority
    ) -> None:
        assert reader.read(sign(original, authority.citizen(ANA), visible=True), original)

    def test_several_may_sign(
        self, reader: SignatureReader, original: bytes, signed: bytes, authority: Authority
    ) -> None:
        both = sign(signed, authority.citizen(JOSE, name="JOSÉ CUEVA"), field="Firma2", visible=True)
        found = reader.read(both, original)
        assert found is not None
        assert found.signer_numbers == (ANA, JOSE)
        assert found.signer_name == "ANA MARÍA NÚÑEZ PÉREZ, JOSÉ CUEVA"

    def test_a_document_of_the_institutions_own_is_compared_with_nothing(
        self, reader: SignatureReader, signed: bytes
    ) -> None:
        assert reader.read(signed, b"")

    def test_without_any_signature_it_is_a_scan(self, reader: SignatureReader, original: bytes) -> None:
        assert reader.read(original, original) is None
        assert reader.read(made(of_buzonec(), "activation"), original) is None

    def test_the_chain_may_be_completed_by_an_authority_that_stands_beside_the_root(
        self, original: bytes, authority: Authority, tmp_path: Path
    ) -> None:
        alone = signing.Holder(authority.citizen(ANA).key, authority.citizen(ANA).certificate)
        pdf = sign(original, alone)
        roots = authority.write_root(tmp_path)
        with pytest.raises(DocumentRefused, match="untrusted"):
            SignatureReader(roots, Clock()).read(pdf, original)
        below = authority.issuing.certificate.public_bytes(serialization.Encoding.PEM)
        (roots / "below.pem").write_bytes(below)
        assert SignatureReader(roots, Clock()).read(pdf, original)


class TestWhatDoesNotHold:
    @pytest.mark.parametrize("junk", [b"", b"<!doctype html><p>%PDF", b"PK\x03\x04", b"\xff\xd8\xff\xe0" * 400])
    def test_what_is_no_pdf(self, reason: Check, junk: bytes) -> None:
        assert reason(junk) == "not_a_pdf"

    def test_what_can_not_be_read(self, reason: Check, signed: bytes, original: bytes) -> None:
        assert reason(b"%PDF-1.7\nxx") == "unreadable"
        assert reason(b"%PDF-1.7\n" + b"0" * 4_000_000) == "unreadable"
        assert reason(b"%PDF-1.7\nstartxref\n5\n%%EOF") == "unreadable"
        assert reason(signed[:-3000]) == "unreadable"
        assert reason(encrypted(original)) == "unreadable"

    def test_a_flipped_bit_in_the_page(self, reason: Check, signed: bytes) -> None:
        assert reason(_flipped(signed, len(signed) // 4)) == "modified"

    def test_a_page_replaced_by_a_later_revision(self, reason: Check, signed: bytes) -> None:
        assert reason(with_page_replaced(signed)) == "modified"

    def test_a_page_replaced_before_it_was_signed(self, reason: Check, original: bytes, authority: Authority) -> None:
        # the file begins with the original's bytes, and its signature covers all of it
        pdf = sign(with_page_replaced(original), authority.citizen(ANA))
        assert pdf.startswith(original)
        assert reason(pdf) == "modified"

    def test_another_document_behind_the_originals_bytes(
        self, reason: Check, original: bytes, authority: Authority
    ) -> None:
        other = made(of_buzonec(), "activation")
        behind = _moved(other, len(original))
        assert reason(sign(original + behind, authority.citizen(ANA))) == "wrong_document"

    def test_something_drawn_over_the_page_before_it_was_signed(
        self, reason: Check, original: bytes, authority: Authority
    ) -> None:
        assert reason(sign(_with_note(original), authority.citizen(ANA))) == "modified"

    @pytest.mark.parametrize(
        ("junk", "refused"),
        [(b"\n", "not_whole"), (b"\n%junk", "not_whole"), (b"\n%%EOF\n", "unreadable"), (b" " * 3000, "unreadable")],
    )
    def test_something_appended(self, reason: Check, signed: bytes, junk: bytes, refused: str) -> None:
        assert reason(signed + junk) == refused

    def test_another_document_of_the_same_applicant(
        self, reason: Check, reader: SignatureReader, authority: Authority, signed: bytes, original: bytes
    ) -> None:
        assert reason(sign(made(of_seps(), "acuerdo"), authority.citizen(ANA))) == "wrong_document"
        with pytest.raises(DocumentRefused, match="wrong_document"):
            reader.read(signed, original + b"\n")

    def test_an_unknown_root(self, reason: Check, original: bytes) -> None:
        assert reason(sign(original, Authority("DESCONOCIDA", now=AT).citizen(ANA))) == "untrusted"

    def test_a_root_of_the_same_name(self, reason: Check, original: bytes) -> None:
        assert reason(sign(original, Authority(now=AT).citizen(ANA))) == "untrusted"

    def test_a_certificate_that_is_not_for_signing(self, reason: Check, original: bytes, authority: Authority) -> None:
        assert reason(sign(original, authority.citizen(ANA, may_sign=False))) == "untrusted"

    def test_an_expired_certificate(self, reason: Check, original: bytes, authority: Authority) -> None:
        assert reason(sign(original, authority.citizen(ANA, expired=True))) == "expired"

    @pytest.mark.parametrize("days", [-31, 341])
    def test_a_certificate_that_is_not_in_force_at_the_hour(
        self, original: bytes, signed: bytes, authority: Authority, tmp_path: Path, days: int
    ) -> None:
        elsewhen = SignatureReader(authority.write_root(tmp_path), Clock(AT + timedelta(days=days)))
        with pytest.raises(DocumentRefused, match="expired"):
            elsewhen.read(signed, original)

    def test_one_bad_signature_among_good_ones(self, reason: Check, signed: bytes) -> None:
        stranger = Authority("DESCONOCIDA", now=AT).citizen(JOSE)
        assert reason(sign(signed, stranger, field="Firma2")) == "untrusted"

    def test_no_flipped_bit_at_all_goes_unnoticed(self, reason: Check, signed: bytes) -> None:
        # but in the place of the signature itself, which ends in padding that nothing reads
        hole = max(re.finditer(rb"<[0-9a-fA-F]{2000,}>", signed), key=lambda found: len(found[0]))
        chosen = random.Random(25)  # noqa: S311  # the same places in every run
        places = [place for place in chosen.sample(range(len(signed)), 60) if not hole.start() <= place < hole.end()]
        assert len(places) > 25
        for place in places:
            assert reason(_flipped(signed, place)) in ("modified", "unreadable", "not_a_pdf", "wrong_document")

    def test_without_any_root_it_is_our_mistake_and_not_the_citizens(self, signed: bytes, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "missing", None):
            with pytest.raises(NoRoots):
                SignatureReader(folder, Clock()).read(signed, b"")


class TestNumbers:
    @staticmethod
    def numbers(authority: Authority, said: bytes, oid: str = f"{CENTRAL_BANK}.1") -> tuple[str, ...]:
        holder = authority.citizen("", layout="none", extensions={oid: said})
        return certificates.numbers(signing.as_asn1(holder.certificate))

    @pytest.mark.parametrize(
        "said",
        [
            core.UTF8String(ANA).dump(),
            core.PrintableString(ANA).dump(),
            core.IA5String(ANA).dump(),
            core.BMPString(ANA).dump(),
            core.OctetString(ANA.encode()).dump(),
            core.UTF8String(f" {ANA[:9]}-{ANA[9]} ").dump(),
            ANA.encode(),
        ],
    )
    def test_they_are_read_however_an_authority_writes_them(self, authority: Authority, said: bytes) -> None:
        assert self.numbers(authority, said) == (ANA,)

    @pytest.mark.parametrize("said", [core.Integer(int(ANA)).dump(), core.UTF8String("").dump(), b"", b"\xff\xfe\x00"])
    def test_what_is_no_number_is_none(self, authority: Authority, said: bytes) -> None:
        assert self.numbers(authority, said) == ()

    def test_only_the_arcs_of_the_table_count(self, authority: Authority) -> None:
        assert self.numbers(authority, core.UTF8String(ANA).dump(), "1.3.6.1.4.1.99999.3.1") == ()

    @pytest.mark.parametrize(
        ("suffix", "said", "read"),
        [
            ("1", ANA, ANA),
            ("2", "AB123456", "PASEC-AB123456"),
            ("2", "1234567890", "PASEC-1234567890"),
            ("4", RUC, RUC),
        ],
    )
    def test_the_civil_registry_keeps_cedula_and_passport_apart(
        self, authority: Authority, suffix: str, said: str, read: str
    ) -> None:
        oid = f"1.3.6.1.4.1.55519.1.1.1.5.2.{suffix}"
        assert self.numbers(authority, core.UTF8String(said).dump(), oid) == (read,)

    def test_a_number_of_another_country_or_kind_is_none_of_ours(self, authority: Authority) -> None:
        for serial in (f"IDCCO-{ANA}", f"PNOEC-{ANA}", ANA, f"XIDCEC-{ANA}"):
            holder = authority.citizen("", layout="none", serial=serial)
            assert certificates.numbers(signing.as_asn1(holder.certificate)) == ()


def test_the_log_names_nobody(
    reader: SignatureReader, original: bytes, authority: Authority, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    for holder in (authority.citizen(ANA, expired=True), Authority("DESCONOCIDA", now=AT).citizen(ANA)):
        with pytest.raises(DocumentRefused):
            reader.read(sign(original, holder), original)
    assert [record for record in caplog.records if record.name.startswith("pyhanko")] == []


def test_functions_load_the_libraries_only_when_they_use_them() -> None:
    # all but one have them not even in their layer
    apps = [f"functions.{path.parent.name}.app" for path in sorted(Path("functions").glob("*/app.py"))]
    check = f"import sys, {', '.join(apps)}; print({{'asn1crypto', 'pyhanko', 'typst'}} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def _flipped(pdf: bytes, place: int) -> bytes:
    return pdf[:place] + bytes([pdf[place] ^ 1]) + pdf[place + 1 :]


def _moved(pdf: bytes, by: int) -> bytes:
    """A whole document with its table of objects set for the place that it will stand at."""
    table = pdf.rindex(b"xref\n0 ")
    head, tail = pdf[:table], pdf[table:]
    tail = re.sub(rb"(?m)^(\d{10})( \d{5} n)", lambda found: b"%010d" % (int(found[1]) + by) + found[2], tail)
    return head + re.sub(rb"startxref\n(\d+)", lambda found: b"startxref\n%d" % (int(found[1]) + by), tail)


def _with_note(pdf: bytes) -> bytes:
    """The document with a note over its first page, as many readers can add one."""
    from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, TextStringObject, pdf_name
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    page = writer.find_page_for_modification(0)[0].get_object()
    box = ArrayObject(map(NumberObject, (0, 0, 500, 800)))
    note = {
        "/Type": pdf_name("/Annot"),
        "/Subtype": pdf_name("/FreeText"),
        "/Rect": box,
        "/Contents": TextStringObject("otro"),
    }
    annotation = DictionaryObject({pdf_name(name): value for name, value in note.items()})
    page["/Annots"] = ArrayObject([writer.add_object(annotation)])
    writer.update_container(page)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()
