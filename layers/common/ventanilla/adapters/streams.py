"""What the streams of the tables tell, in the use cases' terms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ventanilla.adapters.items import LetterItem, MomentItem, OutboxRow
from ventanilla.domain.notifications import Recipient
from ventanilla.domain.simulation import mailbox_of
from ventanilla.usecases.relay import Happened, Owed


def read(event: dict[str, Any]) -> Iterator[Owed | Happened]:
    """Return what a batch of records tells; records of other items tell nothing."""
    for record in event["Records"]:
        change = record["dynamodb"]
        image, sequence = change.get("NewImage"), change["SequenceNumber"]
        if record["eventName"] != "INSERT" or not image:
            continue
        if "lane" in image:
            row = OutboxRow.from_raw_data(image)
            yield Owed(sequence, row.lane, row.id, row.at if "at" in image else None)
        elif image["pk"]["S"].startswith("n#"):
            yield _happened(image, sequence)


def _happened(image: dict[str, Any], sequence: str) -> Happened:
    if "body" not in image:
        moment = MomentItem.from_raw_data(image)
        event: dict[str, Any] = {
            "id": f"{moment.notification}-{moment.number}",
            "notification": moment.notification,
            "reference": moment.reference,
            "state": moment.event,
            "at": moment.at.isoformat(),
        }
        if moment.event == "bounced" and moment.reason is not None:
            event["reason"] = moment.reason
        if moment.seconds is not None:
            event["seconds"] = int(moment.seconds)
        return Happened(sequence, moment.institution, (event,))
    letter = LetterItem.from_raw_data(image)
    recipient: Recipient = letter.recipient
    at = letter.accepted_at.isoformat()
    accepted = {
        "id": f"{letter.id}-0",
        "notification": letter.id,
        "reference": letter.reference,
        "state": "accepted",
        "at": at,
        "portal": mailbox_of(letter.institution, recipient).portal,
        "number": recipient.number,
        "entry": letter.entry,
    }
    if letter.born == "accepted":  # for later: what it becomes is an entry of the timeline
        return Happened(sequence, letter.institution, (accepted,))
    born = {
        "id": f"{letter.id}-born",
        "notification": letter.id,
        "reference": letter.reference,
        "state": letter.born,
        "at": at,
    }
    return Happened(sequence, letter.institution, (accepted, born))
