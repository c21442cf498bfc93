"""Whatever another process does between any two calls to AWS, what must hold holds.

Each test lets one process act, and stand still between two of its calls while another acts from beginning to end:
once for each place. What chance would find once in a thousand times is tried each time.
"""

from __future__ import annotations

import dataclasses
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import pytest
from botocore.client import BaseClient

from local.cfn import REGION
from local.outbox import Mail, read_mail
from tests.conftest import Stage
from tests.fakes import NOW
from tests.makers import make_cedula
from ventanilla.adapters.dynamo import Dynamo
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.errors import (
    AlreadyOpened,
    Busy,
    Cancelled,
    InvalidCredentials,
    ReferenceTaken,
    TokenGone,
    TooManyAttempts,
    Unauthenticated,
    VentanillaError,
)
from ventanilla.domain.ids import random_id
from ventanilla.domain.institutions import Institution
from ventanilla.domain.notifications import Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import CurrentSession
from ventanilla.schemas.notifications import Draft
from ventanilla.schemas.profile import PasswordAgain, PasswordChange, ProfileChange
from ventanilla.schemas.resets import ResetConfirmation
from ventanilla.schemas.sessions import SignIn
from ventanilla.schemas.verification import Verification
from ventanilla.usecases import account as account_usecase
from ventanilla.usecases import inbox, notify, openid_logout, reset, sent, sessions
from ventanilla.usecases.mail import deliver
from ventanilla.usecases.notify import Sender
from ventanilla.usecases.release import release
from ventanilla.usecases.verify import open_account, verify
from ventanilla.wiring import Services

pytestmark = pytest.mark.slow

OLD, NEW = "cuatro llamas bajo la lluvia", "otra frase con doce volcanes"
SENDER = Sender(Institution("municipio-ejemplo", "Municipio de Ejemplo", {}, ("demo",)), "municipio-ejemplo.k1")
_SERIALS = itertools.count(1)
_MOST_CALLS = 30


