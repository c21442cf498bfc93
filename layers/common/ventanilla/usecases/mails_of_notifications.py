"""Which mails notifications owe."""

from __future__ import annotations

from datetime import date

from ventanilla.domain.accounts import Account
from ventanilla.domain.notifications import Letter, Thread
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.wording import day, moment
from ventanilla.usecases.desk import Desk
from ventanilla.usecases.sent import cancelled_mail
from ventanilla.usecases.simulator import play_alert
from ventanilla.usecases.timelines import write_down

_ATTEMPTS = 6


def alert(item: OutboxItem, desk: Desk) -> bool:
    """Tell the recipient that a notification waits; never what it says."""
    thread = desk.notifications.thread(item.about["notification"])
    if thread is not None and thread.letter.is_test:
        play_alert(thread, notifications=desk.notifications, clock=desk.clock)
        return False
    if thread is None or thread.state != "available":  # alerted, opened or cancelled by now
        return False
    account = _recipient(thread.letter, desk)
    if account is None:
        return False
    if account.email_status == "stopped":
        write_down(thread, "alert_withheld", at=desk.clock.now(), by="mail", notifications=desk.notifications)
        return False
    _write_about(
        thread.letter,
        account,
        "alert",
        item,
        desk,
        at=moment(thread.when("available") or thread.letter.accepted_at, account.locale),
        sign_in=desk.sign_in(desk.portals.get(account.portal)),
    )
    _write_down_alerted(thread, desk)
    return True


def cancelled(item: OutboxItem, desk: Desk) -> bool:
    """Tell somebody who was alerted that the notification has been taken back; why is the institution's to say."""
    thread = desk.notifications.thread(item.about["notification"])
    taken_back = thread.when("cancelled") if thread else None
    account = _recipient(thread.letter, desk) if thread else None
    if thread is None or taken_back is None or account is None or account.email_status == "stopped":
        return False
    _write_about(
        thread.letter,
        account,
        "cancelled",
        item,
        desk,
        at=moment(taken_back, account.locale),
    )
    return True


def reminder(item: OutboxItem, desk: Desk) -> bool:
    """Remind somebody of a deadline, whether or not the notification has been opened; never of what it says."""
    thread = desk.notifications.thread(item.about["notification"])
    if thread is None or thread.when("cancelled") or thread.has("deadline_passed"):
        return False
    account = _recipient(thread.letter, desk)
    if account is None or account.email_status == "stopped":
        return False
    _write_about(
        thread.letter,
        account,
        "reminder",
        item,
        desk,
        last_day=day(date.fromisoformat(item.about["date"]), account.locale),
        sign_in=desk.sign_in(desk.portals.get(account.portal)),
    )
    return True


def released(item: OutboxItem, desk: Desk) -> bool:
    """Tell the owner of a mailbox that has just opened how much waited in it."""
    account = desk.accounts.get(item.about["portal"], item.about["number"])
    if account is None or account.email_status == "stopped":
        return False
    sign_in = desk.sign_in(desk.portals.get(account.portal))
    desk.write_to(account, "released", count=int(item.about["count"]), sign_in=sign_in)
    return True


def _write_about(letter: Letter, to: Account, name: str, item: OutboxItem, desk: Desk, **said: object) -> None:
    """Write a mail that names sender and reference, never the subject."""
    # SES says the tags again when it tells what became of a mail: of which notification, and which mail about it
    tags = {"notification": item.about["notification"], "kind": item.kind}
    desk.write_to(to, name, tags=tags, sender=letter.institution_name, reference=letter.reference, **said)


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
        if thread.when("cancelled"):  # it did not know of the mail, so it owed none
            desk.outbox.put(cancelled_mail(thread.letter.id, desk.clock.now()))
        if desk.notifications.append(thread, thread.next("alerted", at=desk.clock.now(), by="mail")):
            return


def _recipient(letter: Letter, desk: Desk) -> Account | None:
    """Return the account of a letter's recipient, if it opens the mailbox; what is only tried has none."""
    recipient = letter.recipient
    if letter.is_test:
        return None
    account = desk.accounts.get(recipient.portal, recipient.number)
    if account is None or not desk.portals.get(recipient.portal).opens_mailbox(account.assurance):
        return None
    return account
