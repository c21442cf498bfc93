"""Clients by botocore: boto3 adds nothing here but its import."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.config import Config

if TYPE_CHECKING:
    from botocore.session import Session


def client(session: Session, service: str, region: str) -> Any:
    """Return a client of an AWS service, with time-outs that leave a request time to answer."""
    config = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 3, "mode": "standard"})
    return session.create_client(service, region_name=region, config=config)