class Process:
    """What one process of the product does, with connections and memory of its own."""

    def __init__(self, services: Services) -> None:
        self.s = services

    def person(self) -> Person:
        return Person(make_cedula(17, next(_SERIALS)), f"persona{next(_SERIALS)}@example.ec")

    def apply(self, person: Person, password: str = OLD) -> Application:
        """Put an application down, with the outbox item for its mail."""
        now = self.s.clock.now()
        application = Application(
            id=random_id().upper(),
            portal="demo",
            channel="self",
            number=person.number,
            kind="cedula",
            state="confirm",
            email=person.email,
            profile={"given_names": "Ana", "surnames": "Paz"},
            locale="es",
            created_at=now,
            expires_at=now + timedelta(days=30),
            link_expires_at=now + timedelta(hours=24),
            password_hash=self.s.hasher.hash(password),
        )
        about = {"slot": application.slot, "application": application.id}
        self.s.applications.submit(application, OutboxItem("registration", about, now))
        return application

    def born(self, person: Person, password: str = OLD) -> Account:
        """Let somebody have an account, as it is in life; what is owed for it is still to be done."""
        application = self.apply(person, password)
        portal = self.s.portals.get("demo")
        open_account(
            application, str(application.password_hash), portal=portal, accounts=self.s.accounts, now=self.s.clock.now()
        )
        return self.account(person)

    def account(self, person: Person) -> Account:
        account = self.s.accounts.get("demo", person.number)
        assert account
        return account

    def do(self, usecase: Callable[..., Any], *what: Any) -> Any:
        """Run a use case with the collaborators that it asks for by name, as the functions do."""
        named = [one.name for one in inspect.signature(usecase).parameters.values() if one.kind is one.KEYWORD_ONLY]
        lent = {name: getattr(self.s, name, None) for name in named}
        if "catalogues" in lent:
            lent["catalogues"] = self.s.portals.catalogue
        return usecase(*what, **lent)

    def enter(self, person: Person, password: str = OLD) -> str:
        attempt = SignIn(portal="demo", identifier=person.number, password=password)
        return str(self.do(sessions.sign_in, attempt, sessions.Caller("10.0.0.1")).answer.token)

    def current(self, token: str) -> CurrentSession:
        current: CurrentSession = self.do(sessions.current_session, token)
        return current

    def post(self, person: Person, reference: str = "", **changes: Any) -> Any:
        draft = {
            "reference": reference or f"RES-{next(_SERIALS)}",
            "portal": "demo",
            "recipient": {"kind": "cedula", "number": person.number},
            "subject": "Resolución",
            "body": "Texto",
            **changes,
        }
        named = notify.named_by(SENDER.institution.id, draft)
        assert named
        self.s.dynamo.anticipate(*self.s.notifications.keys_for_post(*named))  # as the web reads ahead
        return self.do(notify.post, Draft.model_validate(draft), SENDER)[0]

    def open(self, notification: str, current: CurrentSession) -> Any:
        return self.do(inbox.open_notification, notification, current)

    def cancel(self, notification: str) -> Any:
        return self.do(sent.cancel, notification, SENDER)

    def release(self, item_id: str) -> Any:
        return self.do(release, item_id)

    def deliver(self, item_id: str) -> Any:
        return deliver(item_id, self.s.desk)

    def tell(self, item_id: str) -> Any:
        return openid_logout.tell(
            item_id,
            self.s.issuers,
            outbox=self.s.outbox,
            portals=self.s.portals,
            sign_ons=self.s.sign_ons,
            signing=self.s.openid_keys,
            secret=self.s.openid_secret,
            poster=self.s.courier,
            clock=self.s.clock,
        )

    def owed(self, kind: str | None = None, **about: str) -> list[OutboxItem]:
        """Return what is still owed, of a kind or about something."""
        items = self.s.outbox.due(NOW + timedelta(days=1))
        return [item for item in items if kind in (None, item.kind) and about.items() <= item.about.items()]

    def work_off(self) -> None:
        """Do all that is owed, as the queues will sooner or later."""
        for _ in range(3):
            for item in self.owed():
                {"release": self.release, "signout": self.tell}.get(item.lane, self.deliver)(item.id)

    def close(self, current: CurrentSession, password: str = OLD) -> None:
        self.do(account_usecase.close, PasswordAgain(current_password=password), current)

    def change_password(self, current: CurrentSession, old: str = OLD, new: str = NEW) -> Any:
        return self.do(account_usecase.change_password, PasswordChange(current=old, new=new), current)

    def change_address(self, current: CurrentSession, email: str) -> Any:
        change = ProfileChange.model_validate({"email": email, "current_password": OLD})
        return self.do(account_usecase.change_profile, change, current)

    def ask_for_reset(self, person: Person) -> str:
        item = OutboxItem("reset", {"portal": "demo", "number": person.number}, self.s.clock.now())
        self.s.outbox.put(item)
        return item.id

    def reset(self, token: str, password: str) -> None:
        self.do(reset.confirm, ResetConfirmation(token=token, password=password))

    def verify(self, token: str, password: str | None = None) -> Any:
        return self.do(verify, Verification(token=token, password=password))


@dataclass(frozen=True)
class Person:
    number: str
    email: str


