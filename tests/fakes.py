"""The world in memory: a hand-written fake for each port, sharing what the tables share, behind one frozen clock.

A fake keeps the promises of its port (conditions, order, what is gone stays gone), and counts what it is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, cast

from tests.fake_attachments import AttachmentFiles, Attachments
from tests.fake_batches import Batches, BatchFiles
from tests.fake_openid import OpenidKeys, Poster, Secret, SignOns
from tests.fake_webhooks import Courier, Webhooks
from ventanilla.domain.accounts import TRIES, Account, Application, Slot
from ventanilla.domain.audit import AuditEntry
from ventanilla.domain.captcha import CaptchaBinding, captcha_refused
from ventanilla.domain.errors import Busy, NotFound, RegistryDown, TokenGone
from ventanilla.domain.grants import Grant, Seats
from ventanilla.domain.identifiers import Identifier
from ventanilla.domain.ids import slot_of
from ventanilla.domain.institutions import Institution, InstitutionKey, shadow_of
from ventanilla.domain.keys import Nonce
from ventanilla.domain.machine import done
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
from ventanilla.domain.registry import RegistryRecord
from ventanilla.domain.security_questions import Question
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.domain.simulation import mailbox_of
from ventanilla.domain.throttling import Failures, Quota
from ventanilla.domain.tokens import Keyring, OneTimeToken, SigningKey
from ventanilla.usecases.attachments import Cupboard
from ventanilla.usecases.desk import Desk
from ventanilla.usecases.rulings import Ruling

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


class Authenticators:
    """Apps that all show the same at present."""

    def __init__(self) -> None:
        self.shown = "123456"

    def secret(self, ref: str, enrolment: str) -> str:
        return f"secret of {ref} {enrolment}"

    def address(self, secret: str, *, name: str, issuer: str) -> str:
        return f"otpauth:{issuer}:{name}:{secret}"

    def accepts(
        self, ref: str, enrolment: str, password: str, *, last: int | None, hours: tuple[datetime, ...]
    ) -> int | None:
        step = int(hours[0].timestamp()) // 30
        return step if password == self.shown and step != last else None


class Portals:
    """The definitions in force, and the lists of security questions that they name."""

    def __init__(self, *portals: Portal) -> None:
        self._portals = {portal.id: portal for portal in portals}
        self.lists: dict[str, tuple[Question, ...]] = {}

    def get(self, portal_id: str) -> Portal:
        if portal_id not in self._portals:
            raise NotFound(portal=portal_id)
        return self._portals[portal_id]

    def questions(self, name: str) -> tuple[Question, ...]:
        return self.lists[name]


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

    def replace(self, item: OutboxItem, owed: Sequence[OutboxItem]) -> bool:
        if item.id not in self.items or any(following.id in self.items for following in owed):
            return False
        self.done(item)
        for following in owed:
            self.put(following)
        return True

    def nudge(self, item: OutboxItem) -> None:
        self.put(item)
        kept = self.items[item.id]
        self.items[item.id] = replace(kept, nudges=kept.nudges + 1)

    def settle(self, item: OutboxItem) -> bool:
        if item.id not in self.items or self.items[item.id].nudges != item.nudges:
            return False
        self.done(item)
        return True

    def postpone(self, item: OutboxItem, at: datetime) -> None:
        if item.id in self.items:
            self.due_at[item.id] = at

    def due(self, now: datetime) -> Iterator[OutboxItem]:
        return iter([item for item in self.items.values() if self.due_at[item.id] <= now])

    def claim(self, item: OutboxItem, now: datetime) -> bool:
        if item.id not in self.items or self.due_at[item.id] > now:
            return False
        self.due_at[item.id] = next_due(item.since, now)
        return True

    @property
    def kinds(self) -> list[str]:
        return [item.kind for item in self.items.values()]

    @property
    def only(self) -> OutboxItem:
        [item] = self.items.values()
        return item

    def of(self, kind: str) -> list[OutboxItem]:
        return [item for item in self.items.values() if item.kind == kind]


class Applications:
    """What waits for an account, by slot and id."""

    def __init__(self, outbox: Outbox, slots: Slots, calls: list[str]) -> None:
        self._outbox = outbox
        self._slots = slots
        self._calls = calls
        self.kept: dict[tuple[str, str], Application] = {}
        self.before_writing: list[Callable[[], object]] = []
        """What happens between somebody's read and write."""

    @property
    def only(self) -> Application:
        [application] = self.kept.values()
        return application

    def submit(self, application: Application, owed: OutboxItem | None, captcha: Nonce | None = None) -> None:
        self._calls.append("submit")
        if captcha and captcha.name in self._slots.nonces:
            raise captcha_refused("captcha_used")
        if (application.slot, application.id) in self.kept:
            raise Busy
        if captcha:
            self._slots.nonces.add(captcha.name)
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

    def change(self, before: Application, after: Application, *, owed: Sequence[OutboxItem] = ()) -> bool:
        if self.before_writing:
            self.before_writing.pop(0)()
        if not self.is_as(before):
            return False
        self.keep(after)
        for item in owed:
            self._outbox.put(item)
        return True

    def is_as(self, before: Application) -> bool:
        """Whether an application is as it was read."""
        kept = self.kept.get((before.slot, before.id))
        return kept is not None and (kept.state, kept.link) == (before.state, before.link)

    def receive(self, before: Application, kind: str, record: dict[str, str]) -> Application | None:
        kept = self.kept.get((before.slot, before.id))
        if kept is None or kept.state != "documents" or kept.documents != before.documents:
            return None
        return self.keep(replace(kept, documents={**kept.documents, kind: record}))

    def queue(self, portal: str, state: str, after: str | None, limit: int) -> list[Application]:
        reviewed = [one for one in self.kept.values() if one.reviewed and (one.portal, one.state) == (portal, state)]
        return sorted((one for one in reviewed if after is None or one.id > after), key=lambda one: one.id)[:limit]

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

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls
        self.held: dict[tuple[str, str], Slot] = {}
        self.mails: dict[tuple[str, str], tuple[datetime, set[str]]] = {}
        self.nonces: set[str] = set()
        self.before_holding: Callable[[], object] | None = None

    def slot(self, purpose: str, slot: str) -> Slot | None:
        return self.held.get((purpose, slot))

    def take_try(self, slot: Slot, now: datetime) -> bool:
        held = self.held.get((slot.purpose, slot.slot))
        if held is None or held.id != slot.id or held.tries >= TRIES or held.expires_at <= now:
            return False
        self.held[slot.purpose, slot.slot] = replace(held, tries=held.tries + 1)
        return True

    def give_back(self, slot: Slot) -> None:
        held = self.held[slot.purpose, slot.slot]
        self.held[slot.purpose, slot.slot] = replace(held, tries=held.tries - 1)

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
        self._calls.append("use")
        if nonce.name in self.nonces:
            return False
        self.nonces.add(nonce.name)
        return True


