"""What becomes of an alert's mail is shown to both sides, and asks the citizen for a better address."""

import pytest

from tests.flows.town import expect, fates, problem, states

SIMULATOR = "simulator.amazonses.com"


@pytest.fixture
def unreachable(town):
    """Somebody whose address sends everything back."""
    return town.settler(email=f"bounce+{town.person().number}@{SIMULATOR}")


def alert(town, person):
    """Post a notification; it as the institution sees it once everything has settled."""
    return expect(town.sender.get(town.notify(person)["id"]), 200)


def alert_until_stopped(town, person):
    for _ in range(3):
        alert(town, person)


def test_both_sides_see_that_the_alert_was_sent_and_delivered(town):
    citizen = town.settler()
    shown = alert(town, citizen)
    assert (shown["state"], fates(shown)) == ("alerted", ["sent", "delivered"])
    assert states(shown) == ["accepted", "available", "alerted"]
    opened = expect(citizen.open(shown["id"]), 200)
    assert opened["timeline"][: len(shown["timeline"])] == shown["timeline"]
    assert opened["timeline"][-1]["state"] == "opened"
    town.local.settle()
    told = [event["state"] for event in _events(town, shown["id"])]
    assert sorted(told) == sorted(["accepted", "available", "alerted", "sent", "delivered", "opened"])


def test_a_complaint_stands_in_the_timeline(town):
    shown = alert(town, town.settler(email=f"complaint@{SIMULATOR}"))
    assert fates(shown) == ["sent", "delivered", "complained"]


def test_a_bounce_asks_for_another_address_at_the_next_entry(town, unreachable):
    shown = alert(town, unreachable)
    [bounce] = [moment for moment in shown["timeline"] if moment["state"] == "bounced"]
    assert bounce["reason"] == "permanent"
    [event] = [event for event in _events(town, shown["id"]) if event["state"] == "bounced"]
    assert event["reason"] == "permanent"

    entered = expect(unreachable.sign_in(), 201)
    assert entered["pending"] == ["check_data"]
    unreachable.session = entered["token"]
    assert unreachable.get("/v1/me")["email_status"] == "bounced"
    problem(unreachable.call("GET", "/v1/inbox"), 403, "steps-pending")

    better = f"mejor{unreachable.number}@example.ec"
    change = {"email": better, "current_password": unreachable.password}
    assert expect(unreachable.call("PATCH", "/v1/me", change), 200)["pending"] == []
    unreachable.email = better
    expect(unreachable.verify(), 200)
    unreachable.enter()
    me = unreachable.get("/v1/me")
    assert (me["email"], me["email_status"], me["pending"]) == (better, "ok", [])
    assert fates(alert(town, unreachable)) == ["sent", "delivered"]


def test_after_three_bounces_alerts_stop_and_both_sides_are_told(town, unreachable):
    alert_until_stopped(town, unreachable)
    mails = len(unreachable.mails())
    shown = alert(town, unreachable)
    assert (shown["state"], fates(shown)) == ("available", ["alert_withheld"])
    assert len(unreachable.mails()) == mails
    assert "alert_withheld" in [event["state"] for event in _events(town, shown["id"])]

    unreachable.enter()
    assert expect(unreachable.call("PATCH", "/v1/me", {}), 200)["email_status"] == "stopped"
    assert fates(expect(unreachable.open(shown["id"]), 200)) == ["alert_withheld"]

    expect(unreachable.ask_for_reset(), 202)
    assert len(unreachable.mails()) == mails + 1, "links still go out"


def test_whoever_says_that_the_address_is_right_gets_one_more_alert(town, unreachable):
    alert_until_stopped(town, unreachable)
    unreachable.enter()
    me = expect(unreachable.call("PATCH", "/v1/me", {"email": unreachable.email}), 200)
    assert me["email_status"] == "bounced"
    assert fates(alert(town, unreachable)) == ["sent", "bounced"]
    assert fates(alert(town, unreachable)) == ["alert_withheld"]


def _events(town, notification):
    after, found = "0", []
    while items := (page := expect(town.sender.events(after=after, limit=1000), 200))["items"]:
        found += [event for event in items if event["notification"] == notification]
        after = page["next"]
    return found
