"""`ventanilla keys generate` makes a key pair and loses none."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tests.cli.conftest import Command


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        ((), ed25519.Ed25519PrivateKey),
        (("--algorithm", "ecdsa-p256-sha256"), ec.EllipticCurvePrivateKey),
        (("--algorithm", "rsa-pss-sha512"), rsa.RSAPrivateKey),
    ],
)
def test_a_pair_is_made_that_belongs_together(ventanilla: Command, tmp_path: Path, options: tuple[str, ...], kind):
    result = ventanilla("keys", "generate", "--out", "town.key", *options)
    assert result.exit_code == 0
    private = load_pem_private_key((tmp_path / "town.key").read_bytes(), password=None)
    public = load_pem_public_key((tmp_path / "town.key.pub").read_bytes())
    assert isinstance(private, kind)
    assert private.public_key() == public
    assert b"BEGIN PRIVATE KEY" in (tmp_path / "town.key").read_bytes(), "PKCS8"


def test_the_fingerprint_is_that_of_the_public_key(ventanilla: Command, tmp_path: Path):
    said = ventanilla("keys", "generate").stdout
    key = load_pem_public_key((tmp_path / "institution.key.pub").read_bytes())
    digest = hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).digest()
    assert f"SHA-256 {digest.hex()}\n" in said


def test_what_to_do_next_is_said(ventanilla: Command):
    said = ventanilla("keys", "generate").stdout
    assert "send institution.key.pub to the platform's operator" in said
    assert "--key institution.key --key-id" in said


def test_the_private_key_is_its_owners_alone(ventanilla: Command, tmp_path: Path):
    before = os.umask(0)
    try:
        ventanilla("keys", "generate")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "institution.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "institution.key.pub").stat().st_mode) == 0o644


@pytest.mark.parametrize("name", ["institution.key", "institution.key.pub"])
def test_no_file_is_overwritten(ventanilla: Command, tmp_path: Path, name: str):
    (tmp_path / name).write_text("precious")
    result = ventanilla("keys", "generate")
    assert result.exit_code == 1
    assert f"{name} exists" in result.stderr
    assert [path.read_text() for path in tmp_path.iterdir()] == ["precious"]


def test_force_overwrites_and_an_old_file_leaves_no_readers(ventanilla: Command, tmp_path: Path):
    old = tmp_path / "institution.key"
    old.write_text("old")
    old.chmod(0o644)
    assert ventanilla("keys", "generate", "--force").exit_code == 0
    assert "PRIVATE KEY" in old.read_text()
    assert stat.S_IMODE(old.stat().st_mode) == 0o600


def test_a_folder_that_is_not_there_is_said(ventanilla: Command):
    result = ventanilla("keys", "generate", "--out", "no/town.key")
    assert (result.exit_code, result.stderr) == (1, "ventanilla: no/town.key: No such file or directory\n")
