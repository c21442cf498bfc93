"""`ventanilla status`, `list` and `cancel`."""

from __future__ import annotations

import json

from tests.cli.conftest import Command
from tests.cli.platform_fake import Platform

NOTIFICATION = {
    "id": "id-1",
    "reference": "R-1",
    "state": "opened",
    "portal": "demo",
    "recipient": {"kind": "cedula", "number": "1710034065"},
    "subject": "Resolución\x1b[2J",
    "category": None,
    "deadline": {"date": "2027-01-29", "working_days": 10},
    "timeline": [
        {"state": "accepted", "at": "2027-01-15T12:00:00Z"},
        {"state": "bounced", "at": "2027-01-15T12:00:02Z", "reason": "permanent"},
        {"state": "opened", "at": "2027-01-16T09:30:00Z"},
    ],
    "receipts": [],
}


def item(number: int) -> dict[str, object]:
    line = {key: NOTIFICATION[key] for key in ("state", "portal", "recipient", "subject")}
    return {"id": f"id-{number}", "reference": f"R-{number}", "accepted_at": "2027-01-15T12:00:00Z", **line}


def test_a_status_is_a_timeline_that_can_be_read(signed: Command, platform: Platform):
    platform.pages["/v1/notifications/id-1"] = NOTIFICATION
    result = signed("status", "id-1")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines() == [
        "id         id-1",
        "reference  R-1",
        "state      opened",
        "portal     demo",
        "recipient  kind cedula, number 1710034065",
        "subject    Resolución [2J",
        "deadline   date 2027-01-29, working days 10",
        "  2027-01-15T12:00:00Z      accepted",
        "  2027-01-15T12:00:02Z      bounced (permanent)",
        "  2027-01-16T09:30:00Z      opened",
    ]


def test_programs_get_the_answer_as_it_is(signed: Command, platform: Platform):
    platform.pages["/v1/notifications/id-1"] = NOTIFICATION
    assert json.loads(signed("status", "id-1", "--json").stdout) == NOTIFICATION


def test_a_notification_of_another_is_not_found(signed: Command):
    result = signed("status", "id-9")
    assert result.exit_code == 1
    assert result.stderr == "ventanilla: 404 not-found; There is no such notification; request id req-1\n"


def test_a_notification_is_cancelled(signed: Command, platform: Platform):
    assert signed("cancel", "id-1").stdout == "id         id-1\nstate      cancelled\n"
    assert platform.received[0].target == "/v1/notifications/id-1/cancel"


def test_a_list_is_given_page_by_page(signed: Command, platform: Platform):
    platform.pages["/v1/notifications"] = {"items": [item(1), item(2)], "next_cursor": "c2"}
    platform.pages["/v1/notifications?cursor=c2"] = {"items": [item(3)], "next_cursor": None}
    first = signed("list")
    row = "2027-01-15T12:00:00Z  id-1  opened               R-1  cedula:1710034065  demo  Resolución [2J"
    assert first.stdout.splitlines()[0] == row
    assert len(first.stdout.splitlines()) == 2
    assert first.stderr == "There is more: ventanilla list --cursor c2\n"
    second = signed("list", "--cursor", "c2")
    assert len(second.stdout.splitlines()) == 1
    assert second.stderr == ""


def test_a_list_can_be_given_whole(signed: Command, platform: Platform):
    platform.pages["/v1/notifications"] = {"items": [item(1), item(2)], "next_cursor": "c2"}
    platform.pages["/v1/notifications?cursor=c2"] = {"items": [item(3)], "next_cursor": None}
    result = signed("list", "--all", "--json")
    assert [json.loads(line)["id"] for line in result.stdout.splitlines()] == ["id-1", "id-2", "id-3"]
    assert result.stderr == ""
