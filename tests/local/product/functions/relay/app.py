"""Moves what was inserted from the stream to the queue; fails on what is poisoned."""

import json
import os
from typing import Any

import boto3


def handler(event: Any, context: Any) -> Any:
    sqs: Any = boto3.client("sqs")
    for record in event["Records"]:
        note = record["dynamodb"]["NewImage"]
        if note["pk"]["S"].startswith("poison-stream"):
            return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        if note["pk"]["S"].startswith("crash-stream"):
            raise ValueError(note["pk"]["S"])
        body = json.dumps({"id": note["pk"]["S"], "to": note["to"]["S"]})
        sqs.send_message(QueueUrl=os.environ["NOTES_QUEUE"], MessageBody=body)
    return {"batchItemFailures": []}
