"""`ventanilla staff` writes invitations, and takes lost second factors away, by the platform's own rules."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from local import Local
from tests.cli.conftest import Command
from tests.makers import make_cedula
from ventanilla.domain.errors import NotFound
from ventanilla.domain.grants import Grant
from ventanilla.usecases.invitations import Invitation

NUMBER = make_cedula(17, 1_234_567)
WHO = ("--identifier", NUMBER, "--email", "eva@mintel.gob.ec")
ADD = ("staff", "add", "--role", "reviewer", "--scope", "seps", *WHO)
RESET = ("staff", "reset-second-factor", "--identifier", NUMBER, "--reason", "perdió el teléfono")


class UseCases:
    """Notes what it is asked for, and refuses what it is told to."""

    def __init__(self) -> None:
        self.asked: list[Any] = []
        self.outcome = "invited"
        self.refusal: Exception | None = None

    def invite(self, invitation: Invitation, **_: object) -> str:
        self.asked.append(invitation)
        return self.outcome

    def reset_second_factor(self, identifier: str, reason: str, **_: object) -> None:
        if self.refusal:
            raise self.refusal
        self.asked.append((identifier, reason))


@pytest.fixture
def rules(monkeypatch: pytest.MonkeyPatch) -> UseCases:
    """The use cases, in a deployment that the environment names."""
    rules = UseCases()
    for name in ("invite", "reset_second_factor"):
        monkeypatch.setattr(f"ventanilla.usecases.invitations.{name}", getattr(rules, name))
    names = ("applications", "accounts", "audits", "hasher", "clock")
    deployment = SimpleNamespace(portals=SimpleNamespace(catalogue=None), **dict.fromkeys(names))
    monkeypatch.setattr("ventanilla.wiring.services", lambda: deployment)
    monkeypatch.setenv("INSTITUTIONS_TABLE", "institutions")
    return rules


class TestAdd:
    def test_somebody_is_invited(self, ventanilla: Command, rules: UseCases):
        result = ventanilla(*ADD, "--given-names", "Eva", "--surnames", "Paz", "--position", "Analista")
        assert (result.exit_code, result.stderr) == (0, "")
        assert result.stdout == "Invited; the link to set a password is mailed to eva@mintel.gob.ec.\n"
        fields = {"email": "eva@mintel.gob.ec", "given_names": "Eva", "surnames": "Paz", "position": "Analista"}
        assert rules.asked == [Invitation("cedula", NUMBER, fields, (Grant("reviewer", "seps"),))]

    def test_several_roles_each_with_its_scope(self, ventanilla: Command, rules: UseCases):
        ventanilla(*ADD, "--role", "platform_admin", "--scope", "platform")
        assert rules.asked[0].grants == (Grant("reviewer", "seps"), Grant("platform_admin", "platform"))

    def test_other_fields_of_the_form(self, ventanilla: Command, rules: UseCases):
        ventanilla(*ADD, "--field", "unit=Dirección", "--field", "note=a=b", "--locale", "en")
        assert rules.asked[0].fields == {"email": "eva@mintel.gob.ec", "unit": "Dirección", "note": "a=b"}
        assert rules.asked[0].locale == "en"

    def test_somebody_who_is_there_already_is_said_to_be(self, ventanilla: Command, rules: UseCases):
        rules.outcome = "given"
        assert "has the roles from now on" in ventanilla(*ADD).stdout

    @pytest.mark.parametrize("wrong", [("--role", "agent"), ("--field", "no value")])
    def test_what_does_not_go_together_is_an_error_of_usage(
        self, ventanilla: Command, rules: UseCases, wrong: tuple[str, str]
    ):
        result = ventanilla(*ADD, *wrong)
        assert (result.exit_code, rules.asked) == (2, [])


class TestReset:
    def test_a_second_factor_is_taken_away(self, ventanilla: Command, rules: UseCases):
        result = ventanilla(*RESET)
        assert result.exit_code == 0
        assert rules.asked == [(NUMBER, "perdió el teléfono")]

    def test_a_reason_says_something(self, ventanilla: Command, rules: UseCases):
        result = ventanilla(*RESET[:-1], "  ")
        assert (result.exit_code, rules.asked) == (2, [])

    def test_nobody_of_that_number(self, ventanilla: Command, rules: UseCases):
        rules.refusal = NotFound()
        result = ventanilla(*RESET)
        assert (result.exit_code, result.stderr) == (1, "ventanilla: nobody of the staff has this number\n")

    def test_a_deployment_without_the_portal(self, ventanilla: Command, rules: UseCases):
        rules.refusal = NotFound(portal="staff")
        assert "the portal staff is not in force there" in ventanilla(*RESET).stderr


class TestInADeployment:
    """The rules as they are, in the deployment that the environment names."""

    @pytest.fixture
    def site(self, tmp_path: Path) -> Iterator[Local]:
        with Local(data_dir=tmp_path / ".local", demo=False) as site:
            yield site

    def test_somebody_is_invited_by_mail(self, ventanilla: Command, site: Local):
        form = ("--given-names", "Eva", "--surnames", "Paz", "--position", "Analista", "--work-phone", "022345678")
        with site.lock:
            result = ventanilla(*ADD, *form)
        assert (result.exit_code, result.exception) == (0, None)
        site.settle()
        [mail] = site.outbox("eva@mintel.gob.ec")
        assert "/verify#token=" in mail["text"]
        assert "Superintendencia de Economía Popular y Solidaria" in " ".join(mail["text"].split())

    def test_what_is_wrong_is_said_in_words(self, ventanilla: Command, site: Local):
        with site.lock:
            result = ventanilla(*ADD, "--full-name", "Eva 2", "--position", "Analista")
        assert result.exit_code == 1
        assert "full_name: Write the name in letters." in result.stderr
        assert "work_phone: This is required." in result.stderr

    def test_a_role_or_scope_that_is_none_is_said_in_words(self, ventanilla: Command, site: Local):
        roles = ("--role", "king", "--scope", "demo", "--role", "reviewer", "--scope", "nowhere")
        with site.lock:
            result = ventanilla("staff", "add", *roles, *WHO)
        assert "role: This must be one of: reviewer, agent, platform_admin, portal_admin." in result.stderr
        assert "scope: The scope of this role must be a portal in force" in result.stderr

    def test_a_second_factor_that_nobody_has_is_not_taken_away(self, ventanilla: Command, site: Local):
        with site.lock:
            result = ventanilla(*RESET)
        assert "nobody of the staff has this number" in result.stderr
