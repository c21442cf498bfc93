"""Documents from strangers: what hides, swells or leads round in circles, and how a browser gets them (line 25)."""

from __future__ import annotations

import io
import threading
import time
import zlib
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pyhanko.pdf_utils.generic import ArrayObject, DictionaryObject, NumberObject, StreamObject, TextStringObject
from pyhanko.pdf_utils.generic import pdf_name as name
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

from tests.flows.paperwork import Cooperative, Desk, Someone, paperwork
from tests.flows.test_seps import signed_in, wish
from tests.papers import ANA, AT, made, of_seps
from tests.signing import Authority, Holder, sign
from ventanilla.adapters.bounds import OutOfBounds, bounded
from ventanilla.adapters.signatures import SignatureReader
from ventanilla.domain.documents import DocumentRefused

A4 = (0, 0, 595, 842)


class Clock:
    """The hour at which everything is signed."""

    def now(self) -> Any:
        return AT

    wall = now


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority(now=AT)


@pytest.fixture(scope="module")
def original() -> bytes:
    return made(of_seps(), "solicitud")


@pytest.fixture(scope="module")
def reason(authority: Authority, original: bytes, tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], str]:
    """Why a file is refused; every file is answered within seconds."""
    reader = SignatureReader(authority.write_root(tmp_path_factory.mktemp("roots")), Clock())

    def why(pdf: bytes) -> str:
        began = time.process_time()
        with pytest.raises(DocumentRefused) as refused:
            reader.read(pdf, original)
        assert time.process_time() - began < 8
        return refused.value.reason

    return why


def revised(pdf: bytes, change: Callable[[IncrementalPdfFileWriter], None]) -> bytes:
    """Return a document to which a revision was added."""
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def numbers(*said: int) -> ArrayObject:
    return ArrayObject(map(NumberObject, said))