class Captcha:
    """Solutions that say what they are good for: `action portal secret`, for as long as a test wants."""

    def __init__(self) -> None:
        self.expires_at = NOW + timedelta(days=1)

    def challenge(self, binding: CaptchaBinding, now: datetime) -> dict[str, Any]:
        raise AssertionError

    def read(self, text: str, now: datetime) -> tuple[CaptchaBinding, str]:
        if len(text.split()) != 3:
            raise captcha_refused("captcha_wrong")
        action, portal, secret = text.split()
        return CaptchaBinding(cast("Any", action), portal, self.expires_at), secret


class Counters:
    """Counters on their own; as many as `rivals` count first."""

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls
        self.failures: dict[str, Failures] = {}
        self.rivals = 0

    def counted(self, name: str, now: datetime) -> Failures:
        return self.failures.get(name, Failures(name, 0))

    def count(self, before: Failures, after: Failures, now: datetime) -> bool:
        if self.rivals:
            self.rivals -= 1
            return False
        self._calls.append("count")
        self.failures[before.name] = after
        return True


class IdentityRegistry:
    """Who is known, by number."""

    def __init__(self, calls: list[str]) -> None:
        self._calls = calls
        self.people: dict[str, RegistryRecord] = {}
        self.is_down = False

    def find(self, identifier: Identifier) -> RegistryRecord | None:
        self._calls.append("find")
        if self.is_down:
            raise RegistryDown
        return self.people.get(identifier.number)


