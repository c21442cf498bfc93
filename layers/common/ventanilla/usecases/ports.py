"""What the use cases ask of the world: small protocols that adapters and fakes fulfil."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from ventanilla.domain.accounts import Account, Application, Slot
from ventanilla.domain.institutions import Institution, InstitutionKey
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import Deadline, Entry, Letter, MailboxStatus, Moment, State, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures
from ventanilla.domain.tokens import Keyring


class Clock(Protocol):
    """The hour."""

    def now(self) -> datetime:
        """Return the domain's hour."""

    def wall(self) -> datetime:
        """Return the real hour."""


class Hasher(Protocol):
    """Passwords."""

    def hash(self, password: str) -> str:
        """Return the hash of a password."""

    def fits(self, password_hash: str | None, password: str) -> bool:
        """Compare, in the same time whether or not there is a hash."""

    def is_outdated(self, password_hash: str) -> bool:
        """Tell whether the parameters have risen since."""


class TokenKeys(Protocol):
    """The keys of one-time tokens."""

    def keyring(self, now: datetime, token: str | None = None) -> Keyring:
        """Return the keys, read anew if the token names one that is unknown."""


class Portals(Protocol):
    """The definitions in force."""

    def get(self, portal_id: str) -> Portal:
        """Return a portal, or raise NotFound."""


class Outbox(Protocol):
    """What is owed."""

    def put(self, item: OutboxItem) -> None:
        """Put it down."""

    def get(self, item_id: str) -> OutboxItem | None:
        """Return it, if it is still to be done."""

    def done(self, item: OutboxItem) -> None:
        """Take it away."""

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        """Return what should have been done by now."""

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        """Put off when it is due again, unless somebody else just did."""


class Applications(Protocol):
    """What waits for an account."""

    def submit(self, application: Application, owed: OutboxItem | None) -> None:
        """Put an application down, and what is owed for it."""

    def get(self, slot: str, application_id: str) -> Application | None:
        """Return an application."""

    def newest(self, slot: str, limit: int) -> list[Application]:
        """Return the newest of a number."""

    def take_try(self, slot: str, application_id: str, link: int, now: datetime) -> Application | None:
        """Take a try of a living link, before anything is compared."""

    def renew_link(self, application: Application, expires_at: datetime) -> Application | None:
        """Let a new link follow a dead one."""


class Accounts(Protocol):
    """Accounts."""

    def get(self, portal: str, number: str) -> Account | None:
        """Return the account of a number."""

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        """Return an account and a slot, in one trip."""

    def open(self, account: Account, application: Application, *, opens_mailbox: bool, owed: OutboxItem | None) -> None:
        """Turn an application into its account, or raise TokenGone."""

    def change(
        self,
        before: Account,
        after: Account,
        *,
        used: Slot | None = None,
        keep: Session | None = None,
        close_mailbox: bool = False,
        owed: OutboxItem | None = None,
    ) -> None:
        """Write what differs, or raise TokenGone where another change came first."""


class Sessions(Protocol):
    """Sessions and failures."""

    def facts(
        self, portal: str, number: str, counters: Sequence[str], now: datetime
    ) -> tuple[Account | None, list[Failures]]:
        """Return an account and counted failures, in one trip."""

    def start(
        self, session: Session, cleared: Failures, now: datetime, *, rehashed: tuple[Account, str] | None
    ) -> bool:
        """Begin a session, unless a failure came between."""

    def fail(self, counted: Sequence[tuple[Failures, Failures]], now: datetime) -> bool:
        """Count failures, unless somebody else counted meanwhile."""

    def read(self, ref: str, secret_hash: str) -> tuple[SessionState, Session] | None:
        """Return a session and its account's state, in one trip."""

    def mark_seen(self, session: Session, now: datetime) -> Session:
        """Write down that it was used."""

    def all_of(self, ref: str) -> list[Session]:
        """Return all sessions of an account."""

    def end(self, session: Session) -> None:
        """End a session."""


class Slots(Protocol):
    """Living tokens and counted mails."""

    def slot(self, purpose: str, slot: str) -> Slot | None:
        """Return what a slot holds."""

    def hold(self, slot: Slot, *, instead_of: Slot | None) -> bool:
        """Let a slot hold a token, unless somebody else filled it meanwhile."""

    def may_mail(self, purpose: str, address: str, item_id: str, now: datetime) -> bool:
        """Count a mail; tell whether there is room for it."""

    def use_nonce(self, nonce: Nonce, now: datetime) -> bool:
        """Use a nonce; tell whether it was new."""


class Institutions(Protocol):
    """Institutions and their keys."""

    def add(self, institution: Institution) -> bool:
        """Put one down, if its id is free."""

    def get(self, institution_id: str) -> Institution | None:
        """Return one."""

    def add_key(self, key: InstitutionKey) -> bool:
        """Put a key down, if its name is free."""

    def revoke_key(self, institution_id: str, name: str, now: datetime) -> bool:
        """Take the force from a key, if it has any."""


class Notifications(Protocol):
    """Letters, timelines, mailboxes."""

    def letter(self, notification: str) -> Letter | None:
        """Return a letter."""

    def mailbox(self, portal: str, number: str) -> MailboxStatus:
        """Return whether a mailbox is open, and how much is unread."""

    def thread(self, notification: str) -> Thread | None:
        """Return a letter with its timeline."""

    def post(self, letter: Letter, entry: Entry, *, nonce: Nonce | None, owed: OutboxItem | None) -> frozenset[str]:
        """Put a letter into a mailbox; return what stood in the way."""

    def advance(
        self, thread: Thread, moment: Moment, *, before: tuple[State, ...], deadline: Deadline | None = None
    ) -> bool:
        """Write down what happened, in timeline and list, unless something came between."""

    def append(self, thread: Thread, moment: Moment) -> bool:
        """Write down what happened, in the timeline alone, if its number is free."""

    def page(
        self, portal: str, number: str, *, before: str | None, unread: bool, limit: int
    ) -> tuple[list[Entry], MailboxStatus | None]:
        """Return entries, newest first, and the mailbox's status with the newest."""

    def waiting(self, portal: str, number: str) -> list[Entry]:
        """Return what waits for the account."""

    def released_by(self, portal: str, number: str, release: str) -> int:
        """Count what one release has made available."""

    def entries(self, keys: list[tuple[str, str, str]]) -> list[Entry | None]:
        """Return entries by portal, number and key."""


class Feed(Protocol):
    """The institutions' feeds."""

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        """Put events behind the last ones."""

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Return numbered events, newest first."""


class Holidays(Protocol):
    """Days on which offices are closed."""

    def for_term(self, start: date, working_days: int) -> Container[date]:
        """Return those that a term can meet."""


class Queues(Protocol):
    """Queues."""

    def send(self, lane: str, item_id: str) -> None:
        """Queue an outbox item."""

    def send_events(self, institution: str, events: list[dict[str, Any]]) -> None:
        """Queue events of a feed."""


class Templates(Protocol):
    """The texts of the mails."""

    def render(self, name: str, locale: str, **variables: object) -> Any:
        """Return a mail's subject, text and HTML."""


class Mailer(Protocol):
    """What sends."""

    def send(self, *, to: str, mail: Any, sender_name: str) -> str:
        """Send a mail; return the sender's id for it."""
