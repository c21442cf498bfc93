"""Which deployment's tables an operator's command writes to."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from cli.errors import CommandError

if TYPE_CHECKING:
    from ventanilla.wiring import Services

_ROOT = Path(__file__).resolve().parents[1]
LOCAL_ENVIRONMENT = Path(".local/env.json")


def load(*, stack: str | None, local: bool) -> None:
    """Complete the process's environment from a CloudFormation stack or the local server's, as asked or found.

    Raises:
        CommandError: no deployment is named, or what is named is not there.
    """
    if stack and local:
        raise CommandError("give --stack or --local, not both")
    if stack:
        os.environ.update(_of_stack(stack))
    elif local or ("INSTITUTIONS_TABLE" not in os.environ and LOCAL_ENVIRONMENT.exists()):
        variables = _of_local_server()
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            del os.environ[name]  # nothing of this may reach a real account
        os.environ.update(variables)
        typer.echo(f"Working on the local server's data, by {LOCAL_ENVIRONMENT}.", err=True)
    elif "INSTITUTIONS_TABLE" not in os.environ:
        raise CommandError("which deployment? Give --stack NAME, or --local, or set INSTITUTIONS_TABLE and the others")


def services_of(*, stack: str | None, local: bool) -> Services:
    """Return what the platform's own rules work with, in the deployment that is meant.

    Raises:
        CommandError: no deployment is named, or what is named is not whole.
    """
    load(stack=stack, local=local)
    from ventanilla.wiring import services

    try:
        return services()
    except KeyError as missing:
        raise CommandError(f"the environment lacks {missing.args[0]}: give --stack NAME or --local") from missing


def _of_local_server() -> dict[str, str]:
    try:
        return dict(json.loads(LOCAL_ENVIRONMENT.read_bytes()))
    except FileNotFoundError as error:
        raise CommandError(f"{LOCAL_ENVIRONMENT} is missing: start the local server (`make run`) here first") from error
    except (ValueError, TypeError) as error:
        raise CommandError(f"{LOCAL_ENVIRONMENT} can't be read: {error}") from error


def _of_stack(name: str) -> dict[str, str]:
    """The functions' variables, as far as the stack tells: outputs and parameters, AccountsTable as ACCOUNTS_TABLE."""
    import boto3

    client = boto3.Session().client("cloudformation")
    stack = client.describe_stacks(StackName=name)["Stacks"][0]
    told = {item["ParameterKey"]: item["ParameterValue"] for item in stack.get("Parameters", ())}
    told |= {item["OutputKey"]: item["OutputValue"] for item in stack.get("Outputs", ())}
    if "InstitutionsTable" not in told:
        raise CommandError(f"the stack {name} has no output InstitutionsTable: is it Ventanilla's?")
    variables = {_variable(key): value for key, value in told.items()}
    folders = {"PORTALS_DIR": str(_ROOT / "portals"), "DOCS_DIR": str(_ROOT / "docs")}  # those of this installation
    return variables | folders | {"AWS_REGION": client.meta.region_name}


def _variable(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).upper()
