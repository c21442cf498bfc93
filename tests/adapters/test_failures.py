"""Counters, and solved captchas, as the tables keep them."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto import mock_aws

from local.cfn import REGION
from local.environment import in_place
from local.stack import create_stack
from local.stores import CREDENTIALS, Clients
from local.template import read_template
from tests.makers import make_cedula
from ventanilla.adapters.applications import Applications
from ventanilla.adapters.dynamo import Dynamo
from ventanilla.adapters.failures import Counters
from ventanilla.adapters.outbox import Outbox
from ventanilla.adapters.tokens import Tokens
from ventanilla.domain.accounts import Application
from ventanilla.domain.captcha import captcha_nonce
from ventanilla.domain.errors import Refused
from ventanilla.domain.outbox import OutboxItem
from ventanilla.domain.throttling import Failures

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def dynamo() -> Iterator[Dynamo]:
    parameters = {"BaseUrl": "https://ventanilla.example.ec", "MailFrom": "no-reply@example.ec"}
    with in_place(CREDENTIALS), mock_aws():
        clients = Clients()
        create_stack(read_template(ROOT / "template.yaml", parameters), clients)
        yield Dynamo(REGION)
        clients.close()


@pytest.fixture
def counters(dynamo: Dynamo) -> Counters:
    return Counters(dynamo, tokens="TokensTable")


class TestCounters:
    def test_nothing_is_counted_at_first(self, counters):
        assert counters.counted("a", NOW) == Failures("a", 0)

    def test_what_is_counted_is_found_again(self, counters):
        first = Failures("b", 1)
        assert counters.count(Failures("b", 0), first, NOW)
        assert counters.counted("b", NOW) == first
        waits = Failures("b", 2, NOW + timedelta(seconds=2))
        assert counters.count(first, waits, NOW)
        assert counters.counted("b", NOW) == waits

    def test_of_two_who_count_at_the_same_time_one_is_told_to_look_again(self, counters):
        assert counters.count(Failures("c", 0), Failures("c", 1), NOW)
        assert not counters.count(Failures("c", 0), Failures("c", 1), NOW)
        assert counters.counted("c", NOW).count == 1

    def test_after_a_day_of_rest_it_begins_anew(self, counters):
        assert counters.count(Failures("d", 0), Failures("d", 7), NOW)
        later = NOW + timedelta(hours=24, seconds=1)
        assert counters.counted("d", later - timedelta(seconds=2)).count == 7
        assert counters.counted("d", later) == Failures("d", 0)
        assert counters.count(Failures("d", 0), Failures("d", 1), later)
        assert counters.counted("d", later).count == 1


class TestSolvedCaptchas:
    @staticmethod
    def application(number: int) -> Application:
        return Application(
            id=f"01KJM5Q7G0ABCDEFGHJKMNP{number:03}",
            portal="buzonec",
            channel="certificate",
            number=make_cedula(17, number),
            kind="cedula",
            state="documents",
            email="ana@example.ec",
            profile={},
            locale="es",
            created_at=NOW,
            expires_at=NOW + timedelta(days=30),
            link_expires_at=NOW + timedelta(days=1),
        )

    def test_one_application_uses_a_captcha_up(self, dynamo):
        tokens, outbox = Tokens(dynamo, tokens="TokensTable"), Outbox(dynamo, outbox="OutboxTable")
        applications = Applications(dynamo, outbox, tokens, applications="ApplicationsTable")
        first, second = self.application(1), self.application(2)
        owed = OutboxItem("registration", {"slot": second.slot}, NOW)
        applications.submit(first, None, captcha_nonce("signature"))
        with pytest.raises(Refused) as refused:
            applications.submit(second, owed, captcha_nonce("signature"))
        assert [(error.field, error.code) for error in refused.value.errors] == [("captcha", "captcha_used")]
        assert applications.get(first.slot, first.id) is not None
        assert applications.get(second.slot, second.id) is None
        assert outbox.get(owed.id) is None

    def test_it_is_used_up_for_other_steps_too(self, dynamo):
        tokens = Tokens(dynamo, tokens="TokensTable")
        assert tokens.use_nonce(captcha_nonce("other"), NOW)
        assert not tokens.use_nonce(captcha_nonce("other"), NOW)
