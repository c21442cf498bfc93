"""What the use cases ask of the world: small protocols that adapters and fakes fulfil."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Protocol

from ventanilla.domain.accounts import Account, Application, Slot
from ventanilla.domain.attachments import Attachment, Declaration, StoredFile
from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.batches import Batch, Chunk, Counts
from ventanilla.domain.captcha import CaptchaBinding
from ventanilla.domain.counts import Tally
from ventanilla.domain.documents import Signature
from ventanilla.domain.grants import Grant, Seats
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.institutions import Institution, InstitutionKey
from ventanilla.domain.jose import Jwk
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import Deadline, Entry, Letter, MailboxStatus, Moment, State, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.registry import RegistryRecord
from ventanilla.domain.security_questions import Question
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures, Quota
from ventanilla.domain.tokens import Keyring
from ventanilla.domain.webhooks import Webhook


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


class Authenticators(Protocol):
    """Authenticator apps."""

    def secret(self, ref: str, enrolment: str) -> str:
        """Return the secret of an account's enrolment."""

    def address(self, secret: str, *, name: str, issuer: str) -> str:
        """Return the address that an app takes a secret from."""

    def accepts(
        self, ref: str, enrolment: str, password: str, *, last: int | None, hours: tuple[datetime, ...]
    ) -> int | None:
        """Return the time step of a one-time password, if it is one of these hours' and was not used before."""


class Portals(Protocol):
    """The definitions in force."""

    def get(self, portal_id: str) -> Portal:
        """Return a portal, or raise NotFound."""

    def questions(self, name: str) -> tuple[Question, ...]:
        """Return the list of security questions that a definition names."""


class Outbox(Protocol):
    """What is owed."""

    def put(self, item: OutboxItem) -> None:
        """Put it down."""

    def get(self, item_id: str) -> OutboxItem | None:
        """Return it, if it is still to be done."""

    def done(self, item: OutboxItem) -> None:
        """Take it away."""

    def replace(self, item: OutboxItem, owed: Sequence[OutboxItem]) -> bool:
        """Put what is owed next in its place; tell whether it was still there."""

    def nudge(self, item: OutboxItem) -> None:
        """Put an item down, or let the one that is there know that there is more to do."""

    def settle(self, item: OutboxItem) -> bool:
        """Take an item away, unless it was nudged since it was read."""

    def postpone(self, item: OutboxItem, at: datetime) -> None:
        """Say when an item that is still there is queued again."""

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        """Return what should have been done by now."""

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        """Put off when it is due again, unless somebody else just did."""


class Applications(Protocol):
    """What waits for an account."""

    def submit(self, application: Application, owed: OutboxItem | None, captcha: Nonce | None = None) -> None:
        """Put an application down, and what is owed for it; Refused where the captcha was used before."""

    def get(self, slot: str, application_id: str) -> Application | None:
        """Return an application."""

    def newest(self, slot: str, limit: int) -> list[Application]:
        """Return the newest of a number."""

    def take_try(self, slot: str, application_id: str, link: int, now: datetime) -> Application | None:
        """Take a try of a living link, before anything is compared."""

    def change(self, before: Application, after: Application, *, owed: Sequence[OutboxItem] = ()) -> bool:
        """Write what differs, and what is owed for it, unless another change came first."""

    def receive(self, before: Application, kind: str, record: dict[str, str]) -> Application | None:
        """Write down a document that has come; None where the application has changed, or waits for none any more."""

    def queue(self, portal: str, state: str, after: str | None, limit: int) -> list[Application]:
        """Return applications that are reviewed, in a state, oldest first."""

    def renew_link(self, application: Application, expires_at: datetime) -> Application | None:
        """Let a new link follow a dead one."""


class Reviews(Protocol):
    """What decisions read and write."""

    def facts(
        self, portal: str, numbers: Sequence[str | None], quotas: Mapping[Grant, int], now: datetime
    ) -> tuple[dict[str, Account], Seats]:
        """Return the active accounts of some numbers, and who holds the places of some roles, in one trip."""

    def holders(self, portal: str, grant: Grant, places: int) -> list[str]:
        """Return the numbers of those who hold a role in a scope."""

    def rule(self, ruling: Any) -> bool:
        """Write a decision, unless something that it rests on has changed meanwhile."""


