"""The world in memory: a hand-written fake for each port, sharing what the tables share, behind one frozen clock.

A fake keeps the promises of its port (conditions, order, what is gone stays gone), and counts what it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from ventanilla.domain.accounts import TRIES, Account, Application, Slot
from ventanilla.domain.errors import NotFound, TokenGone
from ventanilla.domain.institutions import Institution, InstitutionKey
from ventanilla.domain.keys import Nonce
from ventanilla.domain.notifications import (
    UNREAD,
    Deadline,
    Entry,
    Letter,
    MailboxStatus,
    Moment,
    State,
    Thread,
)
from ventanilla.domain.outbox import OutboxItem, next_due
from ventanilla.domain.portals import Portal
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.throttling import Failures
from ventanilla.domain.tokens import Keyring, OneTimeToken, SigningKey
from ventanilla.usecases.mail import Desk

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
"""A Monday, ten in the morning in Ecuador."""
BASE_URL = "https://ventanilla.example.ec"


class Clock:
    """An hour that stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def wall(self) -> datetime:
        return self.at

    def advance(self, **span: float) -> None:
        self.at += timedelta(**span)


class Hasher:
    """Hashes that can be read: `hash:` and the password; `old:` is one whose parameters have risen since."""

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls

    def hash(self, password: str) -> str:
        self._calls.append("hash")
        return f"hash:{password}"

    def fits(self, password_hash: str | None, password: str) -> bool:
        self._calls.append("fits")
        return password_hash is not None and password_hash.partition(":")[2] == password

    def is_outdated(self, password_hash: str) -> bool:
        return password_hash.startswith("old:")


class Keys:
    """One keyring, read once."""

    def __init__(self) -> None:
        self.ring = Keyring("k1", {"k1": SigningKey(b"a secret of the tests")})

    def keyring(self, now: datetime, token: str | None = None) -> Keyring:
        return self.ring

    def write(self, purpose: str, slot: str, token_id: str) -> str:
        return self.ring.write(OneTimeToken(purpose, slot, token_id))


class Portals:
    """The definitions in force."""

    def __init__(self, *portals: Portal) -> None:
        self._portals = {portal.id: portal for portal in portals}

    def get(self, portal_id: str) -> Portal:
        if portal_id not in self._portals:
            raise NotFound(portal=portal_id)
        return self._portals[portal_id]


class Outbox:
    """What is owed, by id."""

    def __init__(self) -> None:
        self.items: dict[str, OutboxItem] = {}
        self.due_at: dict[str, datetime] = {}

    def put(self, item: OutboxItem) -> None:
        self.items.setdefault(item.id, item)
        self.due_at.setdefault(item.id, item.due_at)

    def get(self, item_id: str) -> OutboxItem | None:
        return self.items.get(item_id)

    def done(self, item: OutboxItem) -> None:
        self.items.pop(item.id, None)
        self.due_at.pop(item.id, None)

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        return iter([item for item in self.items.values() if self.due_at[item.id] <= now])

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        if item.id not in self.items or self.due_at[item.id] > now:
            return False
        self.due_at[item.id] = next_due(item.created_at, now)
        return True

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.items.values()]

    @property
    def only(self) -> OutboxItem:
        [item] = self.items.values()
        return item


class Applications:
    """What waits for an account, by slot and id."""

    def __init__(self, outbox: Outbox, calls: list[str]) -> None:
        self._outbox = outbox
        self._calls = calls
        self.kept: dict[tuple[str, str], Application] = {}

    @property
    def only(self) -> Application:
        [application] = self.kept.values()
        return application

    def submit(self, application: Application, owed: OutboxItem | None) -> None:
        self._calls.append("submit")
        self.keep(application)
        if owed:
            self._outbox.put(owed)

    def get(self, slot: str, application_id: str) -> Application | None:
        self._calls.append("get application")
        return self.kept.get((slot, application_id))

    def newest(self, slot: str, limit: int) -> list[Application]:
        self._calls.append("newest")
        own = sorted(key for key in self.kept if key[0] == slot)
        return [self.kept[key] for key in reversed(own)][:limit]

    def take_try(self, slot: str, application_id: str, link: int, now: datetime) -> Application | None:
        self._calls.append("take try")
        kept = self.kept.get((slot, application_id))
        if kept is None or kept.link != link or kept.tries >= TRIES or not kept.link_lives(now):
            return None
        return self.keep(replace(kept, tries=kept.tries + 1))

    def renew_link(self, application: Application, expires_at: datetime) -> Application | None:
        kept = self.kept.get((application.slot, application.id))
        if kept is None or kept.link != application.link:
            return None
        return self.keep(replace(kept, link=kept.link + 1, tries=0, link_expires_at=expires_at))

    def keep(self, application: Application) -> Application:
        self.kept[application.slot, application.id] = application
        return application


