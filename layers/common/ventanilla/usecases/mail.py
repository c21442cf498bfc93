"""Mail: decide which mail is owed, render it, send it; at least once, never for what did not happen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ventanilla.domain.accounts import Account, Application, Slot, full_name
from ventanilla.domain.identifiers import mask
from ventanilla.domain.ids import random_id, slot_of
from ventanilla.domain.notifications import Recipient, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.portals import Portal
from ventanilla.domain.tokens import OneTimeToken
from ventanilla.domain.wording import duration, mask_email, moment
from ventanilla.usecases.ports import (
    Accounts,
    Applications,
    Clock,
    Mailer,
    Notifications,
    Outbox,
    Portals,
    Slots,
    Templates,
    TokenKeys,
)
from ventanilla.usecases.reset import RESET
from ventanilla.usecases.verify import ADDRESS, CONFIRM

_NEWEST = 3
_ATTEMPTS = 6
Outcome = Literal["sent", "not_owed"]


@dataclass(frozen=True, slots=True)
class Desk:
    """Where mails are written: all that the use case works with."""

    base_url: str
    outbox: Outbox
    portals: Portals
    applications: Applications
    accounts: Accounts
    slots: Slots
    notifications: Notifications
    keys: TokenKeys
    templates: Templates
    mailer: Mailer
    clock: Clock

    def link(self, page: str, token: OneTimeToken) -> str:
        """Return a link whose token travels in the fragment, which no server and no log sees."""
        return f"{self.base_url}/{page}#token={self.keys.keyring(self.clock.now()).write(token)}"

    def send(self, name: str, portal: Portal, to: str, locale: str, **variables: object) -> None:
        """Render a mail of a portal and send it."""
        own = portal.messages.get(name)
        mail = self.templates.render(name, locale, portal=portal, base_url=self.base_url, **variables)
        self.mailer.send(to=to, mail=mail, sender_name=(own and own.sender) or portal.name)


def deliver(item_id: str, desk: Desk) -> tuple[str, Outcome]:
    """Send what an outbox item owes, if it still does; return its kind and what came of it."""
    item = desk.outbox.get(item_id)
    if item is None:
        return "gone", "not_owed"
    sent = _OWED[item.kind](item, desk)
    desk.outbox.done(item)
    return item.kind, "sent" if sent else "not_owed"


def _registration(item: OutboxItem, desk: Desk) -> bool:
    application = desk.applications.get(item.about["slot"], item.about["application"])
    if application is None:
        return False
    account = desk.accounts.get(application.portal, application.number)
    if account is None:
        return _confirmation(application, item, desk)
    if not desk.slots.may_mail("already_registered", account.email, item.id, desk.clock.now()):
        return False
    portal = desk.portals.get(account.portal)
    desk.send(
        "already_registered",
        portal,
        account.email,
        account.locale,
        recipient_name=account.name,
        sign_in=_sign_in(portal, desk),
        reset=f"{desk.base_url}/reset",
    )
    return True


def _confirmation(application: Application, item: OutboxItem, desk: Desk) -> bool:
    """Mail the link that confirms an application: the same while it lives, a new one when it has died."""
    now = desk.clock.now()
    if application.state != "confirm" or now >= application.expires_at:  # the TTL tidies up late
        return False
    if not desk.slots.may_mail(CONFIRM, application.email, item.id, now):
        return False
    portal = desk.portals.get(application.portal)
    living: Application | None = application
    if not application.link_lives(now):
        expires_at = min(now + portal.lifetimes.confirm, application.expires_at)
        living = desk.applications.renew_link(application, expires_at)
    if living is None:
        return False
    desk.send(
        "confirm",
        portal,
        living.email,
        living.locale,
        recipient_name=full_name(living.profile),
        link=desk.link("verify", OneTimeToken(CONFIRM, living.slot, living.token_id)),
        expires=duration(living.link_expires_at - now, living.locale),
        identifier=mask(living.number),
        password_again=living.password_hash is not None,
    )
    return True


def _reset(item: OutboxItem, desk: Desk) -> bool:
    portal = desk.portals.get(item.about["portal"])
    number = item.about["number"]
    slot = slot_of(portal.id, number)
    account, held = desk.accounts.with_slot(portal.id, number, RESET, slot)
    if account is None:
        waiting = desk.applications.newest(slot, _NEWEST)
        sent = [_confirmation(application, item, desk) for application in waiting]
        return any(sent)
    now = desk.clock.now()
    if account.status != "active" or not desk.slots.may_mail(RESET, account.email, item.id, now):
        return False
    living = held if held and held.lives(now, account.epoch) else None
    if living is None:
        living = Slot(
            RESET, slot, random_id(), portal.id, number, account.epoch, expires_at=now + portal.lifetimes.reset
        )
        if not desk.slots.hold(living, instead_of=held):
            return _reset(item, desk)  # another request's mail has just filled the slot: its token is mailed again
    desk.send(
        "reset",
        portal,
        account.email,
        account.locale,
        recipient_name=account.name,
        link=desk.link("reset", OneTimeToken(RESET, slot, living.id)),
        expires=duration(living.expires_at - now, account.locale),
    )
    return True


def _password_changed(item: OutboxItem, desk: Desk) -> bool:
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if account is None:
        return False
    at = moment(item.created_at, account.locale)
    desk.send("password_changed", *_to(account, desk), recipient_name=account.name, at=at)
    return True


def _address_confirm(item: OutboxItem, desk: Desk) -> bool:
    portal, number = item.about["portal"], item.about["number"]
    account, held = desk.accounts.with_slot(portal, number, ADDRESS, slot_of(portal, number))
    now = desk.clock.now()
    if account is None or held is None or held.email is None or held.id != item.about["id"]:
        return False
    if not held.lives(now, account.epoch) or not desk.slots.may_mail(ADDRESS, held.email, item.id, now):
        return False
    desk.send(
        "address_confirm",
        desk.portals.get(portal),
        held.email,
        account.locale,
        recipient_name=account.name,
        link=desk.link("verify", OneTimeToken(ADDRESS, held.slot, held.id)),
        expires=duration(held.expires_at - now, account.locale),
    )
    return True


def _address_changed(item: OutboxItem, desk: Desk) -> bool:
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    locale = account.locale if account else "es"
    desk.send(
        "address_changed",
        desk.portals.get(item.about["portal"]),
        item.about["to"],
        locale,
        recipient_name=account.name if account else "",
        at=moment(item.created_at, locale),
        new_address=mask_email(item.about["new"]),
    )
    return True


def _account_closed(item: OutboxItem, desk: Desk) -> bool:
    portal, locale = desk.portals.get(item.about["portal"]), item.about["locale"]
    desk.send("account_closed", portal, item.about["to"], locale, recipient_name="", at=moment(item.created_at, locale))
    return True


def _alert(item: OutboxItem, desk: Desk) -> bool:
    thread = desk.notifications.thread(item.about["notification"])
    if thread is None or thread.state != "available":  # alerted, opened or cancelled by now
        return False
    account = _recipient(thread.letter.recipient, desk)
    if account is None:
        return False
    portal, to, locale = _to(account, desk)
    desk.send(
        "alert",
        portal,
        to,
        locale,
        recipient_name=account.name,
        sender=thread.letter.institution_name,
        reference=thread.letter.reference,
        at=moment(thread.when("available") or thread.letter.accepted_at, locale),
        sign_in=_sign_in(portal, desk),
    )
    _write_down_alerted(thread, desk)
    return True


def _write_down_alerted(thread: Thread | None, desk: Desk) -> None:
    for _ in range(_ATTEMPTS):
        if thread is None or thread.has("alerted"):
            return
        alerted = thread.next("alerted", at=desk.clock.now(), by="mail")
        if desk.notifications.advance(thread, alerted, before=("available",)):
            return
        # Opened or cancelled while the mail went out: the list says that already, the timeline tells the mail too.
        thread = desk.notifications.thread(thread.letter.id)
        if thread is None or thread.has("alerted") or thread.state == "available":
            continue
        if desk.notifications.append(thread, thread.next("alerted", at=desk.clock.now(), by="mail")):
            return


def _released(item: OutboxItem, desk: Desk) -> bool:
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if account is None:
        return False
    portal, to, locale = _to(account, desk)
    desk.send(
        "released",
        portal,
        to,
        locale,
        recipient_name=account.name,
        count=int(item.about["count"]),
        sign_in=_sign_in(portal, desk),
    )
    return True


def _recipient(recipient: Recipient, desk: Desk) -> Account | None:
    account = desk.accounts.get(recipient.portal, recipient.number)
    if account is None or not desk.portals.get(recipient.portal).opens_mailbox(account.assurance):
        return None
    return account


def _to(account: Account, desk: Desk) -> tuple[Portal, str, str]:
    return desk.portals.get(account.portal), account.email, account.locale


def _sign_in(portal: Portal, desk: Desk) -> str:
    return f"{desk.base_url}/{portal.id}/"


_OWED = {
    "registration": _registration,
    "reset": _reset,
    "password_changed": _password_changed,
    "address_confirm": _address_confirm,
    "address_changed": _address_changed,
    "account_closed": _account_closed,
    "alert": _alert,
    "released": _released,
}