class IdentityRegistry(Protocol):
    """The civil registry, or whoever knows people by their identifier."""

    def find(self, identifier: Identifier) -> RegistryRecord | None:
        """Return what is known, or raise RegistryDown."""


class DocumentMaker(Protocol):
    """Documents as PDF."""

    def make(self, template: str, facts: Mapping[str, Any], *, title: str, code: str, locale: str) -> bytes:
        """Return a document, the same bytes for the same facts."""


class SignatureReader(Protocol):
    """Electronic signatures."""

    def read(self, pdf: bytes, original: bytes) -> Signature | None:
        """Return what the signatures say, None where there is none, or raise DocumentRefused."""


class Signer(Protocol):
    """The platform's own signature."""

    @property
    def kid(self) -> str:
        """What verifiers know the key by."""

    def public_keys(self) -> list[Jwk]:
        """Return the public parts, the one in force first."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of a short message: r and s."""


class FileStore(Protocol):
    """Files by name."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file, in place of what was there."""

    def get(self, name: str) -> bytes | None:
        """Return a file, if there is one."""


class Audits(Protocol):
    """What staff and operators have done."""

    def trail(self, account: str) -> tuple[AuditEntry, ...]:
        """Return all entries of an account, oldest first."""

    def append(self, entry: AuditEntry) -> bool:
        """Write an entry down, if its number is free."""


class Accounts(Protocol):
    """Accounts."""

    def get(self, portal: str, number: str) -> Account | None:
        """Return the account of a number."""

    def several(self, *keys: tuple[str, str]) -> list[Account | None]:
        """Return the accounts of some portals and numbers, in one trip."""

    def key_of(self, ref: str) -> tuple[str, str] | None:
        """Return portal and number of the account that an opaque reference stands for."""

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        """Return an account and a slot, in one trip."""

    def open(
        self,
        account: Account,
        application: Application,
        *,
        before: Account | None = None,
        opens_mailbox: bool,
        owed: Sequence[OutboxItem],
        entered: tuple[Session, Failures] | None = None,
    ) -> None:
        """Turn an application into its account, in place of `before`, or raise TokenGone."""

    def change(
        self,
        before: Account,
        after: Account,
        *,
        used: Slot | None = None,
        keep: Session | None = None,
        close_mailbox: bool = False,
        owed: OutboxItem | None = None,
        also_owed: OutboxItem | None = None,
        audited: AuditEntry | None = None,
    ) -> None:
        """Write what differs, or raise TokenGone where another change came first."""

    def note_mail(self, before: Account, after: Account) -> bool:
        """Write what became of a mail, unless another change came first."""


class Sessions(Protocol):
    """Sessions and failures."""

    def facts(
        self, portal: str, number: str, counters: Sequence[str], now: datetime, *, application: str | None = None
    ) -> tuple[Account | None, list[Failures], Application | None]:
        """Return an account, counted failures and a named application, in one trip."""

    def start(
        self, session: Session, cleared: Failures, now: datetime, *, rehashed: tuple[Account, str] | None
    ) -> bool:
        """Begin a session, unless a failure came between."""

    def prove(
        self, before: Session, after: Session, owner: tuple[Account, Account], cleared: Failures, now: datetime
    ) -> bool:
        """Write that a step of a session was taken, and what it used up, unless something came between."""

    def note(self, before: Session, after: Session) -> None:
        """Write down what differs in a session."""

    def fail(self, counted: Sequence[tuple[Failures, Failures]], now: datetime) -> bool:
        """Count failures, unless somebody else counted meanwhile."""

    def read(self, ref: str, secret_hash: str) -> tuple[SessionState, Session] | None:
        """Return a session and its account's state, in one trip."""

    def mark_seen(self, session: Session, now: datetime) -> Session:
        """Write down that it was used."""

    def all_of(self, ref: str) -> list[Session]:
        """Return all sessions of an account."""

    def end(self, session: Session, owed: OutboxItem | None = None) -> None:
        """End a session."""


