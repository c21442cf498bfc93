"""Receipts: who gets one, that it is proven by the key alone, and that no byte of it can be another."""

import dataclasses
import io
import json
from pathlib import Path

import pypdf
import pytest

from tests.fakes import BASE_URL
from tests.receipt_key import Signer
from tests.usecases.conftest import INSTITUTION, enter, make_account, post, sender
from ventanilla.adapters.document_maker import DocumentMaker
from ventanilla.domain.errors import NotFound, NotOpened
from ventanilla.domain.institutions import Institution
from ventanilla.domain.jose import canonical, signing_input, to_base64url
from ventanilla.domain.notifications import notification_id
from ventanilla.domain.receipts import TYPE, shown, split, write_json, write_pdf
from ventanilla.usecases import inbox, receipts
from ventanilla.usecases.receipt_check import ReceiptRefused, check

ID = notification_id(INSTITUTION.id, "RES-1")
PORTALS = Path(__file__).resolve().parents[2] / "portals"
MAKER = DocumentMaker(PORTALS)
SIGNER = Signer()


@pytest.fixture
def collaborators(world):
    return {
        "portals": world.portals,
        "notifications": world.notifications,
        "maker": MAKER,
        "signer": SIGNER,
        "base_url": BASE_URL,
        "clock": world.clock,
    }


@pytest.fixture
def current(world):
    return enter(world, make_account(world))


def open_(world, current):
    inbox.open_notification(
        ID,
        current,
        portals=world.portals,
        notifications=world.notifications,
        holidays=world.holidays,
        clock=world.clock,
    )


def text_of(file):
    return " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(file)).pages)


@pytest.fixture
def of(world, collaborators):
    post(world)
    return lambda form: receipts.for_institution(ID, sender(), form, **collaborators)


class TestWhoGetsOne:
    @pytest.mark.parametrize("form", ["pdf", "json"])
    def test_both_sides_do_and_it_holds(self, world, current, collaborators, form):
        post(world)
        open_(world, current)
        for made in (
            receipts.for_recipient(ID, current, form, **collaborators),
            receipts.for_institution(ID, sender(), form, **collaborators),
        ):
            manifest, _ = check(made, SIGNER.public_keys())
            assert (manifest["iss"], manifest["notification"], manifest["reference"]) == (BASE_URL, ID, "RES-1")
            assert manifest["head"] == world.notifications.thread(ID).moments[-1].digest

    def test_the_citizen_only_once_it_is_opened(self, world, current, collaborators):
        post(world)
        with pytest.raises(NotOpened):
            receipts.for_recipient(ID, current, "pdf", **collaborators)

    def test_no_other_institution(self, world, collaborators):
        post(world)
        other = Institution("otro-municipio", "Otro", {}, ("demo",))
        with pytest.raises(NotFound):
            receipts.for_institution(ID, sender(institution=other), "json", **collaborators)

    def test_no_other_citizen(self, world, current, collaborators):
        post(world, recipient={"kind": "cedula", "number": "1710034065"})
        with pytest.raises(NotFound):
            receipts.for_recipient(ID, current, "json", **collaborators)

    def test_to_get_one_changes_nothing(self, world, of):
        before = world.notifications.thread(ID)
        of("json")
        assert world.notifications.thread(ID) == before


def test_one_of_a_test_key_says_on_its_face_that_it_proves_nothing(world, collaborators):
    tester = Institution("test-municipio", "Municipio de Ejemplo", {}, ("demo",))
    number = post(world, by=sender(institution=tester))[0].id
    file = receipts.for_institution(number, sender(institution=tester), "pdf", **collaborators)
    assert "SIMULACIÓN" in text_of(file)
    assert check(file, SIGNER.public_keys())[0]["institution"] == "test-municipio"


def test_signs_that_no_font_has_are_told_by_their_number_and_break_nothing(world, collaborators):
    subject = "Resolución № 5 — «así» 😀 مرحبا \u202eoculto"
    number = post(world, subject=subject)[0].id
    page = text_of(receipts.for_institution(number, sender(), "pdf", **collaborators))
    assert "Resolución № 5 — «así» [U+1F600]" in " ".join(page.split())
    assert "[U+202E]oculto" in page
    said = receipts.for_institution(number, sender(), "json", **collaborators)
    assert json.loads(said)["receipt"]["subject"] == subject


