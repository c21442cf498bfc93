"""template.yaml as the tests ask it: its resources, and what each function may do."""

from pathlib import Path
from typing import Any

from local.cfn import load_yaml

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE: dict[str, Any] = load_yaml((ROOT / "template.yaml").read_text(encoding="utf-8"))
RESOURCES: dict[str, Any] = TEMPLATE["Resources"]
GLOBALS: dict[str, Any] = TEMPLATE["Globals"]["Function"]


def of_type(kind: str) -> dict[str, Any]:
    return {name: item["Properties"] for name, item in RESOURCES.items() if item["Type"] == kind}


FUNCTIONS = of_type("AWS::Serverless::Function")
TABLES = of_type("AWS::DynamoDB::Table")
QUEUES = of_type("AWS::SQS::Queue")
BUCKETS = of_type("AWS::S3::Bucket")
LOGS = of_type("AWS::Logs::LogGroup")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def named(reference: Any) -> str:
    """The logical id in a Ref or a GetAtt, or the text of a Sub."""
    [argument] = reference.values()
    return str(argument if isinstance(argument, str) else argument[0])


def events(name: str, kind: str) -> list[Any]:
    return [item["Properties"] for item in FUNCTIONS[name].get("Events", {}).values() if item["Type"] == kind]


def with_events(kind: str) -> list[str]:
    return [name for name in FUNCTIONS if events(name, kind)]


def statements(name: str) -> list[Any]:
    """All that a function may do: its own policies and those of the role that it names."""
    documents = list(FUNCTIONS[name].get("Policies", []))
    if "Role" in FUNCTIONS[name]:
        documents += [
            item["PolicyDocument"] for item in RESOURCES[named(FUNCTIONS[name]["Role"])]["Properties"]["Policies"]
        ]
    return [statement for document in documents for statement in document["Statement"]]


def grants(name: str, action: str) -> set[str]:
    """The logical ids of what a function may do something to."""
    return {
        named(resource)
        for statement in statements(name)
        if action in as_list(statement["Action"])
        for resource in as_list(statement["Resource"])
    }


def may(action: str, resource: str | None = None) -> set[str]:
    """The functions that may do something, to anything or to one resource."""
    return {name for name in FUNCTIONS if (resource in grants(name, action) if resource else grants(name, action))}


def actions_on(name: str, resource: str) -> set[str]:
    return {
        action
        for statement in statements(name)
        for action in as_list(statement["Action"])
        if resource in map(named, as_list(statement["Resource"]))
    }