@dataclass
class Town:
    """Two processes on the same stores."""

    stage: Stage
    one: Process
    other: Process

    def mails(self, email: str) -> list[Mail]:
        return [mail for mail in (read_mail(message, "") for message in self.stage.mails) if mail.to == email]

    def token(self, email: str, page: str) -> str:
        *_, newest = [mail.text for mail in self.mails(email) if f"/{page}#token=" in mail.text]
        return newest.partition("#token=")[2].split()[0]

    def thread(self, notification: str) -> Thread:
        thread = self.one.s.notifications.thread(notification)
        assert thread
        return thread

    def is_sound(self, person: Person) -> None:
        """The mailbox counts what it holds, list and timelines agree, and no timeline was bent."""
        entries, status = self.one.s.notifications.page("demo", person.number, before=None, unread=False, limit=50)
        unread, _ = self.one.s.notifications.page("demo", person.number, before=None, unread=True, limit=50)
        assert status
        lying = [entry for entry in entries if entry.state in ("available", "alerted")]
        assert status.unread == len(lying) == len(unread)
        for entry in entries:
            thread = self.thread(entry.notification)
            assert thread.is_whole()
            assert thread.state == entry.state
            assert len({moment.key for moment in thread.moments}) == len(thread.moments)

    def between(
        self, prepare: Callable[[], Any], first: Callable[[Any], Any], second: Callable[[Any], Any]
    ) -> Iterator[tuple[Any, Any, Any]]:
        """Yield what was prepared and what each did, for the second acting between any two calls of the first."""
        for at in range(2, _MOST_CALLS):
            self.stage.clear()
            prepared = prepare()
            did: dict[str, Any] = {}
            acts = (partial(_note, did, "first", first, prepared), partial(_note, did, "second", second, prepared))
            calls = self._interrupted(at, *acts)
            if "second" not in did:  # undisturbed for so long, the first was done before
                assert at > 2, "there is nothing between"
                return
            yield prepared, did["first"], did["second"]
            if calls <= at:
                return
        pytest.fail(f"more than {_MOST_CALLS} calls")

    @staticmethod
    def _interrupted(at: int, act: Callable[[], None], meanwhile: Callable[[], None]) -> int:
        made, inside = itertools.count(1), [False]
        last = 0
        make = BaseClient._make_api_call

        def call(client: BaseClient, operation: str, sent: dict[str, Any]) -> Any:
            nonlocal last
            if not inside[0]:
                last = next(made)
                if last == at:
                    inside[0] = True
                    meanwhile()
                    inside[0] = False
            return make(client, operation, sent)

        with patch.object(BaseClient, "_make_api_call", call):
            act()
        return last


def _note(did: dict[str, Any], who: str, act: Callable[[Any], Any], prepared: Any) -> None:
    try:
        did[who] = act(prepared)
    except VentanillaError as refusal:
        did[who] = refusal


@pytest.fixture
def town(services: Services, stage: Stage) -> Iterator[Town]:
    other = Services(services.settings)
    other.__dict__.update(clock=services.clock, hasher=services.hasher, dynamo=Dynamo(REGION))
    with patch.object(other, "_client", stage.client):
        yield Town(stage, Process(services), Process(other))


@dataclass
class Citizen:
    """Somebody with an account, a session and a notification that was just posted."""

    person: Person
    current: CurrentSession
    notification: str
    alert: str


@pytest.fixture
def notified(town: Town) -> Callable[[], Citizen]:
    def prepare() -> Citizen:
        person = town.one.person()
        town.one.born(person)
        town.one.work_off()
        current = town.one.current(town.one.enter(person))
        posted = town.one.post(person)
        [alert] = town.one.owed("alert")
        return Citizen(person, current, posted.id, alert.id)

    return prepare