class Slots:
    """Living tokens, counted mails, nonces."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Slot] = {}
        self.mails: dict[tuple[str, str], tuple[datetime, set[str]]] = {}
        self.nonces: set[str] = set()
        self.before_holding: Callable[[], object] | None = None

    def slot(self, purpose: str, slot: str) -> Slot | None:
        return self.held.get((purpose, slot))

    def hold(self, slot: Slot, *, instead_of: Slot | None) -> bool:
        if self.before_holding:
            meanwhile, self.before_holding = self.before_holding, None
            meanwhile()
        held = self.held.get((slot.purpose, slot.slot))
        if (held and held.id) != (instead_of and instead_of.id):
            return False
        self.held[slot.purpose, slot.slot] = slot
        return True

    def may_mail(self, purpose: str, address: str, item_id: str, now: datetime) -> bool:
        key = purpose, address.casefold()
        ends_at, items = self.mails.get(key, (now, set()))
        if ends_at <= now:
            ends_at, items = now + timedelta(hours=1), set()
        if item_id not in items and len(items) >= 3:
            return False
        self.mails[key] = ends_at, {*items, item_id}
        return True

    def use_nonce(self, nonce: Nonce, now: datetime) -> bool:
        if nonce.name in self.nonces:
            return False
        self.nonces.add(nonce.name)
        return True


class Accounts:
    """Accounts, and what their sessions share."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.kept: dict[tuple[str, str], Account] = {}
        self.states: dict[str, SessionState] = {}

    @property
    def only(self) -> Account:
        [account] = self.kept.values()
        return account

    def get(self, portal: str, number: str) -> Account | None:
        self._world.calls.append("get account")
        account = self.kept.get((portal, number))
        return account if account and account.status != "closed" else None

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        return self.get(portal, number), self._world.slots.slot(purpose, slot)

    def open(self, account: Account, application: Application, *, opens_mailbox: bool, owed: OutboxItem | None) -> None:
        kept = self._world.applications.kept.get((application.slot, application.id))
        if kept is None or kept.link != application.link or self.get(account.portal, account.number):
            raise TokenGone
        del self._world.applications.kept[application.slot, application.id]
        self.keep(account)
        if opens_mailbox:
            self._world.notifications.open_mailbox(account.portal, account.number)
        self._owe(owed)

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
        kept = self.kept[before.portal, before.number]
        held = self._world.slots.held.get((used.purpose, used.slot)) if used else None
        if kept.epoch != before.epoch or (used and (held is None or held.id != used.id)):
            raise TokenGone
        if used:
            del self._world.slots.held[used.purpose, used.slot]
        self.keep(after)
        if keep:
            self._world.sessions.keep(replace(keep, epoch=after.epoch))
        if close_mailbox:
            self._world.notifications.mailboxes[before.portal, before.number].open = False
        self._owe(owed)

    def keep(self, account: Account) -> Account:
        self.kept[account.portal, account.number] = account
        if account.status == "closed":
            self.states.pop(account.ref, None)
            return account
        self.states[account.ref] = SessionState(
            ref=account.ref,
            portal=account.portal,
            number=account.number,
            epoch=account.epoch,
            assurance=account.assurance,
            todo=account.todo,
            accepted=account.accepted,
        )
        return account

    def _owe(self, owed: OutboxItem | None) -> None:
        if owed:
            self._world.outbox.put(owed)


