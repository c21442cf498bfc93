"""The command line as a whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Command


def test_help_loads_no_library_that_only_a_command_needs():
    heavy = "boto3 botocore cryptography http_message_signatures httpx pydantic pynamodb rich ventanilla".split()
    program = f"import cli.main, sys; print(*(name for name in {heavy} if name in sys.modules))"
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


@pytest.mark.parametrize("command", ["notify", "status", "list", "cancel", "demo", "keys", "portal", "institution"])
def test_every_command_explains_itself(ventanilla: Command, command: str):
    assert command in ventanilla("--help").stdout
    result = ventanilla(command, "--help")
    assert result.exit_code == 0
    assert result.stdout.strip()


def test_a_command_that_does_not_exist_is_an_error_of_usage(ventanilla: Command):
    result = ventanilla("notfy")
    assert result.exit_code == 2
    assert "notfy" in result.stderr
