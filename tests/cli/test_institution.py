"""`ventanilla institution` writes institutions and keys by the platform's own rules."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, MutableMapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from moto import mock_aws

from tests.cli.conftest import Command, KeyPair
from ventanilla.domain.errors import InstitutionExists, KeyRefused, NotFound
from ventanilla.domain.institutions import Institution, InstitutionKey
from ventanilla.wiring import services

ADD = ("institution", "add", "town-hall", "--name", "Town Hall", "--portal", "demo")
STORE, CLOCK = object(), object()


class UseCases:
    """Notes what it is asked for, and refuses what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.refusals: dict[str, Exception] = {}

    def add_institution(self, institution: Institution, *, institutions: object) -> None:
        self._note("add", institution, institutions)

    def add_key(
        self,
        institution_id: str,
        name: str,
        pem: str,
        *,
        institutions: object,
        clock: object,
        test: bool = False,
        **_: Any,
    ) -> Any:
        self._note("add_key", institution_id, name, pem, institutions, clock)
        if test:
            self.asked.append(("as a test key",))
        return SimpleNamespace(algorithm="ed25519", id=f"{'test-' if test else ''}{institution_id}.{name}")

    def revoke_key(
        self, institution_id: str, name: str, *, institutions: object, clock: object, test: bool = False, **_: Any
    ) -> None:
        self._note("revoke_key", institution_id, name, institutions, clock, *(["test"] if test else []))

    def set_status(self, institution_id: str, status: str, reason: str, **_: object) -> None:
        self._note("set_status", institution_id, status, reason)

    def set_effect(self, institution_id: str, effect: object, **_: object) -> None:
        self._note("set_effect", institution_id, effect)

    def set_canton(self, institution_id: str, canton: object, **_: object) -> None:
        self._note("set_canton", institution_id, canton)

    def set_daily_quota(self, institution_id: str, most: object, **_: object) -> None:
        self._note("set_daily_quota", institution_id, most)

    def _note(self, name: str, *arguments: object) -> None:
        if name in self.refusals:
            raise self.refusals[name]
        self.asked.append((name, *arguments))


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> UseCases:
    """The use cases, in a deployment that the environment names."""
    rules = UseCases()
    for name in (
        "add_institution",
        "add_key",
        "revoke_key",
        "set_status",
        "set_effect",
        "set_canton",
        "set_daily_quota",
    ):
        monkeypatch.setattr(f"ventanilla.usecases.institutions.{name}", getattr(rules, name))
    monkeypatch.setattr(
        "ventanilla.wiring.services", lambda: SimpleNamespace(institutions=STORE, clock=CLOCK, audits=None)
    )
    monkeypatch.setenv("INSTITUTIONS_TABLE", "institutions")
    return rules


@pytest.fixture
def public_key(pair: KeyPair, tmp_path: Path) -> Path:
    file = tmp_path / "town.key.pub"
    file.write_bytes(pair.public)
    return file


@pytest.fixture
def environment() -> Iterator[MutableMapping[str, str]]:
    """The process's environment, which the commands complete, put back afterwards."""
    before = dict(os.environ)
    yield os.environ
    os.environ.clear()
    os.environ.update(before)


def test_an_institution_is_added(ventanilla: Command, rules: UseCases):
    result = ventanilla(*ADD, "--portal", "buzonec", "--email", "info@town.ec", "--website", "https://town.ec")
    contact = {"email": "info@town.ec", "website": "https://town.ec"}
    institution = Institution("town-hall", "Town Hall", contact, ("demo", "buzonec"))
    assert (result.exit_code, rules.asked) == (0, [("add", institution, STORE)])
    assert result.stdout == "Added town-hall; it may post to demo, buzonec.\n"


def test_an_institution_is_added_with_its_first_key(ventanilla: Command, rules: UseCases, public_key: Path):
    result = ventanilla(*ADD, "--key-name", "k1", "--public-key", public_key)
    assert result.exit_code == 0
    assert rules.asked[1] == ("add_key", "town-hall", "k1", public_key.read_text(), STORE, CLOCK)
    assert "Added the key town-hall.k1 (ed25519)" in result.stdout


