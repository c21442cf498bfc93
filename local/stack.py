"""Creates the template's stores: tables, queues, buckets, secrets, keys and the sender's address."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Callable
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from moto.backends import get_backend

from local.cfn import ACCOUNT, REGION
from local.stores import Clients
from local.template import ALIAS, BUCKET, KEY, QUEUE, SECRET, TABLE, Resource, Template

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
    for bucket in template.of_type(BUCKET):
        clients.s3.create_bucket(Bucket=bucket.name)
    for secret in template.of_type(SECRET):
        clients.secrets.create_secret(Name=secret.name, SecretString=_secret(secret, kept_secrets))
    for key in template.of_type(KEY):
        _create_key(key, clients, kept_secrets)
    for alias in template.of_type(ALIAS):
        key_id = clients.kms.describe_key(KeyId=alias.properties["TargetKeyId"])["KeyMetadata"]["KeyId"]
        clients.kms.create_alias(AliasName=alias.name, TargetKeyId=key_id)
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


def _create_key(key: Resource, clients: Clients, kept: Path | None) -> None:
    """Create a key of KMS under its alias; the private part is the one that was kept, of which moto knows nothing."""
    rules = {name: key.properties[name] for name in ("KeySpec", "KeyUsage", "Description") if name in key.properties}
    key_id = clients.kms.create_key(**rules)["KeyMetadata"]["KeyId"]
    clients.kms.create_alias(AliasName=key.name, TargetKeyId=key_id)
    held: Any = get_backend("kms")[ACCOUNT][REGION].keys[key_id].private_key
    pem = _stored(key.id, kept, lambda: _pem(held.private_key))
    held.private_key = load_pem_private_key(pem.encode(), None)


def _pem(key: Any) -> str:
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def _secret(secret: Resource, kept: Path | None) -> str:
    return _stored(secret.id, kept, lambda: _generate(secret))


def _stored(name: str, kept: Path | None, make: Callable[[], str]) -> str:
    """Return what is kept under a name; made and kept where there is nothing yet."""
    stored: dict[str, str] = {}
    if kept is not None and kept.exists():
        stored = json.loads(kept.read_text(encoding="utf-8"))
    if name not in stored:
        stored[name] = make()
        if kept is not None:
            kept.touch(mode=0o600)
            kept.write_text(json.dumps(stored), encoding="utf-8")
    return stored[name]


def _generate(secret: Resource) -> str:
    if "SecretString" in secret.properties:
        return str(secret.properties["SecretString"])
    rules = secret.properties.get("GenerateSecretString", {})
    alphabet = string.ascii_letters + string.digits + ("" if rules.get("ExcludePunctuation") else string.punctuation)
    text = "".join(secrets.choice(alphabet) for _ in range(int(rules.get("PasswordLength", 32))))
    if "GenerateStringKey" not in rules:
        return text
    return json.dumps({**json.loads(rules["SecretStringTemplate"]), rules["GenerateStringKey"]: text})