class Audits:
    """What staff and operators have done, by account."""

    def __init__(self) -> None:
        self.trails: dict[str, tuple[AuditEntry, ...]] = {}

    def trail(self, account: str) -> tuple[AuditEntry, ...]:
        return self.trails.get(account, ())

    def append(self, entry: AuditEntry) -> bool:
        if not self.is_next(entry):
            return False
        self.trails[entry.account] = (*self.trail(entry.account), entry)
        return True

    def is_next(self, entry: AuditEntry) -> bool:
        return entry.number == len(self.trail(entry.account)) + 1


class Accounts:
    """Accounts, and what their sessions share."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.kept: dict[tuple[str, str], Account] = {}
        self.states: dict[str, SessionState] = {}
        self.seats: dict[tuple[str, Grant, int], tuple[str, datetime | None]] = {}
        """Who holds which place of a role at a portal, and until when, if it waits for a confirmation."""
        self.before_writing: list[Callable[[], object]] = []
        """What happens between somebody's read and write."""

    @property
    def only(self) -> Account:
        [account] = self.kept.values()
        return account

    def get(self, portal: str, number: str) -> Account | None:
        self._world.calls.append("get account")
        account = self.kept.get((portal, number))
        return account if account and account.status != "closed" else None

    def several(self, *keys: tuple[str, str]) -> list[Account | None]:
        return [self.get(*key) for key in keys]

    def key_of(self, ref: str) -> tuple[str, str] | None:
        state = self.states.get(ref)
        return (state.portal, state.number) if state else None

    def with_slot(self, portal: str, number: str, purpose: str, slot: str) -> tuple[Account | None, Slot | None]:
        return self.get(portal, number), self._world.slots.slot(purpose, slot)

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
        self._meanwhile()
        kept = self._world.applications.kept.get((application.slot, application.id))
        there = self.get(account.portal, account.number)
        if (
            kept is None
            or not self._world.applications.is_as(application)
            or (there and there.epoch) != (before and before.epoch)
        ):
            raise TokenGone
        seats = [(account.portal, Grant(seat.role, seat.scope), seat.place) for seat in application.seats]
        if any(self.seats.get(seat, ("", None))[0] != account.number for seat in seats):
            raise TokenGone
        if entered and not self._world.sessions.start(*entered, account.created_at, rehashed=None):
            raise TokenGone
        if application.is_record:
            self._world.applications.keep(done(application, account.created_at))
        else:
            del self._world.applications.kept[application.slot, application.id]
        self.keep(account)
        self.seats.update(dict.fromkeys(seats, (account.number, None)))
        if opens_mailbox:
            self._world.notifications.open_mailbox(account.portal, account.number)
        self._owe(*owed)

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
        self._meanwhile()
        held = self._world.slots.held.get((used.purpose, used.slot)) if used else None
        if not self.is_as(before) or (used and (held is None or held.id != used.id)):
            raise TokenGone
        if audited and not self._world.audits.append(audited):
            raise TokenGone
        if used:
            del self._world.slots.held[used.purpose, used.slot]
        self.keep(after)
        if keep:
            kept = self._world.sessions.kept[keep.ref, keep.secret_hash]
            self._world.sessions.keep(replace(kept, epoch=after.epoch))
        if close_mailbox:
            self._world.notifications.mailboxes[before.portal, before.number].open = False
        self._owe(owed, also_owed)

    def note_mail(self, before: Account, after: Account) -> bool:
        self._meanwhile()
        kept = self.kept[before.portal, before.number]
        if (kept.epoch, kept.email, kept.todo, kept.bounces) != (
            before.epoch,
            before.email,
            before.todo,
            before.bounces,
        ):
            return False
        self.keep(after)
        return True

    def is_as(self, before: Account) -> bool:
        """Whether an account is of the epoch that was read."""
        kept = self.kept.get((before.portal, before.number))
        return kept is not None and kept.epoch == before.epoch

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
            grants=account.grants,
            accepted=account.accepted,
        )
        return account

    def _owe(self, *owed: OutboxItem | None) -> None:
        for item in owed:
            if item:
                self._world.outbox.put(item)

    def _meanwhile(self) -> None:
        if self.before_writing:
            self.before_writing.pop(0)()


