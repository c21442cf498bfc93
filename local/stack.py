"""Creates the template's stores: tables, queues, secrets and the sender's address."""

from __future__ import annotations

import json
import secrets
import string
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from local.stores import Clients
from local.template import QUEUE, SECRET, TABLE, Resource, Template

_TABLE_KEYS = (
    "AttributeDefinitions",
    "BillingMode",
    "GlobalSecondaryIndexes",
    "KeySchema",
    "LocalSecondaryIndexes",
    "ProvisionedThroughput",
)
_QUEUE_KEYS = (
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "VisibilityTimeout",
)


class TableDiffers(Exception):
    """A durable table has other keys or indexes than the template says."""


def create_stack(template: Template, clients: Clients, *, kept_secrets: Path | None = None) -> None:
    """Create what is not there yet; `kept_secrets` is the file in which secrets outlive this process."""
    for table in template.of_type(TABLE):
        _create_table(table, clients)
    for queue in template.of_type(QUEUE):
        _create_queue(queue, clients)
    for queue in template.of_type(QUEUE):
        if policy := queue.properties.get("RedrivePolicy"):
            url = clients.sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
            clients.sqs.set_queue_attributes(QueueUrl=url, Attributes={"RedrivePolicy": json.dumps(policy)})
    for secret in template.of_type(SECRET):
        clients.secrets.create_secret(Name=secret.name, SecretString=_secret(secret, kept_secrets))
    if sender := parseaddr(str(template.parameters.get("MailFrom", "")))[1]:
        clients.ses.create_email_identity(EmailIdentity=sender)


def _create_table(table: Resource, clients: Clients) -> None:
    definition: dict[str, Any] = {key: table.properties[key] for key in _TABLE_KEYS if key in table.properties}
    if stream := table.properties.get("StreamSpecification"):
        definition["StreamSpecification"] = {"StreamEnabled": True, **stream}
    try:
        clients.dynamodb.create_table(TableName=table.name, **definition)
    except clients.dynamodb.exceptions.ResourceInUseException:
        _compare(table.name, definition, clients)
        return
    if ttl := table.properties.get("TimeToLiveSpecification"):
        clients.dynamodb.update_time_to_live(TableName=table.name, TimeToLiveSpecification=ttl)


def _compare(name: str, definition: dict[str, Any], clients: Clients) -> None:
    description: Any = clients.dynamodb.describe_table(TableName=name)["Table"]

    def shape(table: Any) -> Any:
        indexes = [*table.get("LocalSecondaryIndexes", []), *table.get("GlobalSecondaryIndexes", [])]
        keys = {index["IndexName"]: index["KeySchema"] for index in indexes}
        return table["KeySchema"], keys, table.get("StreamSpecification", {}).get("StreamViewType")

    if shape(description) != shape(definition):
        raise TableDiffers(
            f"{name} in the database is of another form than in the template: delete .local/dynoxide.db*"
        )


def _create_queue(queue: Resource, clients: Clients) -> None:
    attributes = {key: _attribute(queue.properties[key]) for key in _QUEUE_KEYS if key in queue.properties}
    clients.sqs.create_queue(QueueName=queue.name, Attributes=attributes)  # type: ignore[arg-type]  # its keys are literals


def _attribute(value: object) -> str:
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _secret(secret: Resource, kept: Path | None) -> str:
    stored: dict[str, str] = {}
    if kept is not None and kept.exists():
        stored = json.loads(kept.read_text(encoding="utf-8"))
    if secret.id not in stored:
        stored[secret.id] = _generate(secret)
        if kept is not None:
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(stored), encoding="utf-8")
    return stored[secret.id]


def _generate(secret: Resource) -> str:
    if "SecretString" in secret.properties:
        return str(secret.properties["SecretString"])
    rules = secret.properties.get("GenerateSecretString", {})
    alphabet = string.ascii_letters + string.digits + ("" if rules.get("ExcludePunctuation") else string.punctuation)
    text = "".join(secrets.choice(alphabet) for _ in range(int(rules.get("PasswordLength", 32))))
    if "GenerateStringKey" not in rules:
        return text
    return json.dumps({**json.loads(rules["SecretStringTemplate"]), rules["GenerateStringKey"]: text})
