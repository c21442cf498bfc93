"""What a proof uses up, and what staff do to accounts, on the store: together or not at all."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.fakes import NOW
from ventanilla.adapters.items import AccountItem, SessionItem, entity_of, item_of
from ventanilla.adapters.sessions import partition_of
from ventanilla.domain.accounts import Account, Application
from ventanilla.domain.audit import Actor, AuditEntry, is_whole, next_entry
from ventanilla.domain.errors import TokenGone
from ventanilla.domain.grants import Grant
from ventanilla.domain.ids import random_id
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.sessions import Session, hash_of
from ventanilla.domain.throttling import Failures
from ventanilla.wiring import Services

EVA = Actor("ref-of-eva", "Eva Paz")


@pytest.fixture
def account(services: Services) -> Account:
    """An account with a second factor and two recovery codes, opened as the product does."""
    number = random_id()[:10]
    shared: dict[str, Any] = {
        "portal": "staff",
        "number": number,
        "kind": "cedula",
        "email": "ana@example.ec",
        "profile": {"full_name": "Ana Prueba"},
        "locale": "es",
        "created_at": NOW,
    }
    application = Application(
        id="a1",
        channel="invitation",
        state="confirm",
        expires_at=NOW + timedelta(days=30),
        link_expires_at=NOW + timedelta(days=3),
        **shared,
    )
    account = Account(
        ref=random_id(),
        assurance="self_asserted",
        password_hash="h",
        grants=(Grant("portal_admin", "demo"),),
        second_factor="enrolment",
        recovery_codes=("h0", "h1"),
        security_answers={"first_pet": "h"},
        **shared,
    )
    services.applications.submit(application, None)
    services.accounts.open(account, application, opens_mailbox=False, owed=())
    return account


@pytest.fixture
def begun(services: Services, account: Account) -> Session:
    """A session that has still to prove two things."""
    session = Session(
        id=random_id(),
        ref=account.ref,
        secret_hash=hash_of(random_id()),
        epoch=account.epoch,
        created_at=NOW,
        expires_at=NOW + timedelta(hours=12),
        seen_at=NOW,
        idle=timedelta(minutes=30),
        todo=("second_factor", "security_question"),
        question="first_pet",
    )
    assert services.sessions.start(session, Failures(account.slot, 0), NOW, rehashed=None)
    return session


def stored(services: Services, session: Session) -> Session:
    found = services.sessions.read(session.ref, session.secret_hash)
    assert found is not None
    return found[1]


def kept(services: Services, account: Account) -> Account:
    found = services.accounts.get(account.portal, account.number)
    assert found is not None
    return found


class TestWhatIsStored:
    def test_an_account_comes_back_as_it_was_put(self, services, account):
        assert kept(services, account) == account

    def test_a_session_with_steps_of_its_own_too(self, services, begun):
        assert stored(services, begun) == begun

    def test_an_item_of_an_older_release_lacks_the_new_fields(self, account, begun):
        old = item_of(AccountItem, account, "pk")
        for name in ("second_factor", "second_factor_step", "recovery_codes", "security_answers", "grants"):
            setattr(old, name, None)
        read = entity_of(Account, old)
        assert (read.second_factor, read.recovery_codes, read.security_answers, read.grants) == (None, (), {}, ())
        session = item_of(SessionItem, begun, "pk", "sk")
        for name in ("todo", "question", "enrolment", "proved_at"):
            setattr(session, name, None)
        assert entity_of(Session, session).todo == ()


class TestCounting:
    def count(self, services, account):
        return services.sessions.facts(account.portal, account.number, [account.slot], NOW)[1][0].count

    def fail(self, services, account, times):
        for count in range(times):
            before = Failures(account.slot, count)
            assert services.sessions.fail([(before, before.failed(NOW, 5))], NOW)

    def test_a_session_that_has_more_to_prove_forgets_no_failure(self, services, account, begun):
        self.fail(services, account, 3)
        again = replace(begun, id=random_id(), secret_hash=hash_of(random_id()))
        assert services.sessions.start(again, Failures(account.slot, 3), NOW, rehashed=None)
        assert self.count(services, account) == 3

    def test_the_first_of_two_proofs_forgets_none_and_the_last_all(self, services, account, begun):
        self.fail(services, account, 3)
        cleared = Failures(account.slot, 3)
        first = begun.done_with("second_factor")
        assert services.sessions.prove(begun, first, (account, replace(account, second_factor_step=7)), cleared, NOW)
        assert self.count(services, account) == 3
        account = kept(services, account)
        assert services.sessions.prove(first, first.done_with("security_question"), (account, account), cleared, NOW)
        assert self.count(services, account) == 0

    def test_nothing_is_proved_while_failures_make_wait(self, services, account, begun):
        self.fail(services, account, 6)
        after = begun.done_with("second_factor")
        left = replace(account, second_factor_step=7)
        assert not services.sessions.prove(begun, after, (account, left), Failures(account.slot, 6), NOW)
        assert kept(services, account).second_factor_step is None
        assert stored(services, begun) == begun


class TestUsingUp:
    def prove(self, services, session, account, **left):
        after = replace(session.done_with("second_factor"), proved_at=NOW)
        owner = (account, replace(account, **left))
        return services.sessions.prove(session, after, owner, Failures(account.slot, 0), NOW)

    def test_a_step_is_used_once(self, services, account, begun):
        assert self.prove(services, begun, account, second_factor_step=7)
        assert kept(services, account).second_factor_step == 7
        assert not self.prove(services, begun, account, second_factor_step=7)
        assert not self.prove(services, begun, replace(account, second_factor_step=6), second_factor_step=8)
        assert self.prove(services, begun, kept(services, account), second_factor_step=8)

    def test_a_recovery_code_is_used_once(self, services, account, begun):
        assert self.prove(services, begun, account, recovery_codes=("-", "h1"))
        assert not self.prove(services, begun, account, recovery_codes=("-", "h1"))
        assert not self.prove(services, begun, account, recovery_codes=("h0", "-"))  # others would come back by it
        assert kept(services, account).recovery_codes == ("-", "h1")

    def test_the_session_goes_on(self, services, account, begun):
        assert self.prove(services, begun, account, second_factor_step=7)
        assert stored(services, begun).todo == ("security_question",)
        assert stored(services, begun).proved_at == NOW

    def test_a_session_that_was_ended_does_not_come_back(self, services, account, begun):
        services.sessions.end(begun)
        assert not self.prove(services, begun, account, second_factor_step=7)
        assert services.sessions.read(begun.ref, begun.secret_hash) is None
        assert kept(services, account).second_factor_step is None

    def test_an_account_that_was_changed_proves_nothing(self, services, account, begun):
        services.accounts.change(account, replace(account, epoch=2, password_hash="other"))
        assert not self.prove(services, begun, account, second_factor_step=7)

    def test_what_a_session_begins_is_noted(self, services, begun):
        services.sessions.note(begun, replace(begun, enrolment="new"))
        assert stored(services, begun).enrolment == "new"

    def test_nothing_is_noted_of_a_session_that_was_ended(self, services, begun):
        services.sessions.end(begun)
        services.sessions.note(begun, replace(begun, enrolment="new"))
        assert services.sessions.read(begun.ref, begun.secret_hash) is None


class TestTakingAway:
    def test_what_is_none_afterwards_is_taken_out_of_the_item(self, services, account):
        after = replace(account, second_factor=None, recovery_codes=(), epoch=2)
        services.accounts.change(account, after)
        assert kept(services, account) == after

    def test_a_closed_account_keeps_nothing_of_them(self, services, account):
        services.accounts.change(account, account.closed())
        assert services.accounts.get(account.portal, account.number) is None
        assert services.accounts.key_of(account.ref) is None
        item = services.dynamo.get(services.accounts._account, f"account#{account.portal}#{account.number}")
        assert (item.second_factor, item.recovery_codes, item.security_answers) == (None, (), {})
        assert (item.grants, item.email, item.profile, item.password_hash) == ((), "", {}, "")


class TestReferences:
    def test_a_reference_finds_its_account_without_a_scan(self, services, account):
        assert services.accounts.key_of(account.ref) == (account.portal, account.number)

    def test_one_that_stands_for_nothing_finds_nothing(self, services):
        assert services.accounts.key_of(random_id()) is None

    def test_several_accounts_are_read_at_once(self, services, account):
        here, nowhere = (account.portal, account.number), ("demo", "1")
        assert services.accounts.several(here, nowhere, here) == [account, None, account]


class TestAudit:
    def test_an_entry_is_written_with_the_change_and_what_is_owed(self, services, account):
        entry = next_entry((), account.ref, "locked", at=NOW, by=EVA, reason="robo")
        told = OutboxItem("account_locked", {"portal": "staff"}, NOW)
        mailed = OutboxItem("address_confirm", {"portal": "staff"}, NOW)
        after = replace(account, status="locked", epoch=2)
        services.accounts.change(account, after, owed=told, also_owed=mailed, audited=entry)
        assert services.audits.trail(account.ref) == (entry,)
        assert services.outbox.get(told.id) == told
        assert services.outbox.get(mailed.id) == mailed
        assert kept(services, account).status == "locked"

    def test_where_its_number_is_taken_nothing_is_written(self, services, account):
        first = next_entry((), account.ref, "looked_up", at=NOW, by=EVA)
        assert services.audits.append(first)
        late = next_entry((), account.ref, "locked", at=NOW, by=EVA, reason="robo")
        told = OutboxItem("account_locked", {"portal": "staff"}, NOW)
        with pytest.raises(TokenGone):
            services.accounts.change(account, replace(account, status="locked", epoch=2), owed=told, audited=late)
        assert kept(services, account) == account
        assert services.outbox.get(told.id) is None
        assert services.audits.trail(account.ref) == (first,)
        assert not services.audits.append(late)

    def test_where_the_account_has_changed_no_entry_is_written(self, services, account):
        services.accounts.change(account, replace(account, epoch=2))
        entry = next_entry((), account.ref, "locked", at=NOW, by=EVA)
        with pytest.raises(TokenGone):
            services.accounts.change(account, replace(account, status="locked", epoch=2), audited=entry)
        assert services.audits.trail(account.ref) == ()

    def test_many_entries_stay_in_their_order_and_whole(self, services):
        ref = random_id()
        trail: tuple[AuditEntry, ...] = ()
        for number in range(12):
            entry = next_entry(trail, ref, "looked_up", at=NOW + timedelta(hours=number), by=EVA)
            assert services.audits.append(entry)
            trail = (*trail, entry)
        assert services.audits.trail(ref) == trail
        assert is_whole(services.audits.trail(ref), ref)


def test_sessions_of_the_account_are_where_its_reference_says(account, services, begun):
    assert partition_of(account.ref) == f"sessions#{account.ref}"
    assert [one.id for one in services.sessions.all_of(account.ref)] == [begun.id]