def test_every_sign_that_is_shown_as_it_is_can_be_shown(world, collaborators):
    signs = "".join(chr(code) for code in range(0x21, 0x3000) if shown(chr(code)) == chr(code))
    assert len(signs) > 1000
    tester = dataclasses.replace(INSTITUTION, name=signs)
    number = post(world, by=sender(institution=tester))[0].id
    assert receipts.for_institution(number, sender(), "pdf", **collaborators)


def test_a_real_one_does_not(of):
    assert "SIMULACIÓN" not in text_of(of("pdf"))


class TestNoByteCanBeAnother:
    @pytest.mark.parametrize("form", ["pdf", "json"])
    def test_every_sampled_byte_is_watched(self, of, form):
        file = of(form)
        check(file, SIGNER.public_keys())
        tail = file.rfind(b"%ventanilla-receipt") if form == "pdf" else 0
        # all of the signature, a sample of the rest; one bit, and another sign in place of it
        for at in sorted({*range(0, len(file), 97 if form == "pdf" else 1), *range(tail, len(file))} - {len(file)}):
            for other in (file[at] ^ 1, file[at] ^ 0x20):
                with pytest.raises(ReceiptRefused):
                    check(file[:at] + bytes([other]) + file[at + 1 :], SIGNER.public_keys())

    @pytest.mark.parametrize("form", ["pdf", "json"])
    def test_nothing_can_be_put_in_or_cut_off(self, of, form):
        file = of(form)
        for other in (file + b"\n", b"\n" + file, file[:-1], file[1:], file[:500] + b" " + file[500:], b"", file * 2):
            with pytest.raises(ReceiptRefused):
                check(other, SIGNER.public_keys())

    def test_a_new_revision_of_the_pdf_is_refused_with_its_old_signature_behind_it_too(self, of):
        file = of("pdf")
        part = split(file)
        revised = file + b"1 0 obj\n(forged)\nendobj\nstartxref\n99\n%%EOF"
        for other in (revised, write_pdf(revised, part.jws)):
            with pytest.raises(ReceiptRefused):
                check(other, SIGNER.public_keys())


class TestOnlyThePlatformsKeyCounts:
    def test_another_key_proves_nothing(self, of):
        with pytest.raises(ReceiptRefused, match="none of the platform's"):
            check(of("json"), Signer().public_keys())

    def test_a_key_that_pretends_to_be_the_platforms_proves_nothing(self, of):
        with pytest.raises(ReceiptRefused, match="does not hold"):
            check(of("json"), [{**Signer().jwk, "kid": SIGNER.kid}])

    def test_a_former_key_still_proves(self, of):
        assert check(of("json"), [*Signer().public_keys(), *SIGNER.public_keys()])

    @pytest.mark.parametrize(
        "key", [{}, {"kty": "RSA"}, {"kty": "EC", "crv": "P-256"}, {"x": "AA", "y": "AA"}, {"x": 1}]
    )
    def test_a_key_that_is_none_proves_nothing(self, of, key):
        base = {"kty": "EC", "crv": "P-256"} if "x" in key else {}
        with pytest.raises(ReceiptRefused):
            check(of("json"), [{**base, **key, "kid": SIGNER.kid}])

    @pytest.mark.parametrize(
        "header",
        [
            {"alg": "none", "kid": SIGNER.kid, "typ": TYPE},
            {"alg": "HS256", "kid": SIGNER.kid, "typ": TYPE},
            {"alg": "ES256", "kid": SIGNER.kid, "typ": "JWT"},
            {"alg": "ES256", "kid": SIGNER.kid},
            {"alg": "ES256", "kid": SIGNER.kid, "typ": TYPE, "jwk": "mine"},
        ],
    )
    def test_what_the_key_signed_for_another_purpose_is_no_receipt(self, of, header):
        receipt = json.loads(of("json"))["receipt"]
        payload = json.loads(canonical({}))
        signed = signing_input(header, payload)
        jws = f"{signed}.{to_base64url(SIGNER.sign(signed.encode()))}"
        with pytest.raises(ReceiptRefused, match="of another kind"):
            check(write_json(receipt, jws).encode(), SIGNER.public_keys())

    def test_the_signature_of_another_receipt_does_not_fit(self, world, of, collaborators):
        first = json.loads(of("json"))
        world.clock.advance(seconds=1)
        second = json.loads(receipts.for_institution(ID, sender(), "json", **collaborators))
        with pytest.raises(ReceiptRefused, match="not the file that was signed"):
            check(write_json(first["receipt"], second["jws"]).encode(), SIGNER.public_keys())


def test_keys_are_published_as_they_are():
    assert [key.model_dump() for key in receipts.published_keys(SIGNER).keys] == SIGNER.public_keys()
