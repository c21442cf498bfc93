"""What template.yaml deploys, read for one machine: functions, routes, event sources and stores."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from local.cfn import ACCOUNT, REGION, Resolver, TemplateError, load_yaml
from local.sources import QueueSource, Route, ScheduleSource, StreamSource, read_source

TABLE = "AWS::DynamoDB::Table"
QUEUE = "AWS::SQS::Queue"
BUCKET = "AWS::S3::Bucket"
KEY = "AWS::KMS::Key"
ALIAS = "AWS::KMS::Alias"
MAIL_EVENTS = "AWS::SES::ConfigurationSetEventDestination"
SUBSCRIPTION = "AWS::SNS::Subscription"
SECRET = "AWS::SecretsManager::Secret"  # noqa: S105  # a type of resource
HEADERS = "AWS::CloudFront::ResponseHeadersPolicy"
_FUNCTION = "AWS::Serverless::Function"
_LAYER = "AWS::Serverless::LayerVersion"


@dataclass(frozen=True, slots=True)
class Resource:
    """A store of the template: its logical id, its type, the name it has here, its resolved properties."""

    id: str
    type: str
    name: str
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the template; times are seconds, `dead_letters` is the queue of its asynchronous failures."""

    name: str
    code: Path
    handler: str
    timeout: int
    memory: int
    environment: dict[str, str]
    layers: tuple[Path, ...] = ()
    dead_letters: str | None = None


@dataclass(frozen=True, slots=True)
class Template:
    """All that is run here of what template.yaml deploys."""

    functions: dict[str, Function]
    routes: tuple[Route, ...] = ()
    streams: tuple[StreamSource, ...] = ()
    queues: tuple[QueueSource, ...] = ()
    schedules: tuple[ScheduleSource, ...] = ()
    resources: tuple[Resource, ...] = ()
    parameters: dict[str, object] = field(default_factory=dict)

    def of_type(self, kind: str) -> list[Resource]:
        """Return the resources of one CloudFormation type."""
        return [resource for resource in self.resources if resource.type == kind]


def read_template(path: Path, parameters: Mapping[str, object], *, opt: Sequence[Path] = ()) -> Template:
    """Read a template.

    Args:
        path: of template.yaml, or of the one that `sam build` leaves; folders in it are relative to it.
        parameters: values that go before the template's defaults.
        opt: the folders that stand for `/opt`, where Lambda unpacks the layers.
    """
    return _Reader(load_yaml(path.read_text(encoding="utf-8")), path.parent, parameters, opt).read()