def test_a_key_is_added(ventanilla: Command, rules: UseCases, public_key: Path):
    result = ventanilla("institution", "add-key", "town-hall", "--key-name", "k2", "--public-key", public_key)
    assert result.exit_code == 0
    assert rules.asked == [("add_key", "town-hall", "k2", public_key.read_text(), STORE, CLOCK)]


def test_a_test_key_is_added_and_revoked(ventanilla: Command, rules: UseCases, public_key: Path):
    added = ventanilla("institution", "add-key", "town-hall", "--key-name", "k1", "--public-key", public_key, "--test")
    assert "Added the key test-town-hall.k1" in added.stdout
    assert ("as a test key",) in rules.asked
    revoked = ventanilla("institution", "revoke-key", "town-hall", "--key-name", "k1", "--test")
    assert revoked.stdout == "Revoked test-town-hall.k1.\n"
    assert rules.asked[-1] == ("revoke_key", "town-hall", "k1", STORE, CLOCK, "test")


def test_a_key_is_revoked(ventanilla: Command, rules: UseCases):
    result = ventanilla("institution", "revoke-key", "town-hall", "--key-name", "k1")
    assert (result.exit_code, result.stdout) == (0, "Revoked town-hall.k1.\n")
    assert rules.asked == [("revoke_key", "town-hall", "k1", STORE, CLOCK)]


@pytest.mark.parametrize(("command", "status"), [("suspend", "suspended"), ("resume", "active")])
def test_an_institution_is_suspended_and_resumed_for_a_reason(
    ventanilla: Command, rules: UseCases, command: str, status: str
):
    assert ventanilla("institution", command, "town-hall").exit_code == 2
    assert ventanilla("institution", command, "town-hall", "--reason", " ").exit_code == 2
    assert ventanilla("institution", command, "town-hall", "--reason", "Asked for").exit_code == 0
    assert rules.asked == [("set_status", "town-hall", status, "Asked for")]


@pytest.mark.parametrize(("rule", "meant"), [("none", None), ("opening", "opening"), ("5", 5)])
def test_when_its_notifications_take_effect_is_set(ventanilla: Command, rules: UseCases, rule: str, meant: object):
    assert ventanilla("institution", "effect", "town-hall", rule).exit_code == 0
    assert rules.asked == [("set_effect", "town-hall", meant)]


@pytest.mark.parametrize("rule", ["", "0", "-1", "366", "now"])
def test_another_rule_is_an_error_of_usage(ventanilla: Command, rules: UseCases, rule: str):
    assert ventanilla("institution", "effect", "town-hall", "--", rule).exit_code == 2
    assert rules.asked == []


@pytest.mark.parametrize(
    ("said", "meant", "told"), [("5000", 5000, "5,000"), ("0", 0, "0"), ("default", None, "200,000")]
)
def test_how_many_it_may_post_a_day_is_set(ventanilla: Command, rules: UseCases, said: str, meant: object, told: str):
    run = ventanilla("institution", "quota", "town-hall", said)
    assert (run.exit_code, f"may post {told} notifications a day" in run.stdout) == (0, True)
    assert rules.asked == [("set_daily_quota", "town-hall", meant)]


@pytest.mark.parametrize("said", ["", "-1", "1.5", "many"])
def test_what_is_no_quota_is_an_error_of_usage(ventanilla: Command, rules: UseCases, said: str):
    assert ventanilla("institution", "quota", "town-hall", "--", said).exit_code == 2
    assert rules.asked == []


def test_all_keys_are_listed_with_state_and_last_use(
    ventanilla: Command, rules: UseCases, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
):
    now = datetime(2027, 3, 1, 15, 20, tzinfo=UTC)
    key = InstitutionKey("town-hall", "k1", pair.public.decode(), "ed25519", now, last_used_at=now)
    store = SimpleNamespace(
        get=lambda name: name if name == "town-hall" else None,
        keys_of=lambda _: [key, replace(key, name="k2", revoked_at=now, last_used_at=None)],
    )
    clock = SimpleNamespace(now=lambda: now)
    monkeypatch.setattr("ventanilla.wiring.services", lambda: SimpleNamespace(institutions=store, clock=clock))
    assert ventanilla("institution", "keys", "town-hall").stdout == (
        f"town-hall.k1  active  ed25519  last used 2027-03-01 15:00Z  SHA-256 {key.fingerprint}\n"
        f"town-hall.k2  revoked  ed25519  never used  SHA-256 {key.fingerprint}\n"
    )
    assert ventanilla("institution", "keys", "another").exit_code == 1


