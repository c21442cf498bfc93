"""`ventanilla receipt`: keys are kept, and receipts checked with them alone."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.cli.conftest import Command
from tests.domain.test_receipts import MADE_AT, receipt
from tests.receipt_key import Signer
from ventanilla.domain.jose import canonical, signing_input, to_base64url
from ventanilla.domain.receipts import TYPE, manifest_of, write_json, write_pdf

SIGNER = Signer()
PDF = b"%PDF-1.7\nsomething\nstartxref\n17\n%%EOF"


def signed(form: str, **institution: str) -> bytes:
    said = {**receipt(), "institution": {**receipt()["institution"], **institution}}
    file = PDF if form == "pdf" else canonical(said).encode()
    manifest = manifest_of(said, MADE_AT, form, file)
    text = signing_input({"alg": "ES256", "kid": SIGNER.kid, "typ": TYPE}, manifest)
    jws = f"{text}.{to_base64url(SIGNER.sign(text.encode()))}"
    return write_pdf(PDF, jws) if form == "pdf" else write_json(said, jws).encode()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": SIGNER.public_keys()}), encoding="utf-8")
    return path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("it asked somebody")

    monkeypatch.setattr("httpx.get", refuse)


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("form", ["pdf", "json"])
def test_a_receipt_is_checked_without_the_platform(ventanilla: Command, keys: Path, tmp_path: Path, form: str):
    file = tmp_path / f"receipt.{form}"
    file.write_bytes(signed(form))
    result = ventanilla("receipt", "verify", file, "--keys", keys)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "a valid receipt" in result.stdout
    assert "platform: https://v.example.ec" in result.stdout
    assert f"made at: {datetime.fromtimestamp(int(MADE_AT.timestamp()), UTC):%Y-%m-%dT%H:%M:%SZ}" in result.stdout
    assert ("recipient: cedula 1712345675" in result.stdout) == (form == "json")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("institution", ["municipio-ejemplo", "test-municipio-ejemplo"])
def test_a_simulation_is_called_one(ventanilla: Command, keys: Path, tmp_path: Path, institution: str):
    (tmp_path / "r.pdf").write_bytes(signed("pdf", id=institution))
    result = ventanilla("receipt", "verify", tmp_path / "r.pdf", "--keys", keys)
    assert result.exit_code == 0
    assert ("SIMULATION" in result.stdout) == institution.startswith("test-")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("form", ["pdf", "json"])
def test_a_changed_byte_ends_with_one_and_says_so(ventanilla: Command, keys: Path, tmp_path: Path, form: str):
    content = bytearray(signed(form))
    content[len(content) // 2] ^= 1
    file = tmp_path / "receipt"
    file.write_bytes(content)
    result = ventanilla("receipt", "verify", file, "--keys", keys)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "NOT a valid receipt" in result.stderr


def test_keys_are_those_that_the_platform_publishes(
    ventanilla: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    asked: list[str] = []

    def get(url: str, **_: object) -> httpx.Response:
        asked.append(url)
        return httpx.Response(200, json={"keys": SIGNER.public_keys()})

    monkeypatch.setattr("httpx.get", get)
    result = ventanilla("receipt", "keys", "--url", "https://buzon.example.ec")
    assert json.loads(result.stdout) == {"keys": SIGNER.public_keys()}
    (tmp_path / "r.pdf").write_bytes(signed("pdf"))
    assert ventanilla("receipt", "verify", tmp_path / "r.pdf", "--url", "https://buzon.example.ec").exit_code == 0
    # never the issuer that the file names
    assert asked == ["https://buzon.example.ec/v1/keys"] * 2


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"keys": 1}', '{"keys": [1]}'])
def test_a_file_that_holds_no_keys_is_said_to(ventanilla: Command, tmp_path: Path, content: str):
    (tmp_path / "keys.json").write_text(content, encoding="utf-8")
    (tmp_path / "r.pdf").write_bytes(signed("pdf"))
    result = ventanilla("receipt", "verify", tmp_path / "r.pdf", "--keys", tmp_path / "keys.json")
    assert result.exit_code == 1
    assert "no keys" in result.stderr


def test_a_file_that_is_not_there_is_said_to_be_missing(ventanilla: Command, keys: Path):
    result = ventanilla("receipt", "verify", "nothing.pdf", "--keys", keys)
    assert result.exit_code == 1
    assert "nothing.pdf" in result.stderr
