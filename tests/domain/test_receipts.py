"""Receipts: what they say, and that a file has one form alone."""

import dataclasses
import hashlib
import json
from datetime import timedelta

import pytest

from tests.domain.test_notifications import LETTER, NOW, thread_of
from ventanilla.domain.attachments import Attachment
from ventanilla.domain.receipts import (
    ReceiptMalformed,
    TimelineBroken,
    is_manifest_of,
    manifest_of,
    moments_of,
    receipt_of,
    split,
    write_json,
    write_pdf,
)

PDF = b"%PDF-1.7\nsomething\nstartxref\n17\n%%EOF"
MADE_AT = NOW + timedelta(days=1)


def receipt(thread=None):
    return receipt_of(thread or thread_of("alerted", "opened"), issuer="https://v.example.ec", made_at=MADE_AT)


def test_it_says_who_whom_what_and_when():
    file = Attachment("a" * 26, "a.pdf", "application/pdf", 5, "ab" * 32)
    thread = thread_of("alerted", "opened", letter=dataclasses.replace(LETTER, attachments=(file,)))
    said = receipt(thread)
    assert said["institution"] == {"id": LETTER.institution, "name": LETTER.institution_name}
    assert said["recipient"] == {"portal": "demo", "kind": "cedula", "number": "1712345675"}
    assert (said["reference"], said["subject"], said["content"]) == ("RES-1", "Resolución", LETTER.digest)
    assert said["attachments"] == [
        {"file_name": "a.pdf", "media_type": "application/pdf", "size": 5, "sha256": "ab" * 32}
    ]
    assert [one["state"] for one in said["timeline"]] == ["accepted", "available", "alerted", "opened"]
    assert said["timeline"][3]["at"] == "2027-03-01T15:02:00.000Z"
    assert said["made_at"] == "2027-03-02T15:00:00.000Z"
    assert said["head"] == thread.moments[-1].digest == said["timeline"][-1]["digest"]


def test_the_letter_is_the_first_entry_and_what_it_was_born_as_shares_its_digest():
    first, born = moments_of(thread_of())
    assert (first.state, born.state) == ("accepted", "available")
    assert first.digest == born.digest == LETTER.first_moment.digest


def test_a_letter_for_later_is_born_as_nothing_else():
    later = dataclasses.replace(LETTER, born="accepted")
    assert [one.state for one in moments_of(thread_of(letter=later))] == ["accepted"]


def test_nothing_is_said_of_a_timeline_that_was_changed():
    thread = thread_of("alerted", "opened")
    forged = dataclasses.replace(thread.moments[0], at=NOW + timedelta(days=3))
    with pytest.raises(TimelineBroken):
        receipt(dataclasses.replace(thread, moments=(forged, thread.moments[1])))


def test_a_receipt_names_neither_who_opened_nor_why_it_was_taken_back():
    thread = thread_of("alerted")
    cancelled = thread.after(thread.next("cancelled", at=MADE_AT, by="somebody's ref", reason="un error"))
    text = json.dumps(receipt(cancelled))
    assert "somebody" not in text
    assert "un error" not in text


class TestPdf:
    def test_the_signature_stands_behind_the_document_which_is_whole_before_it(self):
        file = write_pdf(PDF, "a.b.c")
        assert file == PDF + b"\n%ventanilla-receipt: a.b.c\nstartxref\n17\n%%EOF\n"
        part = split(file)
        assert (part.form, part.jws, part.sha256) == ("pdf", "a.b.c", hashlib.sha256(PDF).hexdigest())

    @pytest.mark.parametrize("end", [b"\n", b"\r\n", b""])
    def test_however_the_document_ends(self, end):
        assert split(write_pdf(PDF + end, "a.b.c")).sha256 == hashlib.sha256(PDF + end).hexdigest()

    def test_the_last_signature_counts(self):
        twice = write_pdf(write_pdf(PDF, "a.b.c"), "d.e.f")
        assert split(twice).jws == "d.e.f"

    @pytest.mark.parametrize(
        "file",
        [
            PDF,
            write_pdf(PDF, "a.b.c") + b"\n",
            write_pdf(PDF, "a.b.c")[:-1],
            write_pdf(PDF, "a.b.c") + b"1 0 obj\nendobj\nstartxref\n90\n%%EOF\n",
            PDF + b"\n%ventanilla-receipt: a.b.c\nstartxref\n18\n%%EOF\n",
            b"%PDF-1.7\n%ventanilla-receipt: a.b.c",
            b"%PDF-1.7\n%ventanilla-receipt: a.b.\xff\nstartxref\n17\n%%EOF\n",
        ],
    )
    def test_what_was_added_or_cut_is_refused(self, file):
        with pytest.raises(ReceiptMalformed):
            split(file)

    def test_only_a_whole_document_is_signed(self):
        with pytest.raises(ReceiptMalformed):
            write_pdf(b"%PDF-1.7\n", "a.b.c")


class TestJson:
    def test_it_is_taken_apart_as_it_was_written(self):
        said = receipt()
        part = split(write_json(said, "a.b.c").encode())
        assert (part.form, part.jws, part.receipt) == ("json", "a.b.c", said)

    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"[]",
            b"{}",
            b'{"jws":1,"receipt":{}}',
            b'{"jws":"a","receipt":[]}',
            b'{"jws":"a","receipt":{} }',
            b'{"jws":"a","receipt":{}}\n',
            b'{"jws":"a","more":1,"receipt":{}}',
            b'{"jws":"a","receipt":{"a":1,"a":1}}',
            b'{"jws":"a","receipt":{"a":"\\u00f1"}}',
            b'{"jws":"\xff","receipt":{}}',
            b"[" * 100_000,
        ],
    )
    def test_other_spellings_are_refused(self, file):
        with pytest.raises(ReceiptMalformed):
            split(file)


def test_a_manifest_of_one_form_is_none_of_the_other():
    said = receipt()
    of_pdf = manifest_of(said, MADE_AT, "pdf", PDF)
    of_json = manifest_of(said, MADE_AT, "json", PDF)
    part = split(write_pdf(PDF, "a.b.c"))
    assert is_manifest_of(of_pdf, part)
    assert not is_manifest_of(of_json, part)
    assert not is_manifest_of({**of_pdf, "more": 1}, part)
    assert not is_manifest_of({**of_pdf, "pdf": "00"}, part)
    assert of_pdf["iat"] == int(MADE_AT.timestamp())
