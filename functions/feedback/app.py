"""Feedback: what SES tells of mails about notifications goes into their timelines."""

from typing import Any

from ventanilla.batches import each
from ventanilla.schemas.mail_events import MailEvent, read_mail_event
from ventanilla.usecases.feedback import take_in
from ventanilla.wiring import services


def handler(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Take in what each message tells of a mail; what is none of ours is passed over."""
    return each(event, _take_in, read=read_mail_event)


def _take_in(told: MailEvent | None) -> str:
    return take_in(told, notifications=services().notifications, accounts=services().accounts)
