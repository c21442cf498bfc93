"""An empty folder, a platform on loopback, and pauses that are noted instead of kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import algorithms
from typer.testing import CliRunner, Result

from cli.main import app
from tests.cli.platform_fake import Platform, running

KEY_ID = "town-hall.k1"
Command = Callable[..., Result]


@dataclass(frozen=True)
class KeyPair:
    """An Ed25519 pair in PEM."""

    private: bytes
    public: bytes


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # else a server that runs in this repository would lend its demo data
    for name in ("VENTANILLA_URL", "VENTANILLA_KEY", "VENTANILLA_KEY_ID", "VENTANILLA_DEBUG", "INSTITUTIONS_TABLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def pair() -> KeyPair:
    """The institution's keys."""
    key = Ed25519PrivateKey.generate()
    return KeyPair(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    )


@pytest.fixture
def platform(pair: KeyPair) -> Iterator[Platform]:
    """A platform that knows the institution's key."""
    with running() as platform:
        platform.keys[KEY_ID] = (algorithms.ED25519, pair.public)
        yield platform


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that would have been made, in seconds."""
    made: list[float] = []
    monkeypatch.setattr("cli.sending.pausing", lambda interrupted: made.append)
    monkeypatch.setattr("time.sleep", made.append)
    return made


@pytest.fixture
def ventanilla() -> Command:
    """The command line."""
    return lambda *arguments, stdin=None: CliRunner().invoke(app, list(map(str, arguments)), input=stdin)


@pytest.fixture
def signed(ventanilla: Command, platform: Platform, pair: KeyPair, tmp_path: Path) -> Command:
    """The command line, signing as the institution."""
    key = tmp_path / "town.key"
    key.write_bytes(pair.private)
    options = ("--url", platform.url, "--key", key, "--key-id", KEY_ID)
    return lambda command, *arguments, stdin=None: ventanilla(command, *options, *arguments, stdin=stdin)
