"""The mails that reached SES, read from their MIME."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_string, policy
from email.message import EmailMessage
from email.utils import parseaddr
from threading import Lock
from typing import Any

from local.clock import Clock, as_text


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail as its recipient sees it; `sent_at` is the domain's time, `headers` are all there are."""

    id: str
    to: str
    subject: str
    text: str
    html: str
    sent_at: str
    headers: tuple[tuple[str, str], ...] = ()

    def as_item(self) -> dict[str, str]:
        """Write it as `GET /_local/outbox` shows it."""
        names = ("id", "to", "subject", "text", "html", "sent_at")
        return {name: getattr(self, name) for name in names}


class Outbox:
    """What was sent, newest first; `collect` is called after each invocation, so that the times are right."""

    def __init__(self, sent: Callable[[], list[Any]], clock: Clock) -> None:
        self._sent, self._clock = sent, clock
        self._mails: list[Mail] = []
        self._lock = Lock()

    def collect(self) -> None:
        """Take over the mails that came since the last time."""
        with self._lock:
            for message in self._sent()[len(self._mails) :]:
                self._mails.append(read_mail(message, as_text(self._clock.now())))

    def mails(self, to: str | None = None) -> list[Mail]:
        """Return the mails, or those to one address."""
        self.collect()
        wanted = None if to is None else to.strip().lower()
        with self._lock:
            return [mail for mail in reversed(self._mails) if wanted in (None, mail.to.lower())]

    def mail(self, mail_id: str) -> Mail | None:
        """Return one mail."""
        return next((mail for mail in self.mails() if mail.id == mail_id), None)


def read_mail(message: Any, sent_at: str) -> Mail:
    """Read a message of moto's: raw MIME, or the parts that the simple call was given."""
    addresses = message.destinations
    if isinstance(addresses, dict):
        addresses = [address for group in addresses.values() for address in group]
    # the envelope's recipients; moto adds those of the headers once more
    to = ", ".join(dict.fromkeys(parseaddr(address)[1] for address in addresses))
    if not hasattr(message, "raw_data"):
        return Mail(message.id, to, message.subject, "", message.body, sent_at)
    mime = message_from_string(message.raw_data, policy=policy.default)
    return Mail(
        message.id,
        to,
        str(mime.get("Subject", "")),
        _part(mime, "plain"),
        _part(mime, "html"),
        sent_at,
        tuple((name, str(value)) for name, value in mime.items()),
    )


def _part(mime: EmailMessage, subtype: str) -> str:
    body = mime.get_body((subtype,))
    return str(body.get_content()) if body is not None else ""