class Reviews:
    """Decisions: application, places of roles, accounts and what is owed, together or not at all."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.before_writing: list[Callable[[], object]] = []
        """What happens between somebody's read and write."""

    def facts(
        self, portal: str, numbers: Sequence[str | None], quotas: Mapping[Grant, int], now: datetime
    ) -> tuple[dict[str, Account], Seats]:
        accounts = [self._world.accounts.kept.get((portal, number)) for number in numbers if number]
        seats = {
            (grant, place): holder
            for (of, grant, place), (holder, until) in self._world.accounts.seats.items()
            if of == portal and place <= quotas.get(grant, 0) and (until is None or until > now)
        }
        return {one.number: one for one in accounts if one and one.status == "active"}, seats

    def holders(self, portal: str, grant: Grant, places: int) -> list[str]:
        held = sorted(
            (key[2], holder) for key, (holder, _) in self._world.accounts.seats.items() if key[:2] == (portal, grant)
        )
        return [holder for place, holder in held if place <= places]

    def rule(self, ruling: Ruling) -> bool:
        if self.before_writing:
            self.before_writing.pop(0)()
        accounts, portal = self._world.accounts, ruling.before.portal
        places = {(portal, one.grant, one.place): one for one in ruling.seats}
        stands = [
            self._world.applications.is_as(ruling.before),
            *(accounts.is_as(before) for before, _ in ruling.accounts),
            *(self._holder(place, ruling.at) == change.before for place, change in places.items()),
        ]
        if not all(stands):
            return False
        self._world.applications.keep(ruling.after)
        for _, after in ruling.accounts:
            accounts.keep(after)
        for place, change in places.items():
            until = ruling.after.expires_at if ruling.after.state == "confirm" else None
            accounts.seats.pop(place, None)
            if change.after:
                accounts.seats[place] = change.after, until
        for item in ruling.owed:
            self._world.outbox.put(item)
        if ruling.institution:
            self._world.institutions.add(ruling.institution)
        return True

    def _holder(self, place: tuple[str, Grant, int], now: datetime) -> str | None:
        holder, until = self._world.accounts.seats.get(place, (None, None))
        return holder if until is None or until > now else None


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
        self, portal: str, number: str, counters: Sequence[str], now: datetime, *, application: str | None = None
    ) -> tuple[Account | None, list[Failures], Application | None]:
        named = " and an application" if application else ""
        self._world.calls.append(f"facts and {len(counters)} counters{named}")
        account = self._world.accounts.kept.get((portal, number))
        waiting = self._world.applications.kept.get((slot_of(portal, number), application or ""))
        return account, [self.failures.get(name, Failures(name, 0)) for name in counters], waiting

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
        self._forget(session, cleared)
        if rehashed:
            account, password_hash = rehashed
            self._world.accounts.keep(replace(account, password_hash=password_hash))
        return True

    def prove(
        self, before: Session, after: Session, owner: tuple[Account, Account], cleared: Failures, now: datetime
    ) -> bool:
        self._world.calls.append("write")
        counted = self.failures.get(cleared.name, Failures(cleared.name, 0))
        if not self._may_write() or counted.wait(now):
            return False
        account, left = owner
        key = before.ref, before.secret_hash
        if key not in self.kept or self.kept[key].epoch != before.epoch:
            return False
        if account != left:
            if self._world.accounts.kept[account.portal, account.number] != account:
                return False
            self._world.accounts.keep(left)
        self.keep(after)
        self._forget(after, cleared)
        return True

    def note(self, before: Session, after: Session) -> None:
        if (before.ref, before.secret_hash) in self.kept:
            self.keep(after)

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

    def end(self, session: Session, owed: OutboxItem | None = None) -> None:
        if self.kept.pop((session.ref, session.secret_hash), None) and owed:
            self._world.outbox.put(owed)

    def keep(self, session: Session) -> Session:
        self.kept[session.ref, session.secret_hash] = session
        return session

    def _forget(self, session: Session, cleared: Failures) -> None:
        if not session.todo:
            self.failures[cleared.name] = Failures(cleared.name, 0)

    def _may_write(self) -> bool:
        return self.before_writing.pop(0)() if self.before_writing else True


class Quotas:
    """Quotas, one by one."""

    def __init__(self) -> None:
        self.used: dict[tuple[str, str], int] = {}

    def use(self, quota: Quota, who: str, now: datetime) -> int:
        if self.used.get((quota.name, who), 0) >= quota.limit:
            return 60
        self.used[quota.name, who] = self.used.get((quota.name, who), 0) + 1
        return 0


