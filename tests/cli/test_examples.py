"""The examples for institutions sign as the platform wants it; Node, openssl and curl must be there."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from http_message_signatures import algorithms

from tests.cli.conftest import KEY_ID, KeyPair
from tests.cli.platform_fake import Platform, problem

EXAMPLES = Path(__file__).parents[2] / "examples"
BODY = EXAMPLES / "notification.json"
NEEDED = {"notify.mjs": ("node",), "notify.sh": ("bash", "openssl", "curl")}


def run(client: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    missing = [tool for tool in NEEDED[client] if shutil.which(tool) is None]
    assert not missing, f"this test runs examples/{client}, which needs {', '.join(missing)}: install it"
    program = ["node", EXAMPLES / client] if client.endswith(".mjs") else [EXAMPLES / client]
    return subprocess.run([*map(str, [*program, *arguments])], capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def key(pair: KeyPair, tmp_path: Path) -> Path:
    file = tmp_path / "town.key"
    file.write_bytes(pair.private)
    return file


@pytest.mark.parametrize("client", NEEDED)
class TestEachExample:
    def test_is_accepted_and_sends_the_file_as_it_is(self, client: str, platform: Platform, key: Path):
        done = run(client, platform.url, key, KEY_ID, BODY)
        assert done.returncode == 0, done.stderr
        assert "id-EXAMPLE-2026-0001" in done.stdout
        assert platform.received[0].body == BODY.read_bytes()

    def test_a_second_run_is_only_confirmed(self, client: str, platform: Platform, key: Path):
        assert [run(client, platform.url + "/", key, KEY_ID, BODY).returncode for _ in range(2)] == [0, 0]
        assert len({request.nonce for request in platform.received}) == 2

    def test_a_refusal_is_shown_and_fails(self, client: str, platform: Platform, key: Path):
        platform.plays["EXAMPLE-2026-0001"] = [problem(422, "validation", "Some fields do not fit.")]
        done = run(client, platform.url, key, KEY_ID, BODY)
        assert done.returncode != 0
        assert "Some fields do not fit." in done.stdout
        assert "422" in done.stdout

    def test_another_key_is_refused(self, client: str, platform: Platform, key: Path):
        done = run(client, platform.url, key, "stranger.k1", BODY)
        assert (done.returncode != 0, platform.received) == (True, [])

    def test_a_body_that_is_not_there_sends_nothing(self, client: str, platform: Platform, key: Path):
        assert run(client, platform.url, key, KEY_ID, "none.json").returncode != 0
        assert platform.received == []

    def test_says_how_it_is_called(self, client: str):
        done = run(client)
        assert done.returncode == 2
        assert done.stderr.startswith("usage: ")


@pytest.mark.parametrize(
    ("private", "algorithm"),
    [
        (ec.generate_private_key(ec.SECP256R1()), algorithms.ECDSA_P256_SHA256),
        (rsa.generate_private_key(65537, 2048), algorithms.RSA_PSS_SHA512),
    ],
    ids=["ecdsa", "rsa"],
)
def test_other_algorithms(platform: Platform, key: Path, private, algorithm):
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    platform.keys[KEY_ID] = (algorithm, public)
    node = run("notify.mjs", platform.url, key, KEY_ID, BODY)
    assert node.returncode == 0, node.stdout
    shell = run("notify.sh", platform.url, key, KEY_ID, BODY)
    assert (shell.returncode, shell.stderr) == (2, f"{key} is no Ed25519 key\n")


def test_the_example_is_a_notification():
    assert {"reference", "portal", "recipient", "subject", "body"} <= json.loads(BODY.read_bytes()).keys()
