"""What the environment says, read once, when a function is first used."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True)
class Settings:
    """The environment of a function (`template.yaml`, Globals)."""

    base_url: str
    mail_from: str
    portals_dir: Path
    docs_dir: Path
    portals: tuple[str, ...]
    region: str
    accounts_table: str
    applications_table: str
    tokens_table: str
    institutions_table: str
    outbox_table: str
    notifications_table: str
    token_secret: str
    urgent_queue: str | None = None
    bulk_queue: str | None = None
    release_queue: str | None = None
    feed_queue: str | None = None
    clock_offset_file: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            KeyError: a variable that every function needs is missing.
        """
        offset = environment.get("CLOCK_OFFSET_FILE")
        return cls(
            base_url=environment["BASE_URL"].rstrip("/"),
            mail_from=environment["MAIL_FROM"],
            portals_dir=Path(environment["PORTALS_DIR"]),
            docs_dir=Path(environment["DOCS_DIR"]),
            portals=tuple(name.strip() for name in environment["PORTALS"].split(",") if name.strip()),
            region=environment.get("AWS_REGION") or environment["AWS_DEFAULT_REGION"],
            accounts_table=environment["ACCOUNTS_TABLE"],
            applications_table=environment["APPLICATIONS_TABLE"],
            tokens_table=environment["TOKENS_TABLE"],
            institutions_table=environment["INSTITUTIONS_TABLE"],
            outbox_table=environment["OUTBOX_TABLE"],
            notifications_table=environment["NOTIFICATIONS_TABLE"],
            token_secret=environment["TOKEN_SECRET"],
            urgent_queue=environment.get("URGENT_QUEUE"),
            bulk_queue=environment.get("BULK_QUEUE"),
            release_queue=environment.get("RELEASE_QUEUE"),
            feed_queue=environment.get("FEED_QUEUE"),
            clock_offset_file=Path(offset) if offset else None,
        )

    @property
    def authority(self) -> str:
        """Host and port of the public address: what signatures cover, whatever the request's Host says."""
        return urlsplit(self.base_url).netloc

    @property
    def secure(self) -> bool:
        """Whether the public address is https, so that cookies may be `__Host-` and `Secure`."""
        return self.base_url.startswith("https://")
