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
    second_factor_secret: str
    urgent_queue: str | None = None
    bulk_queue: str | None = None
    release_queue: str | None = None
    feed_queue: str | None = None
    batch_queue: str | None = None
    registry_url: str | None = None
    registry_secret: str | None = None
    documents_bucket: str | None = None
    signature_roots_dir: Path | None = None
    attachments_bucket: str | None = None
    batches_bucket: str | None = None
    attachment_types: tuple[str, ...] = ()
    attachments_url: str | None = None
    configuration_set: str | None = None
    edge_key: str | None = None
    signing_key: str | None = None
    former_signing_keys: tuple[str, ...] = ()
    webhook_queue: str | None = None
    signout_queue: str | None = None
    openid_secret: str | None = None
    openid_rsa_alias: str | None = None
    openid_ec_alias: str | None = None
    webhooks_to_loopback: bool = False
    clock_offset_file: Path | None = None

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Settings:
        """Read the settings.

        Raises:
            KeyError: a variable that every function needs is missing.
        """
        offset, roots = environment.get("CLOCK_OFFSET_FILE"), environment.get("SIGNATURE_ROOTS_DIR")
        return cls(
            base_url=environment["BASE_URL"].rstrip("/"),
            mail_from=environment["MAIL_FROM"],
            portals_dir=Path(environment["PORTALS_DIR"]),
            docs_dir=Path(environment["DOCS_DIR"]),
            portals=_names(environment["PORTALS"]),
            region=environment.get("AWS_REGION") or environment["AWS_DEFAULT_REGION"],
            accounts_table=environment["ACCOUNTS_TABLE"],
            applications_table=environment["APPLICATIONS_TABLE"],
            tokens_table=environment["TOKENS_TABLE"],
            institutions_table=environment["INSTITUTIONS_TABLE"],
            outbox_table=environment["OUTBOX_TABLE"],
            notifications_table=environment["NOTIFICATIONS_TABLE"],
            token_secret=environment["TOKEN_SECRET"],
            second_factor_secret=environment["SECOND_FACTOR_SECRET"],
            urgent_queue=environment.get("URGENT_QUEUE"),
            bulk_queue=environment.get("BULK_QUEUE"),
            release_queue=environment.get("RELEASE_QUEUE"),
            feed_queue=environment.get("FEED_QUEUE"),
            batch_queue=environment.get("BATCH_QUEUE"),
            registry_url=environment.get("IDENTITY_REGISTRY_URL") or None,
            registry_secret=environment.get("IDENTITY_REGISTRY_SECRET"),
            documents_bucket=environment.get("DOCUMENTS_BUCKET"),
            signature_roots_dir=Path(roots) if roots else None,
            attachments_bucket=environment.get("ATTACHMENTS_BUCKET"),
            batches_bucket=environment.get("BATCHES_BUCKET"),
            attachment_types=_names(environment.get("ATTACHMENT_TYPES", "")),
            attachments_url=environment.get("ATTACHMENTS_URL"),
            configuration_set=environment.get("CONFIGURATION_SET"),
            edge_key=environment.get("EDGE_KEY") or None,
            signing_key=environment.get("SIGNING_KEY"),
            former_signing_keys=_names(environment.get("FORMER_SIGNING_KEYS", "")),
            webhook_queue=environment.get("WEBHOOK_QUEUE"),
            signout_queue=environment.get("SIGNOUT_QUEUE"),
            openid_secret=environment.get("OPENID_SECRET"),
            openid_rsa_alias=environment.get("OPENID_RSA_ALIAS"),
            openid_ec_alias=environment.get("OPENID_EC_ALIAS"),
            webhooks_to_loopback=environment.get("WEBHOOKS_TO_LOOPBACK") == "1",
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


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())
