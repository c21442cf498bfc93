"""Puts the pieces together, each when it is first asked for: a cold start pays only for what it uses."""

from __future__ import annotations

import gc
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ventanilla.adapters.accounts import Accounts
from ventanilla.adapters.applications import Applications
from ventanilla.adapters.audits import Audits
from ventanilla.adapters.captcha import Altcha
from ventanilla.adapters.clock import SystemClock
from ventanilla.adapters.counts import Counts
from ventanilla.adapters.dynamo import Dynamo, Key
from ventanilla.adapters.failures import Counters
from ventanilla.adapters.feed import Feed
from ventanilla.adapters.institutions import Institutions
from ventanilla.adapters.notifications import Notifications
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.quotas import Quotas
from ventanilla.adapters.sessions import Sessions
from ventanilla.adapters.tokens import Tokens
from ventanilla.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ventanilla.adapters.attachments import AttachmentFiles, Attachments
    from ventanilla.adapters.authenticators import Authenticators
    from ventanilla.adapters.batches import Batches, BatchFiles
    from ventanilla.adapters.calendar import CalendarFile
    from ventanilla.adapters.courier import HttpCourier
    from ventanilla.adapters.document_maker import DocumentMaker
    from ventanilla.adapters.files import FileStore
    from ventanilla.adapters.hasher import Argon2Hasher
    from ventanilla.adapters.identity_registry import HttpIdentityRegistry
    from ventanilla.adapters.openid import SignOns
    from ventanilla.adapters.openid_keys import OpenidKeys
    from ventanilla.adapters.portal_files import PortalFiles
    from ventanilla.adapters.queues import Queues
    from ventanilla.adapters.reviews import Reviews
    from ventanilla.adapters.secrets import SecretsManager, SecretText, TokenKeys
    from ventanilla.adapters.signatures import SignatureReader
    from ventanilla.adapters.signer import KmsSigner
    from ventanilla.adapters.webhooks import Webhooks
    from ventanilla.domain.accounts import Account
    from ventanilla.domain.outbox import OutboxItem
    from ventanilla.usecases.attachments import Cupboard
    from ventanilla.usecases.desk import Desk
    from ventanilla.usecases.openid_mint import Mint
    from ventanilla.usecases.relay import Happened, Owed