def field(rect: tuple[int, ...] = A4, *, shows: bool = True, **more: Any) -> Callable[[IncrementalPdfFileWriter], None]:
    """Return what adds a field for a signature to the first page, with what it shows before anybody has signed."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        page = writer.find_page_for_modification(0)[0].get_object()
        said: dict[str, Any] = {
            "Type": name("/Annot"),
            "Subtype": name("/Widget"),
            "FT": name("/Sig"),
            "T": TextStringObject("Stamp"),
        }
        said |= {"F": NumberObject(4), "Rect": numbers(*rect), **more}
        if shows:
            white = StreamObject(stream_data=b"1 1 1 rg 0 0 595 842 re f")
            white["/Type"], white["/Subtype"] = name("/XObject"), name("/Form")
            white["/BBox"] = numbers(*A4)
            said["AP"] = DictionaryObject({name("/N"): writer.add_object(white)})
        ref = writer.add_object(DictionaryObject({name(f"/{key}"): value for key, value in said.items()}))
        page["/Annots"] = ArrayObject([*page.get("/Annots", []), ref])
        writer.update_container(page)
        form = {name("/Fields"): ArrayObject([ref]), name("/SigFlags"): NumberObject(3)}
        writer.root["/AcroForm"] = writer.add_object(DictionaryObject(form))
        writer.update_root()

    return add


class TestShadows:
    """What is signed is what everybody sees: nothing lies over the document."""

    def test_a_field_that_shows_something_before_it_is_signed(self, reason, original, authority):
        for rect in (A4, (80, 120, 280, 180)):
            assert reason(sign(revised(original, field(rect)), authority.citizen(ANA))) == "modified"

    def test_a_stamp_as_large_as_the_page(self, reason, original, authority):
        empty = revised(original, field(A4, shows=False))
        assert reason(sign(empty, authority.citizen(ANA), field="Stamp")) == "modified"
        assert reason(sign(empty, authority.citizen(ANA))) == "modified"

    @pytest.mark.parametrize("key", ["A", "AA"])
    def test_a_stamp_that_does_something(self, reason, original, authority, key):
        act = DictionaryObject({name("/S"): name("/URI"), name("/URI"): TextStringObject("https://example.ec")})
        stamp = field((80, 120, 280, 180), shows=False, **{key: act})
        assert reason(sign(revised(original, stamp), authority.citizen(ANA))) == "modified"


def fields_of_fields(depth: int) -> Callable[[IncrementalPdfFileWriter], None]:
    """Return what adds a tree of fields that has 2^depth leaves, each level being one object."""

    def add(writer: IncrementalPdfFileWriter) -> None:
        node = writer.add_object(DictionaryObject({name("/FT"): name("/Sig"), name("/T"): TextStringObject("leaf")}))
        for level in range(depth):
            said = {name("/T"): TextStringObject(f"n{level}"), name("/Kids"): ArrayObject([node, node])}
            node = writer.add_object(DictionaryObject(said))
        writer.root["/AcroForm"] = DictionaryObject({name("/Fields"): ArrayObject([node])})
        writer.update_root()

    return add


def clique(size: int) -> Holder:
    """Return a certificate with authorities that have all certified one another: as many chains as orders of them."""
    key = ec.generate_private_key(ec.SECP256R1())
    authority = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "X")])

    def issued(subject: x509.Name, *, ca: bool) -> x509.Certificate:
        builder = x509.CertificateBuilder(authority, subject, key.public_key(), x509.random_serial_number())
        builder = builder.not_valid_before(AT - timedelta(days=9)).not_valid_after(AT + timedelta(days=9))
        builder = builder.add_extension(x509.BasicConstraints(ca, None), True)
        usage = x509.KeyUsage(True, True, False, False, False, ca, False, False, False)
        return builder.add_extension(usage, True).sign(key, hashes.SHA256())

    holder = issued(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Y")]), ca=False)
    return Holder(key, holder, tuple(issued(authority, ca=True) for _ in range(size)))


def swollen(megabytes: int) -> bytes:
    """Return a file of some kilobytes whose table of objects is millions of lines long."""
    packer = zlib.compressobj(9)
    table = b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()
    head = (
        b"%PDF-1.7\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 1>>\nendobj\n"
    )
    said = b"<</Type/XRef/Size %d/W[1 2 1]/Root 1 0 R/Filter/FlateDecode/Length %d>>" % (megabytes << 18, len(table))
    body = head + b"3 0 obj\n" + said + b"\nstream\n" + table + b"\nendstream\nendobj\n"
    return body + b"startxref\n%d\n%%%%EOF\n" % len(head)


@pytest.mark.slow
class TestBombs:
    """A file of some kilobytes costs seconds and some hundred megabytes at most."""

    def test_fields_of_fields(self, reason, original):
        assert reason(revised(original, fields_of_fields(40))) == "unreadable"

    def test_authorities_that_certify_one_another(self, reason, original):
        assert reason(sign(original, clique(10))) == "unreadable"

    @pytest.mark.parametrize("megabytes", [20, 1000])
    def test_a_table_of_millions_of_objects(self, reason, megabytes):
        assert reason(swollen(megabytes)) == "unreadable"

    def test_brackets_in_brackets(self, reason, original):
        assert reason(b"%PDF-1.7\n" + b"[" * 2_000_000 + original[-2000:]) == "unreadable"

    def test_the_hour_is_told_again_where_python_dropped_it(self):
        class Deaf:
            """Its destructor takes its time, and Python drops what is raised in it."""

            def __del__(self) -> None:
                began = time.process_time()
                while time.process_time() - began < 0.3:
                    pass

        def read() -> None:
            Deaf()
            time.sleep(60)

        with pytest.raises(OutOfBounds), bounded(seconds=0.05, memory=1 << 30):
            read()

    def test_the_bounds_are_lifted_afterwards_and_leave_other_threads_alone(self):
        with pytest.raises(OutOfBounds), bounded(seconds=0.05, memory=1 << 30):
            time.sleep(5)
        with pytest.raises(OutOfBounds), bounded(seconds=5, memory=1 << 24):
            bytes(1 << 28)
        assert len(bytes(1 << 28)) == 1 << 28
        heard: list[str] = []

        def elsewhere() -> None:
            with bounded(seconds=0.01, memory=1 << 30):
                time.sleep(0.05)
            heard.append("done")

        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        assert heard == ["done"]


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with paperwork(tmp_path_factory.mktemp("site")) as desk:
        yield desk


class TestForms:
    """What is typed becomes text in a document, or is refused: never markup, never a failure of ours."""

    @pytest.mark.parametrize("typed", ["漢字", "Acme 😀", "\u0378", "abc\u202etxt", "a\u2066b", "עברית", "ﷺ"])
    def test_what_no_document_can_show(self, desk, typed):
        coop = Cooperative(legal_name=typed)
        assert desk.faults("seps", wish(Someone("Ana Núñez"), coop)) == {"organization.legal_name": "text_control"}

    def test_nor_a_name_that_it_cannot(self, desk):
        for typed in ("王小明", "Ana\u202eelaM"):
            assert desk.faults("seps", wish(Someone(typed), Cooperative())) == {"full_name": "person_name"}

    @pytest.mark.parametrize("domain", ["ñandú.ec", "例え.jp"])
    def test_an_address_is_written_as_mails_go_there(self, desk, domain):
        person = Someone("Ana Núñez", email=f"ana@{domain}")
        request = desk.apply("seps", wish(person, Cooperative()))
        assert len(request.document("solicitud")) > 1000

    @pytest.mark.parametrize(
        "typed", ['#read("/seps.toml")', "*a* _b_ <c> @d $x$ `e`", "= Aprobada\n\\ #panic()", '"); #eval("1', "Ǝẽŵ–’№"]
    )
    def test_markup_is_shown_as_it_was_typed(self, desk, typed):
        from pypdf import PdfReader

        request = desk.apply("seps", wish(Someone("Ana Núñez"), Cooperative(legal_name=typed)))
        text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(request.document("solicitud"))).pages)
        assert "".join(typed.split()) in "".join(text.split())
        assert "institution" not in text


class TestDownloads:
    def test_a_reviewers_browser_saves_what_a_stranger_sent_in_and_runs_nothing_of_it(self, desk):
        vera = desk.reviewer("reviewer", "seps")
        request = desk.apply("seps", wish(Someone("Ana Núñez"), Cooperative()))
        script = b"<html><script>alert(1)</script>\n"
        from tests.flows.paperwork import scanned

        for kind in request.shown()["missing"]:
            paper = scanned(request.document(kind))
            answer = request.send(kind, script + paper)
            if answer.status_code != 200:
                request.deliver(kind, paper)
        request.submit()
        answer = desk.call("GET", f"{request.reviewed}/documents/solicitud", token=vera.token)
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "no-store"

    def test_reviewers_of_other_portals_and_strangers_get_none(self, desk):
        request = signed_in(desk, Someone("Ana Núñez"), Cooperative())
        path = f"{request.reviewed}/documents/solicitud"
        desk.reviewer("reviewer", "ibarra").refused("not-found", 404, "GET", path)
        desk.refused("unauthenticated", 401, "GET", path, token=request.token)

    def test_no_other_origin_puts_anything(self, desk):
        request = desk.apply("seps", wish(Someone("Ana Núñez"), Cooperative()))
        headers = {
            "content-type": "application/pdf",
            "cookie": f"session={request.token}",
            "origin": "https://x.example",
        }
        answer = desk.http.put(f"{request.path}/documents/solicitud", content=b"%PDF-1.7", headers=headers)
        assert answer.status_code == 404, "the application's token is a bearer's, no cookie's"


def test_samples_stay_readable(tmp_path: Path, authority: Authority, original: bytes) -> None:
    reader = SignatureReader(authority.write_root(tmp_path), Clock())
    signed = original
    for place in range(6):  # all whom a document may concern
        signed = sign(signed, authority.citizen(ANA), field=f"F{place}", visible=place < 4)
    read = reader.read(signed, original)
    assert read is not None
    assert read.signer_numbers == (ANA,)
