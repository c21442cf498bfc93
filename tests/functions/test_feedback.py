"""What SES tells goes into timelines and accounts; what is none of ours does no harm."""

import copy
import json

import pytest

from tests.functions.conftest import EVENTS, NOTIFICATION, NUMBER

KINDS = ("sent", "bounced", "delivered", "complained")


@pytest.fixture
def alerted(site, signer):
    """A letter whose alert went out."""
    site.account()
    posted = signer.post()
    assert posted.json["id"] == NOTIFICATION
    [item] = [item for item in site.services.outbox._row.scan() if item.kind == "alert"]
    event = copy.deepcopy(EVENTS["mail"])
    event["Records"] = event["Records"][:1]
    event["Records"][0]["body"] = json.dumps({"id": item.id})
    assert site.handle("mail", event) == {"batchItemFailures": []}
    return NOTIFICATION


def timeline(signer):
    return [moment["state"] for moment in signer.show().json["timeline"]]


def test_each_kind_of_event_is_written_down_once(site, signer, alerted):
    for _ in range(2):
        assert site.handle("feedback") == {"batchItemFailures": []}
    assert timeline(signer) == ["accepted", "available", "alerted", *KINDS]
    [bounce] = [moment for moment in signer.show().json["timeline"] if moment["state"] == "bounced"]
    assert bounce == {"state": "bounced", "at": "2027-03-01T15:00:02.000Z", "reason": "permanent"}
    assert signer.show().json["state"] == "alerted"


def test_an_alert_bears_what_its_events_say_again(site, stage, alerted):
    [mail] = stage.mails
    assert f"X-SES-MESSAGE-TAGS: notification={NOTIFICATION}, kind=alert" in mail.raw_data


def test_a_bounce_stands_on_the_account_until_a_delivery(site, alerted):
    records = EVENTS["feedback"]["Records"]
    site.handle("feedback", {"Records": records[:2]})
    assert site.services.accounts.get("demo", NUMBER).email_status == "bounced"
    site.handle("feedback", {"Records": records})
    assert site.services.accounts.get("demo", NUMBER).email_status == "ok"


def test_what_tells_nothing_is_dropped_and_holds_up_no_other(site, signer, alerted, log):
    assert site.handle("feedback.foreign") == {"batchItemFailures": []}
    assert timeline(signer) == ["accepted", "available", "alerted", "delivered"]
    outcomes = [line["outcome"] for line in log.lines if line["message"] == "handled"]
    assert outcomes[-5:] == ["passed over"] * 4 + ["delivered"]


def test_what_could_not_be_written_comes_back_alone(site, alerted, monkeypatch):
    append = site.services.notifications.append

    def fail(thread, moment):
        if moment.event == "bounced":
            raise ConnectionError
        return append(thread, moment)

    monkeypatch.setattr(site.services.notifications, "append", fail)
    answer = site.handle("feedback")
    assert [one["itemIdentifier"][-2:] for one in answer["batchItemFailures"]] == ["02"]