class Sessions:
    """Sessions, and failures under names."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.kept: dict[tuple[str, str], Session] = {}
        self.failures: dict[str, Failures] = {}
        self.marks: list[datetime] = []
        self.before_writing: list[Callable[[], bool]] = []
        """What happens between somebody's read and write: each answers whether the write may still happen."""

    def facts(
        self, portal: str, number: str, counters: Sequence[str], now: datetime
    ) -> tuple[Account | None, list[Failures]]:
        self._world.calls.append(f"facts and {len(counters)} counters")
        account = self._world.accounts.kept.get((portal, number))
        return account, [self.failures.get(name, Failures(name, 0)) for name in counters]

    def start(
        self, session: Session, cleared: Failures, now: datetime, *, rehashed: tuple[Account, str] | None
    ) -> bool:
        self._world.calls.append("write")
        counted = self.failures.get(cleared.name, Failures(cleared.name, 0))
        if not self._may_write() or counted.wait(now):
            return False
        if rehashed and self._world.accounts.kept[rehashed[0].portal, rehashed[0].number].epoch != rehashed[0].epoch:
            return False
        self.keep(session)
        self.failures[cleared.name] = Failures(cleared.name, 0)
        if rehashed:
            account, password_hash = rehashed
            self._world.accounts.keep(replace(account, password_hash=password_hash))
        return True

    def fail(self, counted: Sequence[tuple[Failures, Failures]], now: datetime) -> bool:
        self._world.calls.append("write")
        if not self._may_write():
            return False
        if any(self.failures.get(before.name, Failures(before.name, 0)).count != before.count for before, _ in counted):
            return False
        self.failures.update({after.name: after for _, after in counted})
        return True

    def read(self, ref: str, secret_hash: str) -> tuple[SessionState, Session] | None:
        state, session = self._world.accounts.states.get(ref), self.kept.get((ref, secret_hash))
        return (state, session) if state and session else None

    def mark_seen(self, session: Session, now: datetime) -> Session:
        self.marks.append(now)
        return self.keep(replace(session, seen_at=now))

    def all_of(self, ref: str) -> list[Session]:
        return [session for key, session in self.kept.items() if key[0] == ref]

    def end(self, session: Session) -> None:
        self.kept.pop((session.ref, session.secret_hash), None)

    def keep(self, session: Session) -> Session:
        self.kept[session.ref, session.secret_hash] = session
        return session

    def _may_write(self) -> bool:
        return self.before_writing.pop(0)() if self.before_writing else True


class Institutions:
    """Institutions and their keys."""

    def __init__(self) -> None:
        self.kept: dict[str, Institution] = {}
        self.keys: dict[str, InstitutionKey] = {}

    def add(self, institution: Institution) -> bool:
        return self.kept.setdefault(institution.id, institution) is institution

    def get(self, institution_id: str) -> Institution | None:
        return self.kept.get(institution_id)

    def add_key(self, key: InstitutionKey) -> bool:
        return self.keys.setdefault(key.id, key) is key

    def revoke_key(self, institution_id: str, name: str, now: datetime) -> bool:
        key = self.keys.get(f"{institution_id}.{name}")
        if key is None or key.revoked_at:
            return False
        self.keys[key.id] = replace(key, revoked_at=now)
        return True


@dataclass
class Mailbox:
    """A mailbox: open or not, what it lists, what is unread."""

    open: bool = False
    unread: int = 0
    entries: dict[str, Entry] = field(default_factory=dict)
    released: dict[str, str] = field(default_factory=dict)


class Notifications:
    """Letters, timelines, mailboxes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.threads: dict[str, Thread] = {}
        self.mailboxes: dict[tuple[str, str], Mailbox] = {}
        self.before_writing: list[Callable[[], object]] = []
        """What happens between somebody's read and write."""

    def open_mailbox(self, portal: str, number: str) -> None:
        self._box(portal, number).open = True

    def letter(self, notification: str) -> Letter | None:
        thread = self.threads.get(notification)
        return thread.letter if thread else None

    def mailbox(self, portal: str, number: str) -> MailboxStatus:
        box = self._box(portal, number)
        return MailboxStatus(box.open, box.unread)

    def thread(self, notification: str) -> Thread | None:
        return self.threads.get(notification)

    def post(self, letter: Letter, entry: Entry, *, nonce: Nonce | None, owed: OutboxItem | None) -> frozenset[str]:
        self._meanwhile()
        box = self._box(letter.recipient.portal, letter.recipient.number)
        is_open = entry.state == "available"
        refused = {
            "nonce": nonce is not None and nonce.name in self._world.slots.nonces,
            "letter": letter.id in self.threads,
            "mailbox": box.open != is_open,
        }
        if any(refused.values()):
            return frozenset(name for name, stands in refused.items() if stands)
        if nonce:
            self._world.slots.nonces.add(nonce.name)
        self.threads[letter.id] = Thread(letter, ())
        box.entries[entry.key] = entry
        box.unread += is_open
        if owed:
            self._world.outbox.put(owed)
        return frozenset()

    def advance(
        self, thread: Thread, moment: Moment, *, before: tuple[State, ...], deadline: Deadline | None = None
    ) -> bool:
        self._meanwhile()
        letter = thread.letter
        box = self._box(letter.recipient.portal, letter.recipient.number)
        entry = box.entries[letter.entry]
        releases = moment.event == "available"
        if len(self.threads[letter.id].moments) >= moment.number or entry.state not in before:
            return False
        if releases and not box.open:
            return False
        self._write_down(moment)
        box.entries[entry.key] = replace(
            entry,
            state=cast("State", moment.event),
            opened_at=moment.at if moment.event == "opened" else entry.opened_at,
            deadline=deadline or entry.deadline,
        )
        if releases:
            box.released[entry.key] = moment.by
            box.unread += 1
        elif moment.event in ("opened", "cancelled") and thread.state in UNREAD:
            box.unread -= 1
        return True

    def append(self, thread: Thread, moment: Moment) -> bool:
        self._meanwhile()
        if len(self.threads[thread.letter.id].moments) >= moment.number:
            return False
        self._write_down(moment)
        return True

    def page(
        self, portal: str, number: str, *, before: str | None, unread: bool, limit: int
    ) -> tuple[list[Entry], MailboxStatus | None]:
        entries = self._box(portal, number).entries
        wanted = [
            entries[key]
            for key in sorted(entries, reverse=True)
            if (before is None or key < before) and (not unread or entries[key].state in UNREAD)
        ]
        return wanted[:limit], self.mailbox(portal, number) if before is None and not unread else None

    def waiting(self, portal: str, number: str) -> list[Entry]:
        return [entry for entry in self._box(portal, number).entries.values() if entry.state == "waiting_for_account"]

    def released_by(self, portal: str, number: str, release: str) -> int:
        return list(self._box(portal, number).released.values()).count(release)

    def entries(self, keys: list[tuple[str, str, str]]) -> list[Entry | None]:
        return [self._box(portal, number).entries.get(key) for portal, number, key in keys]

    def _box(self, portal: str, number: str) -> Mailbox:
        return self.mailboxes.setdefault((portal, number), Mailbox())

    def _write_down(self, moment: Moment) -> None:
        thread = self.threads[moment.notification]
        self.threads[moment.notification] = Thread(thread.letter, (*thread.moments, moment))

    def _meanwhile(self) -> None:
        if self.before_writing:
            self.before_writing.pop(0)()


