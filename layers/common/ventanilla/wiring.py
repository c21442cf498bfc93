"""Puts the pieces together, each when it is first asked for: a cold start pays only for what it uses."""

from __future__ import annotations

import gc
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

from ventanilla.adapters.accounts import Accounts
from ventanilla.adapters.applications import Applications
from ventanilla.adapters.clock import SystemClock
from ventanilla.adapters.dynamo import Dynamo
from ventanilla.adapters.feed import Feed
from ventanilla.adapters.institutions import Institutions
from ventanilla.adapters.notifications import Notifications
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.sessions import Sessions
from ventanilla.adapters.tokens import Tokens
from ventanilla.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ventanilla.adapters.calendar import NationalHolidays
    from ventanilla.adapters.hasher import Argon2Hasher
    from ventanilla.adapters.portal_files import PortalFiles
    from ventanilla.adapters.queues import Queues
    from ventanilla.adapters.secrets import TokenKeys
    from ventanilla.usecases.mail import Desk
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
    def applications(self) -> Applications:
        """What waits for an account."""
        return Applications(self.dynamo, self.outbox, applications=self.settings.applications_table)

    @cached_property
    def accounts(self) -> Accounts:
        """Accounts."""
        return Accounts(
            self.dynamo,
            self.outbox,
            accounts=self.settings.accounts_table,
            applications=self.settings.applications_table,
            tokens=self.settings.tokens_table,
            notifications=self.settings.notifications_table,
        )

    @cached_property
    def sessions(self) -> Sessions:
        """Sessions and failures."""
        return Sessions(self.dynamo, accounts=self.settings.accounts_table, tokens=self.settings.tokens_table)

    @cached_property
    def institutions(self) -> Institutions:
        """Institutions and their keys."""
        return Institutions(self.dynamo, institutions=self.settings.institutions_table)

    @cached_property
    def notifications(self) -> Notifications:
        """Letters, timelines, mailboxes."""
        return Notifications(self.dynamo, self.outbox, self.slots, notifications=self.settings.notifications_table)

    @cached_property
    def feed(self) -> Feed:
        """The institutions' feeds."""
        return Feed(self.dynamo, notifications=self.settings.notifications_table)

    @cached_property
    def holidays(self) -> NationalHolidays:
        """Days on which offices are closed."""
        from ventanilla.adapters.calendar import NationalHolidays

        return NationalHolidays()

    @cached_property
    def hasher(self) -> Argon2Hasher:
        """Passwords."""
        from ventanilla.adapters.hasher import Argon2Hasher

        return Argon2Hasher()

    @cached_property
    def keys(self) -> TokenKeys:
        """The keys of one-time tokens."""
        from ventanilla.adapters.secrets import TokenKeys

        return TokenKeys(self._client("secretsmanager"), self.settings.token_secret)

    @cached_property
    def queues(self) -> Queues:
        """The queues."""
        from ventanilla.adapters.queues import Queues

        urls = {
            "urgent": self.settings.urgent_queue,
            "bulk": self.settings.bulk_queue,
            "release": self.settings.release_queue,
            "feed": self.settings.feed_queue,
        }
        return Queues(self._client("sqs"), urls)

    @cached_property
    def desk(self) -> Desk:
        """Where mails are written."""
        from ventanilla.adapters.mail_templates import MailTemplates
        from ventanilla.adapters.mailer import SesMailer
        from ventanilla.usecases.mail import Desk

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
            mailer=SesMailer(self._client("sesv2"), self.settings.mail_from),
            clock=self.clock,
        )

    @staticmethod
    def changes(event: dict[str, Any]) -> Iterator[Owed | Happened]:
        """Return what a batch of a table's stream tells."""
        from ventanilla.adapters.streams import read

        return read(event)

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
