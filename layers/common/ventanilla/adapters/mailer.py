"""Send mails through Amazon SES (API version 2) as raw MIME, so that text and HTML part arrive as we made them."""

from __future__ import annotations

from collections.abc import Mapping
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING, Any, Final

from ventanilla.domain.wording import one_line

if TYPE_CHECKING:  # only for its type: whoever imports the mailer does not pay for jinja2
    from ventanilla.adapters.mail_templates import RenderedMail

# RFC 3834 §5, and its equivalent for Exchange: nobody's absence notice should answer these mails.
AUTOMATIC: Final = {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}

CONFIGURATION_SET: Final = "X-SES-CONFIGURATION-SET"
MESSAGE_TAGS: Final = "X-SES-MESSAGE-TAGS"

_THROTTLED: Final = frozenset(
    {
        "LimitExceeded",
        "LimitExceededException",
        "SendingPaused",
        "SendingPausedException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)


class SesMailer:
    """Sends from one address, under the name of whichever portal the mail is for."""

    def __init__(self, client: Any, sender: str, configuration_set: str | None = None) -> None:
        """Take a botocore client of `sesv2`, the verified address that mails come from, and SES's settings for them."""
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set

    def send(
        self,
        *,
        to: str,
        mail: RenderedMail,
        sender_name: str,
        headers: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
    ) -> str:
        """Send a mail to one address and return the message id that SES gave it; SES adds Date and Message-ID.

        Args:
            to: one bare address.
            mail: what to send.
            sender_name: shown beside the sender's address, normally the portal's name.
            headers: further headers, or other values for the automatic ones.
            tags: SES message tags, which its events bear (letters, digits, `_` and `-`).

        Raises:
            ValueError: an address is malformed.
        """
        ours = {**AUTOMATIC, **self._instructions(tags or {}), **(headers or {})}
        message = _mime(self._sender, to, mail, sender_name, ours)
        answer = self._client.send_email(
            FromEmailAddress=self._sender,
            Destination={"ToAddresses": [to]},
            Content={"Raw": {"Data": message.as_bytes()}},
        )
        return str(answer["MessageId"])

    def _instructions(self, tags: Mapping[str, str]) -> dict[str, str]:
        """Return the headers by which a raw mail tells SES how to treat it; SES takes them away before it sends."""
        if self._configuration_set is None:
            return {}
        said = {CONFIGURATION_SET: self._configuration_set}
        if tags:
            said[MESSAGE_TAGS] = ", ".join(f"{name}={value}" for name, value in tags.items())
        return said


def is_throttled(error: BaseException) -> bool:
    """Say whether SES asks to send later: its rate or quota is used up, or sending is paused."""
    response = getattr(error, "response", None) or {}
    return response.get("Error", {}).get("Code") in _THROTTLED


def _mime(sender: str, to: str, mail: RenderedMail, sender_name: str, headers: Mapping[str, str]) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(_header(sender_name), addr_spec=sender)
    message["To"] = Address(addr_spec=to)
    message["Subject"] = _header(mail.subject)
    # Quoted-printable: seven bits, short lines, and still legible in a log of raw mails.
    message.set_content(mail.text, charset="utf-8", cte="quoted-printable")
    message.add_alternative(mail.html, subtype="html", charset="utf-8", cte="quoted-printable")
    for name, value in headers.items():  # after the content, which would take headers named Content-… for its own
        message[name] = _header(value)
    return message


def _header(value: str) -> str:
    # EmailMessage decodes what looks like an encoded word (RFC 2047), and older Pythons then write a line break that
    # was hidden in one as it is: a header injected past their own check (CVE-2024-6923). No real name holds "=?".
    return one_line(value).replace("=?", "= ?")
