"""`ventanilla oidc`: the keys of ID tokens are listed and changed."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.cli.conftest import Command


class Keys:
    """Notes what is changed."""

    def __init__(self) -> None:
        self.rotated: list[str] = []

    def public_keys(self) -> list[dict[str, str]]:
        return [{"alg": "RS256", "kid": "r1"}, {"alg": "ES256", "kid": "e1"}, {"alg": "ES256", "kid": "e0"}]

    def rotate(self, algorithm: str) -> str:
        self.rotated.append(algorithm)
        return f"{algorithm[0].lower()}2"


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Keys:
    keys = Keys()
    monkeypatch.setattr("ventanilla.wiring.services", lambda: SimpleNamespace(openid_keys=keys))
    monkeypatch.setenv("INSTITUTIONS_TABLE", "institutions")
    return keys


def test_what_is_published_is_listed(ventanilla: Command, keys: Keys):
    result = ventanilla("oidc", "keys")
    assert (result.exit_code, result.stdout) == (0, "RS256  r1\nES256  e1\nES256  e0\n")
    assert keys.rotated == []


def test_both_are_changed_unless_one_is_named(ventanilla: Command, keys: Keys):
    assert ventanilla("oidc", "rotate").stdout == "RS256 signs by r2 now.\nES256 signs by e2 now.\n"
    assert ventanilla("oidc", "rotate", "--algorithm", "ES256").exit_code == 0
    assert keys.rotated == ["RS256", "ES256", "ES256"]


def test_there_are_no_others(ventanilla: Command, keys: Keys):
    assert ventanilla("oidc", "rotate", "--algorithm", "HS256").exit_code == 2
    assert keys.rotated == []


def test_which_deployment_must_be_said(ventanilla: Command):
    result = ventanilla("oidc", "keys")
    assert (result.exit_code, "which deployment?" in result.stderr) == (1, True)