class Services:
    """All that functions work with."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    @cached_property
    def clock(self) -> SystemClock:
        """The hour."""
        return SystemClock(self.settings.clock_offset_file)

    @cached_property
    def dynamo(self) -> Dynamo:
        """The tables."""
        return Dynamo(self.settings.region)

    @cached_property
    def portals(self) -> PortalFiles:
        """The definitions in force."""
        from ventanilla.adapters.portal_files import PortalFiles

        return PortalFiles(self.settings.portals_dir, self.settings.portals)

    @cached_property
    def outbox(self) -> Outbox:
        """What is owed."""
        return Outbox(self.dynamo, outbox=self.settings.outbox_table)

    @cached_property
    def slots(self) -> Tokens:
        """Living tokens, counted mails, nonces."""
        return Tokens(self.dynamo, tokens=self.settings.tokens_table)

    @cached_property
    def counters(self) -> Counters:
        """Counted look-ups."""
        return Counters(self.dynamo, tokens=self.settings.tokens_table)

    @cached_property
    def quotas(self) -> Quotas:
        """How often institutions may ask."""
        return Quotas(self.dynamo, tokens=self.settings.tokens_table)

    @cached_property
    def captcha(self) -> Altcha:
        """Proofs of work; the keys are read when one is asked for."""
        return Altcha(lambda: self.keys)

    @cached_property
    def registry(self) -> HttpIdentityRegistry:
        """Who knows people by their number."""
        from ventanilla.adapters.circuit_breaker import CircuitBreaker
        from ventanilla.adapters.identity_registry import HttpIdentityRegistry

        settings = self.settings
        return HttpIdentityRegistry(settings.registry_url, lambda: self._registry_key, CircuitBreaker(self.clock))

    @cached_property
    def _registry_key(self) -> SecretText:
        from ventanilla.adapters.secrets import SecretText

        return SecretText(self._secrets_manager, self.settings.registry_secret or "")

    @cached_property
    def applications(self) -> Applications:
        """What waits for an account."""
        return Applications(self.dynamo, self.outbox, self.slots, applications=self.settings.applications_table)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts."""
        return Accounts(
            self.dynamo,
            self.outbox,
            self.sessions,
            self.applications,
            accounts=self.settings.accounts_table,
            tokens=self.settings.tokens_table,
            notifications=self.settings.notifications_table,
            signed_out=self._owed_when_signed_out,
        )

    def _owed_when_signed_out(self, account: Account) -> OutboxItem | None:
        from ventanilla.usecases.openid_logout import owed_at_end

        now = self.clock.now()
        return owed_at_end(account.portal, account.ref, None, portals=self.portals, now=now, epoch=account.epoch)

    @cached_property
    def reviews(self) -> Reviews:
        """Decisions."""
        from ventanilla.adapters.reviews import Reviews

        return Reviews(
            self.dynamo,
            self.outbox,
            self.applications,
            self.accounts,
            self.institutions,
            table=self.settings.accounts_table,
        )

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions and failures."""
        return Sessions(
            self.dynamo,
            self.outbox,
            accounts=self.settings.accounts_table,
            applications=self.settings.applications_table,
            tokens=self.settings.tokens_table,
        )

    @cached_property
    def institutions(self) -> Institutions:
        """Institutions and their keys."""
        return Institutions(self.dynamo, self.audits, institutions=self.settings.institutions_table)

    @cached_property
    def notifications(self) -> Notifications:
        """Letters, timelines, mailboxes."""
        return Notifications(self.dynamo, self.outbox, self.slots, notifications=self.settings.notifications_table)

    @cached_property
    def attachments(self) -> Attachments:
        """Files that were declared."""
        from ventanilla.adapters.attachments import Attachments

        return Attachments(self.dynamo, notifications=self.settings.notifications_table)

    @cached_property
    def attachment_files(self) -> AttachmentFiles:
        """The files of attachments."""
        from ventanilla.adapters.attachments import AttachmentFiles
        from ventanilla.adapters.linked_files import link_signer

        settings, session = self.settings, self.dynamo.connection.session
        signer = lambda: link_signer(session, settings.region, settings.attachments_url)  # noqa: E731
        return AttachmentFiles(lambda: self._client("s3"), signer, settings.attachments_bucket or "")

    @cached_property
    def attachment_types(self) -> tuple[str, ...]:
        """The media types that are taken; a mistake in the parameter shows when the first file is declared."""
        from ventanilla.domain.attachments import read_types

        return read_types(self.settings.attachment_types)

    @cached_property
    def cupboard(self) -> Cupboard:
        """Declared files and the files themselves."""
        from ventanilla.usecases.attachments import Cupboard

        return Cupboard(self.attachments, self.attachment_files)

    @cached_property
    def batches(self) -> Batches:
        """Batches of notifications."""
        from ventanilla.adapters.batches import Batches

        return Batches(self.dynamo, self.outbox, tokens=self.settings.tokens_table)

    @cached_property
    def batch_files(self) -> BatchFiles:
        """The files of batches."""
        from ventanilla.adapters.batches import BatchFiles
        from ventanilla.adapters.linked_files import link_signer

        settings, session = self.settings, self.dynamo.connection.session
        signer = lambda: link_signer(session, settings.region, settings.attachments_url)  # noqa: E731
        return BatchFiles(lambda: self._client("s3"), signer, settings.batches_bucket or "")

    def read_ahead(self, institution: str, bodies: Iterable[dict[str, Any]]) -> list[Key]:
        """Return what posting some bodies reads, before they have been checked."""
        from ventanilla.usecases import attachments, notify

        keys: list[Key] = []
        for body in bodies:
            if named := notify.named_by(institution, body):
                keys += self.notifications.keys_for_post(*named)
                keys += self.attachments.keys_of(institution, attachments.named_by(body))
        return list(dict.fromkeys(keys))

    @cached_property
    def feed(self) -> Feed:
        """The institutions' feeds."""
        return Feed(self.dynamo, self.counts, notifications=self.settings.notifications_table)

    @cached_property
    def counts(self) -> Counts:
        """What has been counted."""
        return Counts(self.dynamo, notifications=self.settings.notifications_table)

    @cached_property
    def webhooks(self) -> Webhooks:
        """The institutions' own addresses."""
        from ventanilla.adapters.webhooks import Webhooks

        return Webhooks(self.dynamo, self.audits, self.outbox, institutions=self.settings.institutions_table)

    @cached_property
    def courier(self) -> HttpCourier:
        """What carries events to them."""
        from ventanilla.adapters.courier import HttpCourier

        return HttpCourier(self.signer, loopback=self.settings.webhooks_to_loopback)

    @cached_property
    def holidays(self) -> CalendarFile:
        """Days on which offices are closed."""
        from ventanilla.adapters.calendar import CALENDAR, CalendarFile

        return CalendarFile(self.settings.portals_dir / CALENDAR)

    @cached_property
    def hasher(self) -> Argon2Hasher:
        """Passwords."""
        from ventanilla.adapters.hasher import Argon2Hasher

        return Argon2Hasher()

    @cached_property
    def keys(self) -> TokenKeys:
        """The keys of one-time tokens."""
        from ventanilla.adapters.secrets import TokenKeys

        return TokenKeys(self._secrets_manager, self.settings.token_secret)

    @cached_property
    def authenticators(self) -> Authenticators:
        """Second factors."""
        from ventanilla.adapters.authenticators import Authenticators
        from ventanilla.adapters.secrets import SecretText

        return Authenticators(SecretText(self._secrets_manager, self.settings.second_factor_secret))

    @cached_property
    def files(self) -> FileStore:
        """Documents that were made or sent in."""
        from ventanilla.adapters.files import FileStore

        return FileStore(self._client("s3"), self.settings.documents_bucket or "")

    @cached_property
    def document_maker(self) -> DocumentMaker:
        """What makes documents."""
        from ventanilla.adapters.document_maker import DocumentMaker

        return DocumentMaker(self.settings.portals_dir)

    @cached_property
    def signer(self) -> KmsSigner:
        """The platform's own signature."""
        from ventanilla.adapters.signer import KmsSigner

        settings = self.settings
        return KmsSigner(lambda: self._client("kms"), settings.signing_key or "", settings.former_signing_keys)

    @cached_property
    def openid_keys(self) -> OpenidKeys:
        """The keys of ID tokens."""
        from ventanilla.adapters.openid_keys import OpenidKeys
        from ventanilla.domain.openid_clients import Algorithm

        settings = self.settings
        aliases: dict[Algorithm, str] = {
            "RS256": settings.openid_rsa_alias or "",
            "ES256": settings.openid_ec_alias or "",
        }
        tokens, clock = settings.tokens_table, self.clock
        return OpenidKeys(lambda: self._client("kms"), aliases, self.dynamo, tokens=tokens, clock=clock)

    @cached_property
    def openid_secret(self) -> SecretText:
        """What the names are derived from that systems know accounts by."""
        from ventanilla.adapters.secrets import SecretText

        return SecretText(self._secrets_manager, self.settings.openid_secret or "")

    @cached_property
    def sign_ons(self) -> SignOns:
        """Authorizations and consents."""
        from ventanilla.adapters.openid import SignOns

        return SignOns(self.dynamo, self.slots, accounts=self.settings.accounts_table)

    def mint(self, portal_id: str) -> Mint:
        """Return what makes and reads the tokens of a portal."""
        from ventanilla.usecases.openid_mint import Mint

        return Mint(
            portal=self.portals.get(portal_id),
            issuer=f"{self.issuers}{portal_id}",
            sign_ons=self.sign_ons,
            keys=self.keys,
            signing=self.openid_keys,
            secret=self.openid_secret,
            clock=self.clock,
        )

    @property
    def issuers(self) -> str:
        """What the issuers of all portals begin with."""
        return f"{self.settings.base_url}/v1/portals/"

    @cached_property
    def signature_reader(self) -> SignatureReader:
        """What reads signatures."""
        from ventanilla.adapters.signatures import SignatureReader

        return SignatureReader(self.settings.signature_roots_dir, self.clock)

    @cached_property
    def audits(self) -> Audits:
        """What staff and operators have done."""
        return Audits(self.dynamo, accounts=self.settings.accounts_table)

    @cached_property
    def queues(self) -> Queues:
        """The queues."""
        from ventanilla.adapters.queues import Queues

        urls = {
            "urgent": self.settings.urgent_queue,
            "bulk": self.settings.bulk_queue,
            "release": self.settings.release_queue,
            "feed": self.settings.feed_queue,
            "webhook": self.settings.webhook_queue,
            "signout": self.settings.signout_queue,
            "batch": self.settings.batch_queue,
        }
        return Queues(self._client("sqs"), urls)

    @cached_property
    def desk(self) -> Desk:
        """Where mails are written."""
        from ventanilla.adapters.mail_templates import MailTemplates
        from ventanilla.adapters.mailer import SesMailer
        from ventanilla.usecases.desk import Desk

        return Desk(
            base_url=self.settings.base_url,
            outbox=self.outbox,
            portals=self.portals,
            applications=self.applications,
            accounts=self.accounts,
            slots=self.slots,
            notifications=self.notifications,
            keys=self.keys,
            templates=MailTemplates(),
            mailer=SesMailer(self._client("sesv2"), self.settings.mail_from, self.settings.configuration_set),
            clock=self.clock,
        )

    @staticmethod
    def changes(event: dict[str, Any]) -> Iterator[Owed | Happened]:
        """Return what a batch of a table's stream tells."""
        from ventanilla.adapters.streams import read

        return read(event)

    @cached_property
    def _secrets_manager(self) -> SecretsManager:
        from ventanilla.adapters.secrets import SecretsManager

        return SecretsManager(lambda: self._client("secretsmanager"))

    def _client(self, service: str) -> Any:
        from ventanilla.adapters.aws import client

        # the session that the tables' client is made with: another would read botocore's lists of endpoints once more
        return client(self.dynamo.connection.session, service, self.settings.region)


@lru_cache(maxsize=1)
def services() -> Services:
    """Return this process's services; the environment is read when they are first asked for."""
    if not gc.isenabled():
        gc.freeze()  # what has been imported by now will never be garbage
        gc.enable()
    return Services(Settings.from_environment())