@pytest.mark.parametrize("option", [("--key-name", "k1"), ("--public-key", "town.key.pub")])
@pytest.mark.usefixtures("public_key")
def test_half_a_key_is_an_error_of_usage(ventanilla: Command, rules: UseCases, option: tuple[str, str]):
    result = ventanilla(*ADD, *option)
    assert (result.exit_code, rules.asked) == (2, [])
    assert "go together" in result.stderr


def test_a_key_file_that_is_not_there_is_said_before_anything_is_written(ventanilla: Command, rules: UseCases):
    result = ventanilla(*ADD, "--key-name", "k1", "--public-key", "none.pub")
    assert (result.exit_code, rules.asked) == (1, [])
    assert "none.pub: No such file" in result.stderr


@pytest.mark.parametrize(
    ("asked", "refusal", "words"),
    [
        ("add", InstitutionExists(), "of this name already"),
        ("add_key", KeyRefused("public_key", "key_kind", "a key is Ed25519"), "refused: a key is Ed25519"),
        ("add_key", NotFound(), "no such institution"),
    ],
)
def test_a_refusal_is_said_in_words(
    ventanilla: Command, rules: UseCases, public_key: Path, asked: str, refusal: Exception, words: str
):
    rules.refusals[asked] = refusal
    result = ventanilla(*ADD, "--key-name", "k1", "--public-key", public_key)
    assert result.exit_code == 1
    assert words in result.stderr
    assert result.stderr.count("\n") == 1