class TestAlert:
    def alerted(self, town, citizen):
        return len([mail for mail in town.mails(citizen.person.email) if "Tiene una notificación" in mail.subject])

    @pytest.mark.parametrize("first", ["alert", "open"])
    def test_an_opening_meanwhile_is_told_too_and_neither_twice(self, town, notified, first):
        alert, open_ = (lambda c: town.one.deliver(c.alert)), (lambda c: town.other.open(c.notification, c.current))
        acts = (alert, open_) if first == "alert" else (open_, alert)
        for citizen, *_ in town.between(notified, *acts):
            events = [event for event, _ in town.thread(citizen.notification).events]
            assert events.count("opened") == 1
            assert events.count("alerted") == self.alerted(town, citizen) <= 1
            town.is_sound(citizen.person)
            assert town.one.owed("alert") == []

    @pytest.mark.parametrize("first", ["alert", "cancel"])
    def test_what_is_cancelled_meanwhile_stays_so(self, town, notified, first):
        alert, cancel = (lambda c: town.one.deliver(c.alert)), (lambda c: town.other.cancel(c.notification))
        acts = (alert, cancel) if first == "alert" else (cancel, alert)
        for citizen, *_ in town.between(notified, *acts):
            thread = town.thread(citizen.notification)
            assert thread.state == "cancelled"
            assert thread.has("alerted") == (self.alerted(town, citizen) == 1)
            town.is_sound(citizen.person)

    def test_a_message_that_comes_to_two_processes_is_written_down_once(self, town, notified):
        for citizen, *_ in town.between(
            notified, lambda c: town.one.deliver(c.alert), lambda c: town.other.deliver(c.alert)
        ):
            events = [event for event, _ in town.thread(citizen.notification).events]
            assert events == ["accepted", "available", "alerted"]
            assert 1 <= self.alerted(town, citizen) <= 2
            town.is_sound(citizen.person)


class TestOpening:
    @pytest.mark.parametrize("first", ["open", "cancel"])
    def test_either_it_is_opened_or_it_is_cancelled(self, town, notified, first):
        open_, cancel = (
            (lambda c: town.one.open(c.notification, c.current)),
            (lambda c: town.other.cancel(c.notification)),
        )
        acts = (open_, cancel) if first == "open" else (cancel, open_)
        for citizen, *did in town.between(notified, *acts):
            opened, cancelled = did if first == "open" else did[::-1]
            thread = town.thread(citizen.notification)
            if thread.state == "opened":
                assert isinstance(cancelled, AlreadyOpened)
                assert opened.body == "Texto"
            else:
                assert thread.state == "cancelled"
                assert isinstance(opened, Cancelled)
                assert not thread.when("opened")
            town.is_sound(citizen.person)

    def test_from_two_devices_it_is_recorded_once(self, town, notified):
        for citizen, first, second in town.between(
            notified,
            lambda c: town.one.open(c.notification, c.current),
            lambda c: town.other.open(c.notification, c.current),
        ):
            events = [event for event, _ in town.thread(citizen.notification).events]
            assert events.count("opened") == 1
            assert first.opened_at == second.opened_at
            town.is_sound(citizen.person)


