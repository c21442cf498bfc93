"""Keys of KMS: made as the template says, found under their names, and the same after a restart where that is wanted."""

from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from local.stack import create_stack
from local.stores import Clients
from local.template import KEY, Resource, Template

SIGNING = Resource("SigningKey", KEY, "alias/SigningKey", {"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"})


def shown(kept: Path | None) -> Any:
    """Create the key as a new process does, and ask KMS for its public part."""
    with mock_aws():
        clients = Clients()
        create_stack(Template(functions={}, resources=(SIGNING,)), clients, kept_secrets=kept)
        answer = {
            **clients.kms.get_public_key(KeyId="alias/SigningKey"),
            **clients.kms.describe_key(KeyId="alias/SigningKey")["KeyMetadata"],
        }
        signed = clients.kms.sign(KeyId="alias/SigningKey", Message=b"a", SigningAlgorithm="ECDSA_SHA_256")
        clients.close()
    assert signed["Signature"]
    return answer


def test_a_key_is_of_the_kind_that_the_template_says() -> None:
    answer = shown(None)
    assert (answer["KeySpec"], answer["KeyUsage"]) == ("ECC_NIST_P256", "SIGN_VERIFY")


@pytest.mark.parametrize("durable", [True, False])
def test_it_outlives_the_process_where_the_stores_do(tmp_path: Path, durable: bool) -> None:
    kept = tmp_path / "secret.json" if durable else None
    first, second = shown(kept)["PublicKey"], shown(kept)["PublicKey"]
    assert (first == second) is durable
    if kept:
        assert kept.stat().st_mode & 0o077 == 0
