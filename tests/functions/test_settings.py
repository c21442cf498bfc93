"""What the environment says, and the pieces that follow from it, each made once and when it is first asked for."""

from pathlib import Path

import pytest

from ventanilla import wiring
from ventanilla.settings import Settings

NEEDED = {
    "BASE_URL": "https://ventanilla.example.ec/",
    "MAIL_FROM": "no-reply@ventanilla.example.ec",
    "PORTALS_DIR": "/opt/portals",
    "DOCS_DIR": "/opt/docs",
    "PORTALS": "ipsot, demo,,",
    "AWS_REGION": "sa-east-1",
    "ACCOUNTS_TABLE": "accounts",
    "APPLICATIONS_TABLE": "applications",
    "TOKENS_TABLE": "tokens",
    "INSTITUTIONS_TABLE": "institutions",
    "OUTBOX_TABLE": "outbox",
    "NOTIFICATIONS_TABLE": "notifications",
    "TOKEN_SECRET": "secret",
    "SECOND_FACTOR_SECRET": "second",
}


class TestSettings:
    def test_the_public_address_has_no_slash_at_its_end_and_says_what_is_signed(self):
        settings = Settings.from_environment(NEEDED)
        assert (settings.base_url, settings.authority, settings.secure) == (
            "https://ventanilla.example.ec",
            "ventanilla.example.ec",
            True,
        )

    def test_a_port_is_part_of_what_is_signed(self):
        settings = Settings.from_environment({**NEEDED, "BASE_URL": "http://127.0.0.1:8000"})
        assert (settings.authority, settings.secure) == ("127.0.0.1:8000", False)

    def test_portals_are_named_with_commas(self):
        assert Settings.from_environment(NEEDED).portals == ("ipsot", "demo")

    @pytest.mark.parametrize("name", sorted(set(NEEDED)))
    def test_what_every_function_needs_is_missed(self, name):
        with pytest.raises(KeyError):
            Settings.from_environment({key: value for key, value in NEEDED.items() if key != name})

    def test_queues_are_there_for_those_who_send(self):
        assert Settings.from_environment(NEEDED).urgent_queue is None
        assert Settings.from_environment({**NEEDED, "URGENT_QUEUE": "url"}).urgent_queue == "url"

    def test_webhooks_reach_the_machine_itself_only_where_that_is_said(self):
        assert Settings.from_environment(NEEDED).webhooks_to_loopback is False
        assert Settings.from_environment({**NEEDED, "WEBHOOKS_TO_LOOPBACK": "1"}).webhooks_to_loopback is True

    def test_former_keys_are_named_with_commas(self):
        assert Settings.from_environment(NEEDED).former_signing_keys == ()
        assert Settings.from_environment({**NEEDED, "FORMER_SIGNING_KEYS": "a=,b="}).former_signing_keys == ("a=", "b=")

    def test_the_clock_is_moved_by_a_file_only_where_one_is_named(self):
        assert Settings.from_environment(NEEDED).clock_offset_file is None
        assert Settings.from_environment({**NEEDED, "CLOCK_OFFSET_FILE": "clock"}).clock_offset_file == Path("clock")


class TestWiring:
    def test_nothing_is_made_before_it_is_asked_for(self, stage):
        wiring.services.cache_clear()
        assert set(vars(wiring.services())) == {"settings"}

    def test_each_piece_is_made_once(self, stage):
        wiring.services.cache_clear()
        services = wiring.services()
        names = (
            "clock portals outbox slots applications accounts sessions institutions notifications feed holidays hasher"
        )
        for name in (*names.split(), "keys", "queues", "desk"):
            assert getattr(services, name) is getattr(services, name)
        assert wiring.services() is services