class TestMailboxThatOpens:
    """Nothing that is posted while the account is born gets stuck, and somebody is told of it once."""

    @pytest.mark.parametrize("first", ["post", "open"])
    def test_a_notification_of_that_moment_becomes_available_and_is_told_of(self, town, first):
        post, born = town.one.post, town.other.born
        acts = (post, born) if first == "post" else (born, post)
        for person, *did in town.between(town.one.person, *acts):
            posted, _ = did if first == "post" else did[::-1]
            town.one.work_off()
            assert town.thread(posted.id).state in ("available", "alerted")
            told = [mail for mail in town.mails(person.email) if "onfirm" not in mail.subject]
            assert len([mail for mail in told if "ya tiene" not in mail.subject]) == 1
            town.is_sound(person)

    def waiting(self, town, letters=1, *, enters=False):
        person = town.one.person()
        ids = [town.one.post(person).id for _ in range(letters)]
        town.one.born(person)
        [item] = town.one.owed("release")
        current = town.one.current(town.one.enter(person)) if enters else None
        return SimpleNamespace(person=person, ids=ids, item=item.id, current=current)

    def released(self, town, prepared):
        return [mail.subject for mail in town.mails(prepared.person.email) if "espera" in mail.subject]

    def test_a_release_that_comes_to_two_processes_is_done_once(self, town):
        for prepared, *_ in town.between(
            partial(self.waiting, town, 2), lambda p: town.one.release(p.item), lambda p: town.other.release(p.item)
        ):
            town.one.work_off()
            assert {town.thread(one).state for one in prepared.ids} == {"available"}
            assert self.released(town, prepared) == ["2 notificaciones le esperan en Portal de demostración"]
            town.is_sound(prepared.person)

    @pytest.mark.parametrize("first", ["release", "cancel"])
    def test_what_is_cancelled_meanwhile_is_not_released(self, town, first):
        release_, cancel = (lambda p: town.one.release(p.item)), (lambda p: town.other.cancel(p.ids[0]))
        acts = (release_, cancel) if first == "release" else (cancel, release_)
        for prepared, *_ in town.between(partial(self.waiting, town), *acts):
            town.one.work_off()
            assert town.thread(prepared.ids[0]).state == "cancelled"
            assert len(self.released(town, prepared)) <= 1
            town.is_sound(prepared.person)

    @pytest.mark.parametrize("first", ["release", "post"])
    def test_what_is_posted_meanwhile_is_told_of_by_itself(self, town, first):
        release_, post = (lambda p: town.one.release(p.item)), (lambda p: town.other.post(p.person))
        acts = (release_, post) if first == "release" else (post, release_)
        for prepared, *did in town.between(partial(self.waiting, town), *acts):
            posted = did[1] if first == "release" else did[0]
            town.one.work_off()
            assert town.thread(posted.id).state == "alerted"
            assert len(self.released(town, prepared)) == 1
            town.is_sound(prepared.person)

    @pytest.mark.parametrize("first", ["release", "close"])
    def test_an_account_that_is_closed_meanwhile_leaves_the_rest_waiting_and_nothing_owed_for_ever(self, town, first):
        release_, close = (lambda p: town.one.release(p.item)), (lambda p: town.other.close(p.current))
        acts = (release_, close) if first == "release" else (close, release_)
        for prepared, *_ in town.between(partial(self.waiting, town, enters=True), *acts):
            town.one.work_off()
            assert {town.thread(one).state for one in prepared.ids} <= {"available", "waiting_for_account"}
            assert town.one.owed() == []
            # and whoever takes the number up again finds them all
            town.one.born(prepared.person)
            town.one.work_off()
            assert {town.thread(one).state for one in prepared.ids} == {"available"}
            town.is_sound(prepared.person)

    @pytest.mark.parametrize("first", ["post", "close"])
    def test_a_post_while_the_account_is_closed_is_accepted_all_the_same(self, town, notified, first):
        post, close = (lambda c: town.one.post(c.person)), (lambda c: town.other.close(c.current))
        acts = (post, close) if first == "post" else (close, post)
        for citizen, *did in town.between(notified, *acts):
            posted = did[0] if first == "post" else did[1]
            assert town.thread(posted.id).state in ("available", "waiting_for_account")
            town.is_sound(citizen.person)


class TestPosting:
    def test_of_two_with_one_reference_and_other_content_one_is_taken(self, town):
        for person, first, second in town.between(
            town.one.person,
            lambda p: town.one.post(p, f"SAME-{p.number}", subject="Uno"),
            lambda p: town.other.post(p, f"SAME-{p.number}", subject="Dos"),
        ):
            assert [isinstance(one, ReferenceTaken) for one in (first, second)].count(True) == 1
            town.is_sound(person)

    def test_of_two_with_one_reference_and_the_same_content_both_have_the_same_answer(self, town):
        def prepare():
            person = town.one.person()
            town.one.born(person)
            return person

        for person, first, second in town.between(
            prepare, lambda p: town.one.post(p, f"ONCE-{p.number}"), lambda p: town.other.post(p, f"ONCE-{p.number}")
        ):
            assert first == second
            assert len(town.one.owed("alert")) == 1
            town.is_sound(person)


