"""Webhooks: which addresses are taken, how often is tried again, and when it ends."""

from datetime import UTC, datetime, timedelta

import pytest

from ventanilla.domain.errors import Invalid
from ventanilla.domain.webhooks import Webhook, owed_to, read_url

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
URL = "https://eventos.ejemplo.gob.ec/ventanilla?token=a"
WEBHOOK = Webhook("municipio-ejemplo", URL, "active", 3, NOW)


class TestAddresses:
    @pytest.mark.parametrize("url", [URL, "https://a.ec", "https://a.ec/", "https://a.ec:443/x", "HTTPS://A.ec/x"])
    def test_public_https_by_a_name_is_taken(self, url):
        assert read_url(url, loopback=False) == url

    @pytest.mark.parametrize(
        "url",
        [
            "http://a.ec/",
            "ftp://a.ec/",
            "//a.ec/",
            "a.ec",
            "",
            "https://",
            "https:///x",
            "https://a.ec:8443/",
            "https://a.ec:80/",
            "https://a.ec:x/",
            "https://localhost/",
            "https://127.0.0.1/",
            "https://8.8.8.8/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://user@a.ec/",
            "https://user:secret@a.ec/",
            "https://@a.ec/",
            "https://a.ec/#fragment",
            "https://a.ec/#",
            "https://a.ec\\@b.ec/",
            "https://a.ec/ b",
            "https://a.ec/\r\nHost: b",
            "https://a.ec/ñ",
            "https://ñandú.ec/",
            "https://a..ec/",
            "https://-a.ec/",
            "https://a.ec/" + "x" * 500,
            "https://[a.ec/",
            "http://127.0.0.1:8000/",
        ],
    )
    def test_everything_else_is_refused(self, url):
        with pytest.raises(Invalid, match="webhook_url"):
            read_url(url, loopback=False)

    def test_a_developers_own_machine_is_taken_where_that_is_said(self):
        assert read_url("http://127.0.0.1:8000/x", loopback=True) == "http://127.0.0.1:8000/x"
        for url in ("http://localhost:8000/", "http://10.0.0.1/", "https://127.0.0.1/", "http://127.0.0.2/"):
            with pytest.raises(Invalid):
                read_url(url, loopback=True)


class TestFailing:
    def test_it_is_tried_again_later_each_time_and_hourly_in_the_end(self):
        webhook, now, waits = WEBHOOK, NOW, []
        for _ in range(8):
            webhook = webhook.failed("timeout", now)
            waits.append((webhook.next_try(now) - now) / timedelta(minutes=1))
            now = webhook.next_try(now)
        assert waits == [5, 5, 10, 20, 40, 60, 60, 60]

    def test_it_says_since_when_and_why(self):
        first = WEBHOOK.failed("timeout", NOW)
        second = first.failed("status-503", NOW + timedelta(minutes=5))
        assert (second.status, second.failing_since, second.last_error) == ("failing", NOW, "status-503")
        assert second.delivered == WEBHOOK.delivered

    def test_after_an_hour_somebody_is_warned_once(self):
        webhook = WEBHOOK.failed("timeout", NOW)
        assert webhook.failed("timeout", NOW + timedelta(minutes=59)).warned_at is None
        warned = webhook.failed("timeout", NOW + timedelta(hours=1))
        assert warned.warned_at == NOW + timedelta(hours=1)
        assert warned.failed("timeout", NOW + timedelta(hours=2)).warned_at == warned.warned_at

    def test_after_a_day_it_is_paused(self):
        webhook = WEBHOOK.failed("timeout", NOW)
        assert webhook.failed("timeout", NOW + timedelta(hours=23, minutes=59)).status == "failing"
        assert webhook.failed("timeout", NOW + timedelta(hours=24)).status == "paused"

    def test_one_success_makes_it_well(self):
        well = WEBHOOK.failed("timeout", NOW).failed("timeout", NOW + timedelta(hours=2)).at(7, NOW)
        assert (well.status, well.failing_since, well.last_error, well.warned_at) == ("active", None, None, None)
        assert well.delivered == 7


def test_one_run_has_it_for_itself_until_it_ends_or_has_died():
    held = WEBHOOK.taken("run-1", NOW)
    assert held.is_held(NOW + timedelta(seconds=60))
    assert not held.is_held(NOW + timedelta(seconds=90))
    assert not held.released().is_held(NOW)


def test_at_most_one_thing_is_owed_at_a_time():
    assert owed_to("a", NOW).id == owed_to("a", NOW + timedelta(days=1)).id != owed_to("b", NOW).id
    assert owed_to("a", NOW).lane == "webhook"
