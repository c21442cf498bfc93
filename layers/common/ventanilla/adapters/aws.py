"""Clients by botocore: boto3 adds nothing here but its import."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from botocore.config import Config
from botocore.session import Session


@lru_cache(maxsize=1)
def _session() -> Session:
    return Session()


def client(service: str, region: str) -> Any:
    """Return a client of an AWS service, with time-outs that leave a request time to answer."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 3, "mode": "standard"})
    return _session().create_client(service, region_name=region, config=config)
