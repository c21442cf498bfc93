"""Does what the request's body says."""

import json
import os
import sys
import time
from typing import Any


def handler(event: Any, context: Any) -> Any:
    wish = json.loads(event["body"])
    match wish.get("do"):
        case "raise":
            raise ValueError(wish["text"])
        case "exit":
            os._exit(3)
        case "leave":
            sys.exit(4)
        case "sleep":
            time.sleep(wish["seconds"])
            return {"pid": os.getpid()}
        case "context":
            return {
                "function": context.function_name,
                "arn": context.invoked_function_arn,
                "left": context.get_remaining_time_in_millis(),
                "id": context.aws_request_id,
                "memory": int(context.memory_limit_in_mb),
            }
        case "environment":
            return dict(os.environ)
        case "unserialisable":
            return {"answer": object()}
    return wish["answer"]
