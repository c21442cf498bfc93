"""Writes notes into the table: one write, or a transaction that may be cancelled."""

import json
import os
from typing import Any

import boto3


def handler(event: Any, context: Any) -> Any:
    dynamodb: Any = boto3.client("dynamodb")
    wish = json.loads(event["body"])
    writes = [{"Put": {"TableName": os.environ["NOTES_TABLE"], "Item": _item(note)}} for note in wish["notes"]]
    if wish.get("cancel"):
        absent = {"pk": {"S": "absent"}, "sk": {"S": "-"}}
        check = {"TableName": os.environ["NOTES_TABLE"], "Key": absent, "ConditionExpression": "attribute_exists(pk)"}
        writes.append({"ConditionCheck": check})
    try:
        dynamodb.transact_write_items(TransactItems=writes)
    except dynamodb.exceptions.TransactionCanceledException:
        return {"statusCode": 409}
    return {"statusCode": 202}


def _item(note: dict[str, str]) -> dict[str, Any]:
    return {"pk": {"S": note["id"]}, "sk": {"S": "-"}, "to": {"S": note["to"]}, "seal": {"B": b"\x00\xff"}}
