"""The site of a module: its own, so that its clock and its failures are too, and since moto slows down as it fills."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest

from cli.client import InstitutionClient
from local import Local
from local.site import ROOT, RuntimeName, Store
from tests.flows.town import Town


@pytest.fixture(scope="module")
def root() -> Path:
    """Where template, functions and portals are; a module with portals of its own says another."""
    return ROOT


@pytest.fixture(scope="module")
def runtime() -> RuntimeName:
    """How functions run; a module of races says another."""
    return "inproc"


@pytest.fixture(scope="module")
def sample_port() -> int | None:
    """Where the sample service listens: nowhere; a module that goes there says 0, for any free port."""
    return None


@pytest.fixture(scope="module")
def town(
    tmp_path_factory: pytest.TempPathFactory, root: Path, runtime: RuntimeName, sample_port: int | None
) -> Iterator[Town]:
    """A town on a site of its own; STORE=dynoxide puts its data into the durable engine."""
    store = cast(Store, os.environ.get("STORE") or "moto")
    folder = tmp_path_factory.mktemp("site")
    made = Local(store=store, runtime=runtime, data_dir=folder, root=root, concurrency=4, sample_port=sample_port)
    with made as local, _http(local) as http:
        _hash_quickly()
        demo = local.demo["institution"]
        with InstitutionClient(local.base_url, demo["key_id"], demo["private_key"], language="es") as sender:
            yield Town(local, http, sender)


def _http(local: Local) -> httpx.Client:
    client = httpx.Client(base_url=local.base_url, timeout=60)
    client.event_hooks["response"].append(lambda _: client.cookies.clear())
    return client


def _hash_quickly() -> None:
    """Let passwords cost next to nothing here: `tests/security/test_passwords.py` looks at what they cost."""
    from ventanilla.adapters.hasher import Argon2Hasher
    from ventanilla.wiring import services

    services().__dict__["hasher"] = Argon2Hasher(memory_kib=64)  # where a cached property keeps its value