class Feed:
    """Events of institutions, numbered from one."""

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        self.events.setdefault(institution, []).extend(events)

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        numbered = list(enumerate(self.events.get(institution, []), start=1))
        return iter([(number, event) for number, event in reversed(numbered) if before is None or number < before])


class Holidays:
    """The days off that a test says."""

    def __init__(self, *days: date) -> None:
        self.days = frozenset(days)

    def for_term(self, start: date, working_days: int) -> frozenset[date]:
        return self.days


class Queues:
    """What was queued; what is named in `down` can't be."""

    def __init__(self, *, down: Iterable[str] = ()) -> None:
        self.sent: list[tuple[str, str]] = []
        self.events: list[tuple[str, list[str]]] = []
        self.down = set(down)

    def send(self, lane: str, item_id: str) -> None:
        self._demand(lane)
        self._demand(item_id)
        self.sent.append((lane, item_id))

    def send_events(self, institution: str, events: list[dict[str, Any]]) -> None:
        self._demand(institution)
        self.events.append((institution, [event["id"] for event in events]))

    def _demand(self, name: str) -> None:
        if name in self.down:
            raise ConnectionError(name)


@dataclass(frozen=True)
class Mail:
    """A mail as the use case made it: its name, its language and what its text is filled with."""

    name: str
    locale: str
    variables: dict[str, Any]
    to: str = ""
    sender_name: str = ""


class Templates:
    """Texts that are their own variables."""

    def render(self, name: str, locale: str, **variables: object) -> Mail:
        return Mail(name, locale, dict(variables))


class Mailer:
    """What was sent, oldest first."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.down = False

    def send(self, *, to: str, mail: Mail, sender_name: str) -> str:
        if self.down:
            raise ConnectionError("SES")
        self.sent.append(replace(mail, to=to, sender_name=sender_name))
        return f"message-{len(self.sent)}"

    @property
    def only(self) -> Mail:
        [mail] = self.sent
        return mail


class World:
    """All fakes together, as the wiring puts the adapters together."""

    def __init__(self, *portals: Portal) -> None:
        self.calls: list[str] = []
        self.clock = Clock()
        self.hasher = Hasher(self.calls)
        self.keys = Keys()
        self.portals = Portals(*portals)
        self.outbox = Outbox()
        self.slots = Slots()
        self.applications = Applications(self.outbox, self.calls)
        self.notifications = Notifications(self)
        self.accounts = Accounts(self)
        self.sessions = Sessions(self)
        self.institutions = Institutions()
        self.feed = Feed()
        self.holidays = Holidays()
        self.queues = Queues()
        self.templates = Templates()
        self.mailer = Mailer()

    @property
    def desk(self) -> Desk:
        return Desk(
            base_url=BASE_URL,
            outbox=self.outbox,
            portals=self.portals,
            applications=self.applications,
            accounts=self.accounts,
            slots=self.slots,
            notifications=self.notifications,
            keys=self.keys,
            templates=self.templates,
            mailer=self.mailer,
            clock=self.clock,
        )
