"""What the local site plays of SES: events of mails, to the queues that the template subscribes."""

import json
from contextlib import nullcontext
from email.message import EmailMessage
from types import SimpleNamespace
from typing import Any

import pytest

from local.clock import Clock
from local.mail_events import MailEvents
from local.template import MAIL_EVENTS, SUBSCRIPTION, Resource, Template

QUEUE = "arn:aws:sqs:us-east-1:123456789012:FeedbackQueue"


def message(number: int, to: str = "ana@example.ec", configuration_set: str | None = "Ours") -> Any:
    mail = EmailMessage()
    mail["From"], mail["To"] = "no-reply@example.ec", to
    if configuration_set:
        mail["X-SES-CONFIGURATION-SET"] = configuration_set
        mail["X-SES-MESSAGE-TAGS"] = "notification=abc, kind=alert"
    mail.set_content("Hola")
    return SimpleNamespace(id=f"id-{number}", source="no-reply@example.ec", raw_data=mail.as_string())


class Stage:
    """A source of events, what it is fed, and what it tells."""

    def __init__(self, folder, kinds=("send", "delivery", "bounce", "complaint")):
        self.sent: list[Any] = []
        self.told: list[tuple[str, dict[str, Any]]] = []
        destination = {"MatchingEventTypes": list(kinds), "SnsDestination": {"TopicARN": "Topic"}}
        template = Template(
            {},
            resources=(
                Resource("D", MAIL_EVENTS, "D", {"ConfigurationSetName": "Ours", "EventDestination": destination}),
                Resource("S", SUBSCRIPTION, "S", {"TopicArn": "Topic", "Endpoint": QUEUE}),
                Resource("T", SUBSCRIPTION, "T", {"TopicArn": "Another", "Endpoint": "x:Other"}),
            ),
        )
        platform: Any = SimpleNamespace(
            lock=nullcontext(),
            clock=Clock(folder / "clock"),
            send=lambda queue, body: self.told.append((queue, json.loads(body))),
        )
        self.source = MailEvents(template, platform, lambda: self.sent)

    def kinds(self):
        return [event["eventType"] for _, event in self.told]


@pytest.fixture
def stage(tmp_path):
    return Stage(tmp_path)


def test_a_mail_is_sent_and_delivered_and_told_once(stage):
    stage.sent.append(message(1))
    assert [stage.source.step(), stage.source.step()] == [True, False]
    assert [queue for queue, _ in stage.told] == ["FeedbackQueue"] * 2
    assert stage.kinds() == ["Send", "Delivery"]
    mail = stage.told[1][1]["mail"]
    assert (mail["messageId"], mail["destination"]) == ("id-1", ["ana@example.ec"])
    assert mail["tags"] == {"ses:configuration-set": ["Ours"], "notification": ["abc"], "kind": ["alert"]}
    assert stage.told[1][1]["delivery"]["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("bounce", ["Send", "Bounce"]),
        ("bounce+label", ["Send", "Bounce"]),
        ("complaint", ["Send", "Delivery", "Complaint"]),
        ("success", ["Send", "Delivery"]),
    ],
)
def test_the_addresses_of_ses_own_simulator_play_their_parts(stage, name, kinds):
    stage.sent.append(message(1, f"{name}@simulator.amazonses.com"))
    stage.source.step()
    assert stage.kinds() == kinds


def test_nobody_is_told_of_a_mail_without_the_configuration_set(stage):
    stage.sent += [message(1, configuration_set=None), message(2, configuration_set="Others")]
    assert stage.source.step()
    assert stage.told == []


def test_only_kinds_that_match_are_told(tmp_path):
    stage = Stage(tmp_path, kinds=("bounce",))
    stage.sent += [message(1), message(2, "bounce@simulator.amazonses.com")]
    stage.source.step()
    assert stage.kinds() == ["Bounce"]
