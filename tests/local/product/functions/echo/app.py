"""Answers with the event itself."""

import json
from typing import Any


def handler(event: Any, context: Any) -> Any:
    return {"statusCode": 200, "headers": {"Content-Type": "application/json"}, "body": json.dumps(event)}
