"""Events that SES or the queue tells again, with others between them, must not stop somebody's alerts."""

from datetime import timedelta

from tests.fakes import NOW, World
from tests.usecases import conftest, test_feedback
from tests.usecases.test_feedback import account, hear

world, letter = conftest.world, test_feedback.letter


def test_two_bounces_told_in_turn_are_two(world: World, letter: str) -> None:
    for _ in range(4):
        hear(world, "Bounce", letter, "mail-1", at=NOW)
        hear(world, "Bounce", letter, "mail-2", at=NOW + timedelta(hours=1))
    assert (account(world).bounces, account(world).email_status) == (2, "bounced")


def test_three_bounces_one_after_the_other_still_stop_the_alerts(world: World, letter: str) -> None:
    for hours in range(3):
        hear(world, "Bounce", letter, f"mail-{hours}", at=NOW + timedelta(hours=hours))
    assert account(world).email_status == "stopped"