class Institutions:
    """Institutions and their keys."""

    def __init__(self, audits: Audits) -> None:
        self._audits = audits
        self.kept: dict[str, Institution] = {}
        self.keys: dict[str, InstitutionKey] = {}

    def add(self, institution: Institution) -> bool:
        return self.kept.setdefault(institution.id, institution) is institution

    def get(self, institution_id: str) -> Institution | None:
        return self.kept.get(institution_id)

    def change(self, before: Institution, after: Institution, audited: AuditEntry | None) -> bool:
        if self.kept.get(before.id) != before:
            return False
        self._audit(audited)
        self.kept[before.id] = after
        return True

    def keys_of(self, institution_id: str) -> list[InstitutionKey]:
        return [key for key in self.keys.values() if key.institution in (institution_id, shadow_of(institution_id))]

    def add_key(self, key: InstitutionKey, audited: AuditEntry | None = None) -> bool:
        if key.id in self.keys:
            return False
        self._audit(audited)
        self.keys[key.id] = key
        return True

    def revoke_key(self, institution_id: str, name: str, now: datetime, audited: AuditEntry | None = None) -> bool:
        key = self.keys.get(f"{institution_id}.{name}")
        if key is None or key.revoked_at:
            return False
        self._audit(audited)
        self.keys[key.id] = replace(key, revoked_at=now)
        return True

    def _audit(self, entry: AuditEntry | None) -> None:
        if entry and not self._audits.append(entry):
            raise Busy


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

    def post(
        self,
        letter: Letter,
        entry: Entry,
        *,
        nonce: Nonce | None,
        owed: OutboxItem | None,
        also_owed: OutboxItem | None = None,
    ) -> frozenset[str]:
        self._meanwhile()
        box = self._box_of(letter)
        is_open = entry.state == "available"
        refused = {
            "nonce": nonce is not None and nonce.name in self._world.slots.nonces,
            "letter": letter.id in self.threads,
            "mailbox": entry.state != "accepted" and box.open != is_open and not letter.is_test,
        }
        if any(refused.values()):
            return frozenset(name for name, stands in refused.items() if stands)
        if nonce:
            self._world.slots.nonces.add(nonce.name)
        self.threads[letter.id] = Thread(letter, ())
        box.entries[entry.key] = entry
        box.unread += is_open
        for item in (owed, also_owed):
            if item:
                self._world.outbox.put(item)
        return frozenset()

    def advance(
        self,
        thread: Thread,
        moment: Moment,
        *,
        before: tuple[State, ...],
        deadline: Deadline | None = None,
        owed: Sequence[OutboxItem] = (),
    ) -> bool:
        self._meanwhile()
        letter = thread.letter
        box = self._box_of(letter)
        entry = box.entries[letter.entry]
        releases = moment.event == "available"
        if len(self.threads[letter.id].moments) >= moment.number or entry.state not in before:
            return False
        wrong = (releases and not box.open) or (moment.event == "waiting_for_account" and box.open)
        if wrong and not letter.is_test:
            return False
        self._write_down(moment)
        box.entries[entry.key] = replace(
            entry,
            state=thread.after(moment).state,
            opened_at=moment.at if moment.event == "opened" else entry.opened_at,
            deadline=deadline or entry.deadline,
        )
        if releases:
            box.released[entry.key] = moment.by
            box.unread += 1
        elif moment.event in ("opened", "cancelled") and thread.unread:
            box.unread -= 1
        for item in owed:
            self._world.outbox.put(item)
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
            if (before is None or key < before) and (not unread or _is_unread(entries[key]))
        ]
        return wanted[:limit], self.mailbox(portal, number) if before is None and not unread else None

    def waiting(self, portal: str, number: str) -> list[Entry]:
        return [entry for entry in self._box(portal, number).entries.values() if entry.state == "waiting_for_account"]

    def released_by(self, portal: str, number: str, release: str) -> int:
        return list(self._box(portal, number).released.values()).count(release)

    def entries(self, keys: list[tuple[str, str, str]]) -> list[Entry | None]:
        return [self._box(portal, number).entries.get(key) for portal, number, key in keys]

    def _box_of(self, letter: Letter) -> Mailbox:
        mailbox = mailbox_of(letter.institution, letter.recipient)
        return self._box(mailbox.portal, mailbox.number)

    def _box(self, portal: str, number: str) -> Mailbox:
        return self.mailboxes.setdefault((portal, number), Mailbox())

    def _write_down(self, moment: Moment) -> None:
        thread = self.threads[moment.notification]
        self.threads[moment.notification] = Thread(thread.letter, (*thread.moments, moment))

    def _meanwhile(self) -> None:
        if self.before_writing:
            self.before_writing.pop(0)()


