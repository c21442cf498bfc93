"""References of an institution's choice must not make a message that SQS refuses: the stream of all would stand still."""

import json

from tests.fakes import NOW, Clock
from ventanilla.usecases.relay import Happened, relay

LARGEST = 256 * 1024
REFERENCE = "\U0001f600" * 100
"""The longest that is accepted: twelve bytes a sign, as JSON escapes it."""


class Queues:
    def __init__(self):
        self.sent = []

    def send_events(self, institution, events):
        if len(json.dumps({"institution": institution, "events": events})) > LARGEST:
            raise ValueError
        self.sent += events


def letter(number):
    same = {"notification": "n" * 26, "reference": REFERENCE, "at": NOW.isoformat()}
    accepted = {"portal": f"test-{'m' * 40}/{'p' * 40}", "number": "P" * 64, "entry": "e" * 26, "state": "accepted"}
    born = {"id": f"{number}-born", **same, "state": "waiting_for_account"}
    return Happened(str(number), "m" * 40, ({"id": f"{number}-0", **same, **accepted}, born))


def test_a_hundred_letters_of_the_longest_references_are_queued_in_their_order():
    queues, letters = Queues(), [letter(number) for number in range(100)]
    assert relay(letters, queues=queues, clock=Clock()) is None
    assert queues.sent == [event for one in letters for event in one.events]
