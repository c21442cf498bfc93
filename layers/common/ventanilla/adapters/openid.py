"""Authorizations and consents, in the partition of an account's sessions."""

from __future__ import annotations

from datetime import datetime

from ventanilla.adapters.dynamo import ConditionFailed, Dynamo, Writes, update_if
from ventanilla.adapters.items import ALONE, AccountItem, SessionItem, SessionStateItem, entity_of, item_of
from ventanilla.adapters.openid_items import ConsentItem, FamilyItem
from ventanilla.adapters.sessions import STATE, partition_of
from ventanilla.adapters.tokens import Tokens
from ventanilla.domain.accounts import Account
from ventanilla.domain.keys import Nonce
from ventanilla.domain.openid import Consent, Family
from ventanilla.domain.sessions import Session, SessionState
from ventanilla.usecases.openid_ports import Lost

_FAMILY, _CONSENT = "~family#", "~consent#"


class SignOns:
    """What systems were let in with an account."""

    def __init__(self, dynamo: Dynamo, slots: Tokens, *, accounts: str) -> None:
        self._dynamo = dynamo
        self._slots = slots
        self._family = dynamo.bind(FamilyItem, accounts)
        self._consent = dynamo.bind(ConsentItem, accounts)
        self._state = dynamo.bind(SessionStateItem, accounts)
        self._session = dynamo.bind(SessionItem, accounts)
        self._account = dynamo.bind(AccountItem, accounts)

    def consent(self, ref: str, client: str) -> Consent | None:
        """Return what an account has agreed to with a client."""
        item = self._dynamo.get(self._consent, partition_of(ref), f"{_CONSENT}{client}")
        return entity_of(Consent, item) if item else None

    def consents(self, ref: str) -> list[Consent]:
        """Return all that an account has agreed to."""
        found = self._dynamo.query(self._consent, partition_of(ref), ConsentItem.sk.startswith(_CONSENT))
        return [entity_of(Consent, item) for item in found]

    def begin(self, family: Family, consent: Consent | None, relied: Consent | None = None) -> bool:
        """Write an authorization, and the consent given with it; tell whether its session still lived.

        `relied` is what was agreed to before, if it rests on that: it must not have been taken back meanwhile.
        """
        writes = self._dynamo.transaction()
        pk = partition_of(family.ref)
        self._demand_session(writes, family)
        writes.create("family", item_of(self._family, family, pk, f"{_FAMILY}{family.id}", ttl=family.expires_at))
        if relied:
            same = ConsentItem.accepted_at == relied.accepted_at
            writes.check("relied", self._consent, pk, f"{_CONSENT}{relied.client}", same)
        if consent:
            writes.put("consent", item_of(self._consent, consent, pk, f"{_CONSENT}{consent.client}"))
        try:
            writes.commit()
        except ConditionFailed:
            return False
        return True

    def find(self, ref: str, family: str) -> tuple[Family | None, SessionState | None]:
        """Return an authorization and what the sessions of its account share, in one trip."""
        pk = partition_of(ref)
        item, state = self._dynamo.fetch((self._family, pk, f"{_FAMILY}{family}"), (self._state, pk, STATE))
        return entity_of(Family, item) if item else None, entity_of(SessionState, state) if state else None

    def owner(self, family: Family) -> tuple[Session | None, Account | None]:
        """Return the session that an authorization was given in, and its account, in one trip."""
        session, account = self._dynamo.fetch(
            (self._session, partition_of(family.ref), family.session),
            (self._account, f"account#{family.portal}#{family.number}", ALONE),
        )
        is_theirs = account is not None and account.ref == family.ref and account.status == "active"
        return entity_of(Session, session) if session else None, entity_of(Account, account) if is_theirs else None

    def use(self, family: Family, nonce: Nonce | None, now: datetime) -> Lost | None:
        """Use up what an authorization shows at present, and a client's proof, in one write."""
        writes = self._dynamo.transaction()
        self._demand_session(writes, family)
        unused = (FamilyItem.turn == family.turn) & (FamilyItem.ended == False)  # noqa: E712  # pynamodb's equality
        writes.update("family", self._item(family), [FamilyItem.turn.set(family.turn + 1)], unused)
        if nonce:
            writes.create("nonce", self._slots.nonce_row(nonce, now))
        try:
            writes.commit()
        except ConditionFailed as failed:
            if "nonce" in failed.labels:
                return "assertion"
            return "used" if "family" in failed.labels else "session"
        return None

    def end(self, family: Family) -> None:
        """End an authorization and all that came of it."""
        update_if(self._item(family), [FamilyItem.ended.set(True)], FamilyItem.pk.exists())

    def of_account(self, ref: str) -> list[Family]:
        """Return all authorizations of an account."""
        found = self._dynamo.query(self._family, partition_of(ref), FamilyItem.sk.startswith(_FAMILY))
        return [entity_of(Family, item) for item in found]

    def withdraw(self, ref: str, client: str) -> None:
        """Take a consent back."""
        self._consent(partition_of(ref), f"{_CONSENT}{client}").delete(add_version_condition=False)

    def _item(self, family: Family) -> FamilyItem:
        return self._family(partition_of(family.ref), f"{_FAMILY}{family.id}")

    def _demand_session(self, writes: Writes, family: Family) -> None:
        """Let a transaction hold only while session and account are as they were when the authorization was given."""
        pk = partition_of(family.ref)
        writes.check("session", self._session, pk, family.session, SessionItem.epoch == family.epoch)
        writes.check("state", self._state, pk, STATE, SessionStateItem.epoch == family.epoch)