class Slots(Protocol):
    """Living tokens and counted mails."""

    def slot(self, purpose: str, slot: str) -> Slot | None:
        """Return what a slot holds."""

    def take_try(self, slot: Slot, now: datetime) -> bool:
        """Take a try of a slot's code, before anything is compared."""

    def give_back(self, slot: Slot) -> None:
        """Give back the try that a right code took."""

    def hold(self, slot: Slot, *, instead_of: Slot | None) -> bool:
        """Let a slot hold a token, unless somebody else filled it meanwhile."""

    def may_mail(self, purpose: str, address: str, item_id: str, now: datetime) -> bool:
        """Count a mail; tell whether there is room for it."""

    def use_nonce(self, nonce: Nonce, now: datetime) -> bool:
        """Use a nonce; tell whether it was new."""


class Captcha(Protocol):
    """Proofs of work."""

    def challenge(self, binding: CaptchaBinding, now: datetime) -> dict[str, Any]:
        """Return a challenge."""

    def read(self, text: str, now: datetime) -> tuple[CaptchaBinding, str]:
        """Return what a solved challenge is good for and what is its own, or raise Refused."""


class Counters(Protocol):
    """Counters that make wait."""

    def counted(self, name: str, now: datetime) -> Failures:
        """Return what has been counted under a name."""

    def count(self, before: Failures, after: Failures, now: datetime) -> bool:
        """Count, unless somebody else counted meanwhile."""


class Quotas(Protocol):
    """How often somebody may do something in a window of time."""

    def use(self, quota: Quota, who: str, now: datetime) -> int:
        """Use one; return the seconds until there are more, 0 where there was one."""


class Institutions(Protocol):
    """Institutions and their keys."""

    def add(self, institution: Institution) -> bool:
        """Put one down, if its id is free."""

    def get(self, institution_id: str) -> Institution | None:
        """Return one."""

    def change(self, before: Institution, after: Institution, audited: AuditEntry | None) -> bool:
        """Write what differs, and who did it, unless another change came first."""

    def keys_of(self, institution_id: str) -> list[InstitutionKey]:
        """Return all keys that one ever had, test keys too."""

    def add_key(self, key: InstitutionKey, audited: AuditEntry | None = None) -> bool:
        """Put a key down, and who did it, if its name is free."""

    def revoke_key(self, institution_id: str, name: str, now: datetime, audited: AuditEntry | None = None) -> bool:
        """Take the force from a key, and write down who did, if it has any."""


class Notifications(Protocol):
    """Letters, timelines, mailboxes."""

    def letter(self, notification: str) -> Letter | None:
        """Return a letter."""

    def mailbox(self, portal: str, number: str) -> MailboxStatus:
        """Return whether a mailbox is open, and how much is unread."""

    def thread(self, notification: str) -> Thread | None:
        """Return a letter with its timeline."""

    def post(
        self,
        letter: Letter,
        entry: Entry,
        *,
        nonce: Nonce | None,
        owed: OutboxItem | None,
        also_owed: OutboxItem | None = None,
    ) -> frozenset[str]:
        """Put a letter into a mailbox; return what stood in the way."""

    def advance(
        self,
        thread: Thread,
        moment: Moment,
        *,
        before: tuple[State, ...],
        deadline: Deadline | None = None,
        owed: Sequence[OutboxItem] = (),
    ) -> bool:
        """Write down what happened, in timeline and list, and what is owed for it, unless something came between."""

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


class Attachments(Protocol):
    """Files that institutions have declared."""

    def declare(self, declaration: Declaration) -> None:
        """Put a declaration down."""

    def several(self, institution: str, ids: Sequence[str]) -> list[Declaration | None]:
        """Return an institution's declarations, in one trip at most."""

    def keep(self, declaration: Declaration, now: datetime) -> bool:
        """Let a declaration live for ever, if it is still there."""


class AttachmentFiles(Protocol):
    """The files of attachments."""

    def upload(self, path: str, file: Attachment) -> tuple[str, dict[str, str]]:
        """Return the link that takes in this file alone, and the headers that it demands."""

    def stored(self, path: str) -> StoredFile | None:
        """Return what is known of a file, if it was uploaded."""

    def keep(self, path: str) -> bool:
        """Let a file live for ever, if it is there."""

    def download(self, path: str, file: Attachment) -> str:
        """Return a short-lived link by which a file is saved under its name."""