class TestMails:
    def test_two_people_who_share_an_address_are_both_written_to(self, town):
        def prepare():
            one, other = town.one.person(), town.one.person()
            town.one.apply(one)
            town.one.apply(dataclasses.replace(other, email=one.email))
            return one, [item.id for item in town.one.owed("registration")]

        for (one, _), *_ in town.between(
            prepare, lambda p: town.one.deliver(p[1][0]), lambda p: town.other.deliver(p[1][1])
        ):
            assert len(town.mails(one.email)) == 2

    def test_two_resets_of_one_moment_mail_one_token(self, town):
        def prepare():
            person = town.one.person()
            town.one.born(person)
            return person, [town.one.ask_for_reset(person) for _ in range(2)]

        for (person, _), *_ in town.between(
            prepare, lambda p: town.one.deliver(p[1][0]), lambda p: town.other.deliver(p[1][1])
        ):
            links = {mail.text.partition("#token=")[2].split()[0] for mail in town.mails(person.email)}
            assert len(town.mails(person.email)) == 2
            assert len(links) == 1
            town.one.reset(town.token(person.email, "reset"), NEW)

    def test_a_link_to_the_former_owner_opens_nothing_of_the_next(self, town):
        """Somebody asks for a reset and closes the account in the same moment; the number is another's by then."""

        def prepare():
            person = town.one.person()
            town.one.born(person)
            return person, town.one.current(town.one.enter(person)), town.one.ask_for_reset(person)

        def take_over(prepared):
            person, current, _ = prepared
            town.other.close(current)
            town.other.born(dataclasses.replace(person, email=f"next.{person.email}"), NEW)

        for (person, *_), *_ in town.between(prepare, lambda p: town.one.deliver(p[2]), take_over):
            for mail in town.mails(person.email):
                if "reset#token=" in mail.text:
                    with pytest.raises(TokenGone):
                        town.one.reset(mail.text.partition("#token=")[2].split()[0], "una tercera frase con barcos")
            town.one.enter(person, NEW)


class TestLinks:
    def applied(self, town, *names):
        """Somebody, and the tokens of several applications for the number, each mailed to its own address."""
        person = town.one.person()
        addresses = [f"{name}{person.email}" for name in names]
        for address in addresses:
            town.one.apply(dataclasses.replace(person, email=address))
        town.one.work_off()
        return person, [town.token(address, "verify") for address in addresses]

    def test_one_that_is_followed_twice_opens_one_account(self, town):
        for _, *did in town.between(
            lambda: self.applied(town, "a."),
            lambda p: town.one.verify(p[1][0], OLD),
            lambda p: town.other.verify(p[1][0], OLD),
        ):
            assert sorted(isinstance(one, TokenGone) for one in did) == [False, True]
            assert len(town.one.owed("release")) == 1

    def test_two_of_one_number_open_one_account(self, town):
        for (person, _), first, second in town.between(
            lambda: self.applied(town, "a.", "b."),
            lambda p: town.one.verify(p[1][0], OLD),
            lambda p: town.other.verify(p[1][1], OLD),
        ):
            assert [isinstance(one, TokenGone) for one in (first, second)].count(True) == 1
            winner = "b." if isinstance(first, TokenGone) else "a."
            assert town.one.account(person).email == f"{winner}{person.email}"

    def resettable(self, town):
        person = town.one.person()
        town.one.born(person)
        current = town.one.current(town.one.enter(person))
        town.one.deliver(town.one.ask_for_reset(person))
        return person, current, town.token(person.email, "reset")

    def test_a_reset_that_is_sent_twice_sets_one_password_and_tells_of_it_once(self, town):
        for (person, *_), first, second in town.between(
            partial(self.resettable, town),
            lambda p: town.one.reset(p[2], NEW),
            lambda p: town.other.reset(p[2], "una tercera frase con barcos"),
        ):
            assert [isinstance(one, TokenGone) for one in (first, second)].count(True) == 1
            town.one.enter(person, "una tercera frase con barcos" if isinstance(first, TokenGone) else NEW)
            assert len(town.one.owed("password_changed")) == 1

    @pytest.mark.parametrize("first", ["reset", "change"])
    def test_a_reset_and_a_change_of_one_moment_do_not_undo_each_other(self, town, first):
        reset_ = lambda p: town.one.reset(p[2], NEW)  # noqa: E731
        change = lambda p: town.other.change_password(p[1], new="una tercera frase con barcos")  # noqa: E731
        acts = (reset_, change) if first == "reset" else (change, reset_)
        for (person, *_), *did in town.between(partial(self.resettable, town), *acts):
            was_reset, was_changed = did if first == "reset" else did[::-1]
            refused = [isinstance(one, VentanillaError) for one in (was_reset, was_changed)]
            assert refused.count(False) == 1
            town.one.enter(person, NEW if refused[1] else "una tercera frase con barcos")

    def test_an_address_and_a_password_of_one_moment_leave_no_token_alive(self, town):
        def prepare():
            person, current, reset_token = self.resettable(town)
            town.one.change_address(current, f"new.{person.email}")
            [item] = town.one.owed("address_confirm")
            town.one.deliver(item.id)
            return person, current, reset_token, town.token(f"new.{person.email}", "verify")

        for (person, _, reset_token, address_token), *did in town.between(
            prepare, lambda p: town.one.verify(p[3]), lambda p: town.other.reset(p[2], NEW)
        ):
            assert [isinstance(one, TokenGone) for one in did].count(True) == 1
            with pytest.raises(TokenGone):
                town.one.verify(address_token)
            with pytest.raises(TokenGone):
                town.one.reset(reset_token, OLD)
            assert town.one.account(person).email in (person.email, f"new.{person.email}")