class _Reader:
    def __init__(self, raw: Any, folder: Path, parameters: Mapping[str, object], opt: Sequence[Path]) -> None:
        declared = raw.get("Parameters", {})
        defaults = {name: item["Default"] for name, item in declared.items() if "Default" in item}
        self.parameters = defaults | {name: value for name, value in parameters.items() if name in declared}
        self.raw: dict[str, Any] = raw["Resources"]
        self.globals: dict[str, Any] = raw.get("Globals", {}).get("Function", {})
        self.folder, self.opt = folder, opt
        self.resolve = Resolver(self.parameters, raw.get("Conditions", {}), self._ref, self._attribute)

    def read(self) -> Template:
        """Read everything that has a part to play here."""
        kept = {
            name: resource
            for name, resource in self.raw.items()
            if "Condition" not in resource or self.resolve.condition(resource["Condition"])
        }
        functions = {name: self._function(name, item) for name, item in kept.items() if item["Type"] == _FUNCTION}
        sources = [
            source
            for name in functions
            for event, definition in self.raw[name]["Properties"].get("Events", {}).items()
            if (source := read_source(name, event, definition["Type"], self.resolve(definition.get("Properties", {}))))
        ]
        return Template(
            functions=functions,
            routes=tuple(source for source in sources if isinstance(source, Route)),
            streams=tuple(source for source in sources if isinstance(source, StreamSource)),
            queues=tuple(source for source in sources if isinstance(source, QueueSource)),
            schedules=tuple(source for source in sources if isinstance(source, ScheduleSource)),
            resources=tuple(
                Resource(name, item["Type"], self._name(name), self.resolve(item.get("Properties", {})))
                for name, item in kept.items()
                if item["Type"] in (TABLE, QUEUE, SECRET, BUCKET, KEY, ALIAS, MAIL_EVENTS, SUBSCRIPTION, HEADERS)
            ),
            parameters=dict(self.parameters),
        )

    def _function(self, name: str, resource: dict[str, Any]) -> Function:
        properties = resource["Properties"]
        variables: dict[str, Any] = {}
        for owner in (self.globals, properties):
            variables |= owner.get("Environment", {}).get("Variables", {})
        target = self.resolve(properties.get("DeadLetterQueue", {})).get("TargetArn")
        return Function(
            name=name,
            code=(self.folder / properties.get("CodeUri", self.globals.get("CodeUri"))).resolve(),
            handler=properties.get("Handler", self.globals.get("Handler")),
            timeout=int(self.resolve(properties.get("Timeout", self.globals.get("Timeout", 3)))),
            memory=int(self.resolve(properties.get("MemorySize", self.globals.get("MemorySize", 128)))),
            environment={key: self._text(self.resolve(value)) for key, value in variables.items()},
            layers=tuple(self._layers([*self.globals.get("Layers", []), *properties.get("Layers", [])])),
            dead_letters=target.rpartition(":")[2] if target else None,
        )

    def _layers(self, references: list[Any]) -> list[Path]:
        names = [reference.get("Ref") for reference in references if isinstance(reference, dict)]
        return [
            (self.folder / self.raw[name]["Properties"]["ContentUri"]).resolve()
            for name in dict.fromkeys(names)
            if name in self.raw and self.raw[name]["Type"] == _LAYER
        ]

    def _text(self, value: object) -> str:
        text = json.dumps(value) if isinstance(value, bool) else str(value)
        if not text.startswith("/opt/"):
            return text
        folders = [folder / text.removeprefix("/opt/") for folder in self.opt]
        return str(next((folder for folder in folders if folder.exists()), folders[-1] if folders else text))

    def _name(self, logical_id: str) -> str:
        resource = self.raw[logical_id]
        properties = resource.get("Properties", {})
        own = next(
            (
                properties[key]
                for key in ("TableName", "QueueName", "BucketName", "AliasName", "Name")
                if key in properties
            ),
            None,
        )
        if own is not None:
            return str(self.resolve(own))
        if resource["Type"] == BUCKET:
            return logical_id.lower()  # a bucket's name has no capitals
        if resource["Type"] == KEY:
            return f"alias/{logical_id}"  # a key's own id is made up when it is
        return logical_id + (".fifo" if resource["Type"] == QUEUE and properties.get("FifoQueue") else "")

    def _ref(self, logical_id: str) -> object:
        if logical_id not in self.raw:
            raise TemplateError(f"{logical_id} is neither a parameter with a value nor a resource")
        name = self._name(logical_id)
        if self.raw[logical_id]["Type"] == QUEUE:
            return f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/{name}"
        return name if self.raw[logical_id]["Type"] in (TABLE, SECRET, BUCKET, KEY, ALIAS) else logical_id

    def _attribute(self, logical_id: str, attribute: str) -> object:
        if logical_id not in self.raw:
            raise TemplateError(f"{logical_id} is not a resource")
        name, kind = self._name(logical_id), self.raw[logical_id]["Type"]
        arns = {
            TABLE: f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{name}",
            QUEUE: f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}",
            BUCKET: f"arn:aws:s3:::{name}",
            KEY: f"arn:aws:kms:{REGION}:{ACCOUNT}:{name}",
            _FUNCTION: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{logical_id}",
        }
        if attribute == "StreamArn":
            return f"{arns[TABLE]}/stream/latest"
        if attribute == "QueueUrl":
            return self._ref(logical_id)
        if attribute == "RegionalDomainName":
            return f"{name}.s3.{REGION}.amazonaws.com"
        if attribute == "Arn":
            return arns.get(kind, f"arn:aws:local:{REGION}:{ACCOUNT}:{logical_id}")
        return name if attribute in ("QueueName", "Name") else f"{logical_id}.{attribute}"