class Batches(Protocol):
    """Batches, their chunks, and which of them are still to be done."""

    def put(self, batch: Batch, owed: OutboxItem | None) -> None:
        """Put a new batch down, and what is owed for it."""

    def get(self, batch_id: str) -> Batch | None:
        """Return a batch as it is now."""

    def start(self, batch: Batch, owed: OutboxItem) -> bool:
        """Let a batch that waited for its file run, unless it does already."""

    def add_chunk(self, batch: Batch, chunk: Chunk, owed: OutboxItem) -> bool:
        """Put a chunk down as one that is to be done, unless it was put down before."""

    def chunk(self, batch_id: str, number: int) -> Chunk | None:
        """Return a chunk."""

    def chunks(self, batch_id: str) -> list[Chunk]:
        """Return all chunks that there are so far, in their order."""

    def finish_chunk(self, chunk: Chunk, counts: Counts) -> bool:
        """Write down that a chunk was done, and what came of it, unless that is so already."""

    def has_todo(self, batch_id: str) -> bool:
        """Tell whether a chunk is still to be done."""

    def change(self, before: Batch, after: Batch) -> bool:
        """Write what differs in a running batch, unless it runs no more."""


class BatchFiles(Protocol):
    """The files of batches: their lines, and what came of them."""

    def put(self, path: str, content: bytes) -> None:
        """Keep a file, in place of what was there."""

    def upload(self, path: str, size: int, sha256: str) -> tuple[str, dict[str, str]]:
        """Return the link that takes in this file alone, and the headers that it demands."""

    def stored(self, path: str) -> StoredFile | None:
        """Return what is known of a file, if it is there."""

    def blocks(self, path: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes of a file, or of a part of it, some at a time."""

    def join(self, paths: Iterable[str], target: str) -> None:
        """Keep several files as one, in their order."""

    def download(self, path: str, name: str) -> str:
        """Return a short-lived link by which a file is saved under a name."""


class Feed(Protocol):
    """The institutions' feeds."""

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        """Put events behind the last ones."""

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Return numbered events, newest first."""

    def forwards(self, institution: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        """Return the numbered events behind a number, oldest first."""


class Tallies(Protocol):
    """What has been counted."""

    def of(self, institution: str, month: str) -> tuple[Tally, Mapping[date, Tally]]:
        """Return an institution's counts of a month, whole and by days."""

    def of_platform(self, month: str) -> tuple[Tally, Mapping[date, Tally]]:
        """Return all institutions' counts of a month, whole and by days."""


class Webhooks(Protocol):
    """The institutions' own addresses, and how far they were served."""

    def get(self, institution: str) -> Webhook | None:
        """Return an institution's, if it has one."""

    def put(self, before: Webhook | None, after: Webhook, *, audited: AuditEntry, owed: OutboxItem) -> bool:
        """Write one as its institution wants it, who did, and what it is owed, unless another change came first."""

    def remove(self, webhook: Webhook, audited: AuditEntry) -> bool:
        """Take one away, and write down who did, unless another change came first."""

    def change(self, before: Webhook, after: Webhook, *, owed: Sequence[OutboxItem] = ()) -> bool:
        """Write what differs, and the mails owed for it, unless it is in other hands by now."""


class Courier(Protocol):
    """What carries events to institutions."""

    def deliver(self, url: str, body: bytes, now: datetime) -> str | None:
        """Post a signed body; return in a word why it was not taken, None where it was."""


class Holidays(Protocol):
    """Days on which offices are closed."""

    def for_term(self, start: date, working_days: int, canton: str | None = None) -> Mapping[date, str]:
        """Return those that a term can meet, with their names: the nation's, and those of a canton."""


class Queues(Protocol):
    """Queues."""

    def send(self, lane: str, item_id: str, delay: int = 0) -> None:
        """Queue an outbox item, to appear after so many seconds."""

    def send_events(self, institution: str, events: list[dict[str, Any]]) -> None:
        """Queue events of a feed."""


class Templates(Protocol):
    """The texts of the mails."""

    def render(self, name: str, locale: str, **variables: object) -> Any:
        """Return a mail's subject, text and HTML."""


class Mailer(Protocol):
    """What sends."""

    def send(self, *, to: str, mail: Any, sender_name: str, tags: Mapping[str, str] | None = None) -> str:
        """Send a mail; return the sender's id for it. `tags` come back with what becomes of it."""
