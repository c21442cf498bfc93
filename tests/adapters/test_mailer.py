"""What reaches SES: the MIME message, its headers, and what cannot be smuggled into them."""

from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from typing import Any, cast

import botocore.session
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from moto.backends import get_backend
from moto.core.models import DEFAULT_ACCOUNT_ID

from ventanilla.adapters.mail_templates import RenderedMail
from ventanilla.adapters.mailer import SesMailer, is_throttled

SENDER = "no-responder@ventanilla.example.ec"
RECIPIENT = "ana@gad.example.ec"
LINK = "https://ventanilla.example.ec/verify#token=" + "x" * 200
MAIL = RenderedMail(
    "Confirme su registro en Ibarra", f"Año nuevo\n\n{LINK}\n", f'<p>Año nuevo <a href="{LINK}">ñ</a></p>\n'
)
REGION = "us-east-1"


class FakeSes:
    """Remembers what it was asked to send."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[dict[str, Any]] = []
        self._error = error

    def send_email(self, **call: Any) -> dict[str, str]:
        self.calls.append(call)
        if self._error:
            raise self._error
        return {"MessageId": "0100-message-id"}

    @property
    def raw(self) -> bytes:
        return cast(bytes, self.calls[-1]["Content"]["Raw"]["Data"])

    @property
    def message(self) -> EmailMessage:
        return message_from_bytes(self.raw, policy=default)


@pytest.fixture
def ses() -> FakeSes:
    return FakeSes()


def send(ses: FakeSes, mail: RenderedMail = MAIL, sender_name: str = "Portal Ciudadano", **more: Any) -> str:
    return SesMailer(ses, SENDER).send(**{"to": RECIPIENT, "mail": mail, "sender_name": sender_name, **more})


class TestMessage:
    def test_ses_gets_it_raw_with_its_envelope_and_answers_the_id(self, ses: FakeSes) -> None:
        assert send(ses) == "0100-message-id"
        (call,) = ses.calls
        assert call["FromEmailAddress"] == SENDER
        assert call["Destination"] == {"ToAddresses": [RECIPIENT]}
        assert set(call["Content"]) == {"Raw"}

    def test_headers_tell_ses_by_which_settings_and_what_to_say_again_of_the_mail(self, ses: FakeSes) -> None:
        mailer = SesMailer(ses, SENDER, "ours")
        mailer.send(to=RECIPIENT, mail=MAIL, sender_name="Portal", tags={"notification": "a" * 26, "kind": "alert"})
        assert ses.message["X-SES-CONFIGURATION-SET"] == "ours"
        assert ses.message["X-SES-MESSAGE-TAGS"] == f"notification={'a' * 26}, kind=alert"
        mailer.send(to=RECIPIENT, mail=MAIL, sender_name="Portal")
        assert "X-SES-MESSAGE-TAGS" not in ses.message
        send(ses, tags={"kind": "alert"})  # without settings there is nobody to tell
        assert not [name for name in ses.message if name.upper().startswith("X-SES")]

    def test_the_same_text_goes_plain_and_as_html_in_this_order(self, ses: FakeSes) -> None:
        send(ses)
        assert ses.message.get_content_type() == "multipart/alternative"
        plain, html = cast("list[EmailMessage]", list(ses.message.iter_parts()))
        assert (plain.get_content_type(), plain.get_content_charset()) == ("text/plain", "utf-8")
        assert (html.get_content_type(), html.get_content_charset()) == ("text/html", "utf-8")
        assert plain.get_content().replace("\r\n", "\n") == MAIL.text
        assert html.get_content().replace("\r\n", "\n") == MAIL.html

    def test_its_headers_say_from_whom_and_that_nobody_should_answer(self, ses: FakeSes) -> None:
        send(ses)
        message = ses.message
        assert message["From"] == f"Portal Ciudadano <{SENDER}>"
        assert message["To"] == RECIPIENT
        assert message["Subject"] == MAIL.subject
        assert message["Auto-Submitted"] == "auto-generated"
        assert message["X-Auto-Response-Suppress"] == "All"
        assert "Message-ID" not in message
        assert "Date" not in message

    def test_it_is_seven_bit_and_its_lines_are_short(self, ses: FakeSes) -> None:
        send(ses, sender_name="Ñandú " * 30, mail=RenderedMail("ñ" * 150, "ñ" * 3000, "<p>" + "ñ" * 3000))
        assert ses.raw.isascii()
        assert max(map(len, ses.raw.split(b"\r\n"))) <= 78
        assert b"\n" not in ses.raw.replace(b"\r\n", b"")

    def test_further_headers_are_added_and_may_replace_the_automatic_ones(self, ses: FakeSes) -> None:
        send(ses, headers={"Content-Language": "es", "Auto-Submitted": "auto-replied"})
        assert ses.message["Content-Language"] == "es"
        assert ses.message.get_all("Auto-Submitted") == ["auto-replied"]

    def test_a_further_header_cannot_be_a_second_sender(self, ses: FakeSes) -> None:
        with pytest.raises(ValueError, match="From"):
            send(ses, headers={"From": "other@example.ec"})
        assert ses.calls == []

    @pytest.mark.parametrize(
        "name",
        [
            "Superintendencia de Ordenamiento Territorial, Uso y Gestión del Suelo",
            'La "Ventanilla" (Única) <x@example.ec>; ñ, y: más',
            "BuzónEC",
            "Ñandú " * 30 + "fin",
        ],
    )
    def test_a_portals_name_arrives_whole_and_is_never_an_address(self, ses: FakeSes, name: str) -> None:
        send(ses, sender_name=name, mail=RenderedMail(name[:150].strip(), "t", "h"))
        # Read with the old parser: the new one of Python 3.11 puts a space between two encoded words of a name.
        old = message_from_bytes(ses.raw)
        shown, address = parseaddr("".join(old["From"].splitlines()))
        assert address == SENDER
        assert str(make_header(decode_header(shown))) == name
        assert str(make_header(decode_header("".join(old["Subject"].splitlines())))) == name[:150].strip()


class TestInjection:
    @pytest.mark.parametrize(
        "hostile",
        [
            "a\r\nBcc: victim@example.ec",
            "a\nBcc: victim@example.ec\n\n<html>",
            "a\rBcc: victim@example.ec",
            "a\u2028Bcc: victim@example.ec\x85\x0b\x0c\x00",
            "=?utf-8?q?a=0D=0ABcc:_victim@example.ec?=",
            "ñ =?utf-8?b?DQpCY2M6IHZpY3RpbUBleGFtcGxlLmVj?=",
            "=?utf-8?q?a=0D=0A=0D=0A=3Chtml=3E?= =\r\n?=",
        ],
    )
    def test_no_value_makes_a_header(self, ses: FakeSes, hostile: str) -> None:
        send(ses, sender_name=hostile, mail=RenderedMail(hostile, "t", "h"), headers={"X-Portal": hostile})
        head = ses.raw.split(b"\r\n\r\n")[0]
        names = [line.split(b":")[0] for line in head.split(b"\r\n") if not line.startswith(b" ")]
        assert names == [
            b"From", b"To", b"Subject", b"MIME-Version", b"Content-Type",
            b"Auto-Submitted", b"X-Auto-Response-Suppress", b"X-Portal",
        ]  # fmt: skip
        assert head.count(b"\n") == head.count(b"\r\n") == head.count(b"\r")
        assert [address.addr_spec for address in ses.message["From"].addresses] == [SENDER]

    @pytest.mark.parametrize(
        "to",
        [
            "ana@gad.example.ec\r\nBcc: victim@example.ec",
            "ana@gad.example.ec, victim@example.ec",
            "Ana <ana@gad.example.ec>",
            "aná@gad.example.ec",
            "ana",
        ],
    )
    def test_a_recipient_is_one_bare_address(self, ses: FakeSes, to: str) -> None:
        with pytest.raises(ValueError, match=r".*"):
            send(ses, to=to)
        assert ses.calls == []


class TestErrors:
    @pytest.mark.parametrize(
        "code",
        [
            "TooManyRequestsException",
            "LimitExceededException",
            "LimitExceeded",
            "Throttling",
            "ThrottlingException",
            "SendingPausedException",
            "SendingPaused",
        ],
    )
    def test_ses_may_ask_to_send_later(self, code: str) -> None:
        error = ClientError({"Error": {"Code": code, "Message": "later"}}, "SendEmail")
        ses = FakeSes(error)
        with pytest.raises(ClientError) as raised:
            send(ses)
        assert raised.value is error
        assert is_throttled(raised.value)

    @pytest.mark.parametrize(
        "error",
        [
            ClientError({"Error": {"Code": "MessageRejected"}}, "SendEmail"),
            ClientError({}, "SendEmail"),
            EndpointConnectionError(endpoint_url="https://email.example.ec"),
            ValueError("x"),
        ],
    )
    def test_other_errors_are_not_taken_for_that(self, error: Exception) -> None:
        assert not is_throttled(error)


class TestAgainstMoto:
    @pytest.fixture
    def client(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        with mock_aws():
            yield botocore.session.get_session().create_client("sesv2", region_name=REGION)

    def test_a_verified_sender_sends_both_parts(self, client: Any) -> None:
        client.create_email_identity(EmailIdentity=SENDER)
        message_id = SesMailer(client, SENDER).send(
            to=RECIPIENT, mail=MAIL, sender_name="Portal Ciudadano", tags={"message": "confirm"}
        )
        assert message_id
        (sent,) = get_backend("ses")[DEFAULT_ACCOUNT_ID][REGION].sent_messages
        message = message_from_bytes(sent.raw_data.encode(), policy=default)
        assert set(sent.destinations) == {RECIPIENT}  # moto adds the header's to the envelope's
        assert message["Subject"] == MAIL.subject
        assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
        plain = message.get_body(("plain",))
        assert plain is not None
        assert LINK in cast(EmailMessage, plain).get_content()

    def test_an_unverified_sender_is_refused_by_ses_itself(self, client: Any) -> None:
        with pytest.raises(ClientError) as raised:
            SesMailer(client, "stranger@example.ec").send(to=RECIPIENT, mail=MAIL, sender_name="x")
        assert not is_throttled(raised.value)