class TestWhichDeployment:
    @pytest.fixture
    def local_server(self, tmp_path: Path) -> None:
        variables = {"INSTITUTIONS_TABLE": "local", "AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "us-east-1"}
        (tmp_path / ".local").mkdir()
        (tmp_path / ".local" / "env.json").write_text(json.dumps(variables))

    def test_the_environments_own_is_taken_without_a_word(
        self, ventanilla: Command, rules: UseCases, local_server: None, environment: MutableMapping[str, str]
    ):
        result = ventanilla(*ADD)
        assert (result.exit_code, result.stderr) == (0, "")
        assert environment["INSTITUTIONS_TABLE"] == "institutions"

    def test_without_any_the_local_servers_is_taken_and_that_is_said(
        self, ventanilla: Command, rules: UseCases, local_server: None, environment: MutableMapping[str, str]
    ):
        del environment["INSTITUTIONS_TABLE"]
        result = ventanilla(*ADD)
        assert (result.exit_code, environment["INSTITUTIONS_TABLE"]) == (0, "local")
        assert result.stderr == "Working on the local server's data, by .local/env.json.\n"

    def test_local_goes_before_the_environment_and_leaves_no_way_to_a_real_account(
        self, ventanilla: Command, rules: UseCases, local_server: None, environment: MutableMapping[str, str]
    ):
        environment["AWS_PROFILE"] = "production"
        assert ventanilla(*ADD, "--local").exit_code == 0
        assert environment["INSTITUTIONS_TABLE"] == "local"
        assert {name for name in environment if name.startswith("AWS_")} == {"AWS_ENDPOINT_URL", "AWS_REGION"}

    @pytest.mark.parametrize(
        ("options", "words"),
        [((), "which deployment?"), (("--local",), "make run"), (("--local", "--stack", "x"), "not both")],
    )
    def test_none_or_two_are_refused(
        self,
        ventanilla: Command,
        rules: UseCases,
        monkeypatch: pytest.MonkeyPatch,
        options: tuple[str, ...],
        words: str,
    ):
        monkeypatch.delenv("INSTITUTIONS_TABLE")
        result = ventanilla(*ADD, *options)
        assert (result.exit_code, rules.asked) == (1, [])
        assert words in result.stderr

    def test_an_environment_that_cannot_be_read_is_said(self, ventanilla: Command, rules: UseCases, local_server: None):
        Path(".local/env.json").write_text("{")
        assert "can't be read" in ventanilla(*ADD, "--local").stderr


class TestStack:
    @pytest.fixture
    def stack(self, environment: MutableMapping[str, str]) -> Iterator[None]:
        """A stack of CloudFormation that tells what the project's own does, and has the one table."""
        environment.update(AWS_DEFAULT_REGION="sa-east-1", AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
        keys = [{"AttributeName": name, "KeyType": kind} for name, kind in (("pk", "HASH"), ("sk", "RANGE"))]
        table = {
            "KeySchema": keys,
            "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
            "BillingMode": "PAY_PER_REQUEST",
        }
        tables = [f"{name}Table" for name in "Accounts Applications Tokens Institutions Outbox Notifications".split()]
        told = {name: {"Value": {"Ref": "Table"}} for name in (*tables, "TokenSecret", "SecondFactorSecret")}
        template = {
            "Parameters": {name: {"Type": "String"} for name in ("BaseUrl", "MailFrom", "Portals")},
            "Resources": {"Table": {"Type": "AWS::DynamoDB::Table", "Properties": table}},
        }
        values = {"BaseUrl": "https://window.example.ec", "MailFrom": "window@example.ec", "Portals": "ipsot"}
        parameters = [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]
        with mock_aws():
            client = boto3.Session().client("cloudformation")
            for name, outputs in (("ventanilla-prod", {"Outputs": told}), ("other", {})):
                client.create_stack(StackName=name, TemplateBody=json.dumps(template | outputs), Parameters=parameters)
            services.cache_clear()
            yield
            services.cache_clear()

    @pytest.mark.usefixtures("stack")
    def test_tells_where_an_institution_is_written(self, ventanilla: Command, public_key: Path):
        options = ("--stack", "ventanilla-prod", "--key-name", "k1", "--public-key", public_key)
        result = ventanilla(*ADD, "--email", "info@town.ec", *options)
        assert (result.exit_code, result.stderr) == (0, "")
        institution, key = services().institutions.with_key("town-hall", "k1")
        assert institution == Institution("town-hall", "Town Hall", {"email": "info@town.ec"}, ("demo",))
        assert key is not None
        assert (key.algorithm, key.public_key, key.revoked_at) == ("ed25519", public_key.read_text(), None)

        assert "of this name already" in ventanilla(*ADD, *options).stderr
        revoke = ("institution", "revoke-key", "town-hall", "--key-name", "k1", "--stack", "ventanilla-prod")
        assert ventanilla(*revoke).exit_code == 0
        assert "no such key" in ventanilla(*revoke).stderr

    @pytest.mark.usefixtures("stack")
    @pytest.mark.parametrize(("name", "words"), [("none", "AWS: "), ("other", "is it Ventanilla's?")])
    def test_of_another_kind_is_refused(self, ventanilla: Command, name: str, words: str):
        result = ventanilla(*ADD, "--stack", name)
        assert result.exit_code == 1
        assert words in result.stderr


def test_an_environment_that_is_not_whole_is_said(
    ventanilla: Command, monkeypatch: pytest.MonkeyPatch, environment: MutableMapping[str, str]
):
    services.cache_clear()
    environment.pop("BASE_URL", None)
    monkeypatch.setenv("INSTITUTIONS_TABLE", "institutions")
    result = ventanilla(*ADD)
    assert (result.exit_code, "the environment lacks BASE_URL" in result.stderr) == (1, True)


@pytest.mark.parametrize(("number", "meant"), [("1701", "1701"), ("none", None)])
def test_whose_local_holidays_count_is_set(ventanilla: Command, rules: UseCases, number: str, meant: object):
    assert ventanilla("institution", "canton", "town-hall", number).exit_code == 0
    assert rules.asked == [("set_canton", "town-hall", meant)]


@pytest.mark.parametrize("number", ["", "17", "170150", "2501", "Quito"])
def test_what_is_no_canton_is_refused(ventanilla: Command, rules: UseCases, number: str):
    assert ventanilla("institution", "canton", "town-hall", number).exit_code == 2
    assert rules.asked == []