class TestPasswords:
    def entered(self, town):
        person = town.one.person()
        town.one.born(person)
        return person, town.one.current(town.one.enter(person))

    def test_an_old_password_opens_no_session_that_outlives_the_change(self, town):
        def change(prepared):
            person, current = prepared
            for _ in range(2):  # whoever is entering has to read anew
                with pytest.raises(InvalidCredentials):
                    town.other.enter(person, "no es esta la contraseña")
            return town.other.change_password(current)

        for _, token, changed in town.between(partial(self.entered, town), lambda p: town.one.enter(p[0]), change):
            assert not isinstance(changed, VentanillaError)
            if isinstance(token, str):
                with pytest.raises(Unauthenticated):
                    town.one.current(token)
            else:
                assert isinstance(token, InvalidCredentials)

    def test_the_right_password_waits_if_five_guesses_came_first(self, town):
        def guess(prepared):
            for _ in range(5):
                with pytest.raises(InvalidCredentials):
                    town.other.enter(prepared[0], "no es esta la contraseña")

        for _, token, _ in town.between(partial(self.entered, town), lambda p: town.one.enter(p[0]), guess):
            assert isinstance(token, TooManyAttempts)

    def test_behind_a_session_no_guess_is_heard_that_was_overtaken_by_another(self, town):
        def guess(prepared):
            with pytest.raises(InvalidCredentials):
                town.other.change_password(prepared[1], old="no es esta la contraseña")

        outcomes = []
        for (person, _), changed, _ in town.between(
            partial(self.entered, town), lambda p: town.one.change_password(p[1]), guess
        ):
            outcomes.append(type(changed))
            town.one.enter(person, OLD if isinstance(changed, Busy) else NEW)
        assert Busy in outcomes


class TestFeed:
    def test_two_who_append_at_once_leave_no_gap(self, town):
        def prepare():
            institution = f"municipio-{next(_SERIALS)}"
            town.one.s.feed.append(institution, [{"id": "first", "state": "x"}])
            return institution

        for institution, *_ in town.between(
            prepare,
            lambda one: town.one.s.feed.append(one, [{"id": "a", "state": "x"}, {"id": "b", "state": "x"}]),
            lambda one: town.other.s.feed.append(one, [{"id": "c", "state": "x"}]),
        ):
            told = list(town.one.s.feed.backwards(institution, None))[::-1]
            assert [number for number, _ in told] == [1, 2, 3, 4]
            assert sorted(event["id"] for _, event in told) == ["a", "b", "c", "first"]