def _is_unread(entry: Entry) -> bool:
    return entry.state in UNREAD or (entry.state == "deadline_passed" and entry.opened_at is None)


class Feed:
    """Events of institutions, numbered from one."""

    def __init__(self) -> None:
        self.events: dict[str, list[dict[str, Any]]] = {}

    def append(self, institution: str, events: Sequence[dict[str, Any]]) -> None:
        self.events.setdefault(institution, []).extend(events)

    def backwards(self, institution: str, before: int | None) -> Iterator[tuple[int, dict[str, Any]]]:
        numbered = list(enumerate(self.events.get(institution, []), start=1))
        return iter([(number, event) for number, event in reversed(numbered) if before is None or number < before])

    def forwards(self, institution: str, after: int, limit: int) -> list[tuple[int, dict[str, Any]]]:
        numbered = enumerate(self.events.get(institution, []), start=1)
        return [(number, event) for number, event in numbered if number > after][:limit]


class Holidays:
    """The days off that a test says."""

    def __init__(self, *days: date, **cantons: date) -> None:
        self.days = frozenset(days)
        self.cantons = {name.removeprefix("canton_"): day for name, day in cantons.items()}

    def for_term(self, start: date, working_days: int, canton: str | None = None) -> dict[date, str]:
        local = {self.cantons[canton]: "Feriado local"} if canton in self.cantons else {}
        return {**dict.fromkeys(self.days, "Feriado"), **local}


class Queues:
    """What was queued; what is named in `down` can't be."""

    def __init__(self, *, down: Iterable[str] = ()) -> None:
        self.sent: list[tuple[str, str]] = []
        self.delays: dict[str, int] = {}
        self.events: list[tuple[str, list[str]]] = []
        self.down = set(down)

    def send(self, lane: str, item_id: str, delay: int = 0) -> None:
        self._demand(lane)
        self._demand(item_id)
        self.sent.append((lane, item_id))
        self.delays[item_id] = delay

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
    tags: dict[str, str] = field(default_factory=dict)


class Templates:
    """Texts that are their own variables."""

    def render(self, name: str, locale: str, **variables: object) -> Mail:
        return Mail(name, locale, dict(variables))


class Mailer:
    """What was sent, oldest first."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.down = False

    def send(self, *, to: str, mail: Mail, sender_name: str, tags: Mapping[str, str] | None = None) -> str:
        if self.down:
            raise ConnectionError("SES")
        self.sent.append(replace(mail, to=to, sender_name=sender_name, tags=dict(tags or {})))
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
        self.slots = Slots(self.calls)
        self.captcha = Captcha()
        self.counters = Counters(self.calls)
        self.registry = IdentityRegistry(self.calls)
        self.authenticators = Authenticators()
        self.audits = Audits()
        self.applications = Applications(self.outbox, self.slots, self.calls)
        self.notifications = Notifications(self)
        self.accounts = Accounts(self)
        self.sessions = Sessions(self)
        self.reviews = Reviews(self)
        self.institutions = Institutions(self.audits)
        self.quotas = Quotas()
        self.attachments = Attachments()
        self.attachment_files = AttachmentFiles()
        self.cupboard = Cupboard(self.attachments, self.attachment_files)
        self.batches = Batches(self.outbox)
        self.batch_files = BatchFiles()
        self.feed = Feed()
        self.holidays = Holidays()
        self.queues = Queues()
        self.webhooks = Webhooks(self.audits, self.outbox)
        self.courier = Courier()
        self.sign_ons = SignOns(self)
        self.openid_keys = OpenidKeys()
        self.openid_secret = Secret()
        self.poster = Poster()
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
