"""Plays SES: tells the queues that the template subscribes what became of each mail, as event publishing does."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from email import message_from_string
from email.utils import parseaddr
from typing import Any

from local.clock import as_text
from local.platform import Platform
from local.template import MAIL_EVENTS, SUBSCRIPTION, Template

SIMULATOR = "simulator.amazonses.com"
_PATIENCE = 60.0  # seconds: mails are sent by invocations, after which everybody looks
# what SES's own mailbox simulator plays, by the part of the address before a label ("bounce+label@…")
_PLAYED = {"bounce": ("Bounce",), "suppressionlist": ("Bounce",), "complaint": ("Delivery", "Complaint")}
_DETAILS: dict[str, dict[str, Any]] = {
    "Bounce": {"bounceType": "Permanent", "bounceSubType": "General"},
    "Complaint": {"complaintFeedbackType": "abuse"},
}


class MailEvents:
    """The way from SES to the queues: the events of a configuration set, its topic, the topic's subscriptions."""

    name = "SES events"
    patience = _PATIENCE

    def __init__(self, template: Template, platform: Platform, sent: Callable[[], list[Any]]) -> None:
        self._platform, self._sent = platform, sent
        self._told = 0
        self._routes: dict[str, list[tuple[set[str], str]]] = {}
        for destination in template.of_type(MAIL_EVENTS):
            said = destination.properties["EventDestination"]
            kinds = {kind.capitalize() for kind in said["MatchingEventTypes"]}
            for subscription in template.of_type(SUBSCRIPTION):
                if subscription.properties["TopicArn"] == said["SnsDestination"]["TopicARN"]:
                    queue = subscription.properties["Endpoint"].rpartition(":")[2]
                    routes = self._routes.setdefault(destination.properties["ConfigurationSetName"], [])
                    routes.append((kinds, queue))

    def step(self) -> bool:
        """Tell of the mails that were sent since the last time; False where there was none."""
        with self._platform.lock:
            mails = self._sent()[self._told :]
            for mail in mails:
                for event, queue in self._events(mail):
                    self._platform.send(queue, json.dumps(event))
            self._told += len(mails)
        return bool(mails)

    def _events(self, mail: Any) -> Iterator[tuple[dict[str, Any], str]]:
        headers = message_from_string(getattr(mail, "raw_data", ""))
        configuration_set = headers.get("X-SES-CONFIGURATION-SET", "")
        said = (tag.strip().partition("=") for tag in headers.get("X-SES-MESSAGE-TAGS", "").split(","))
        tags = {name: [value] for name, _, value in said if name}
        now, to = as_text(self._platform.clock.now()), parseaddr(headers.get("To", ""))[1]
        about = {
            "timestamp": now,
            "messageId": mail.id,
            "source": mail.source,
            "destination": [to],
            "tags": {"ses:configuration-set": [configuration_set], **tags},
        }
        for kind in ("Send", *_fate_of(to)):
            detail = {} if kind == "Send" else {"timestamp": now, **_DETAILS.get(kind, {})}
            for kinds, queue in self._routes.get(configuration_set, []):
                if kind in kinds:
                    yield {"eventType": kind, "mail": about, kind.lower(): detail}, queue


def _fate_of(address: str) -> tuple[str, ...]:
    name, _, domain = address.partition("@")
    played = _PLAYED.get(name.partition("+")[0]) if domain == SIMULATOR else None
    return played or ("Delivery",)
