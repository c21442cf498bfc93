"""A session's own steps: taken one by one, and a proof that holds for a while."""

from datetime import UTC, datetime, timedelta

from ventanilla.domain.sessions import PROOF_HOLDS, Session

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)


def session(**changes):
    values = {
        "id": "s",
        "ref": "r",
        "secret_hash": "h",
        "epoch": 1,
        "created_at": NOW,
        "expires_at": NOW + timedelta(hours=12),
        "seen_at": NOW,
        "idle": timedelta(minutes=30),
        **changes,
    }
    return Session(**values)


def test_a_step_that_was_taken_leaves_the_others():
    both = session(todo=("second_factor", "security_question"))
    assert both.done_with("second_factor").todo == ("security_question",)
    assert both.done_with("second_factor").done_with("security_question").todo == ()


def test_a_proof_holds_for_a_while():
    proved = session(proved_at=NOW)
    assert proved.has_just_proved(NOW + PROOF_HOLDS - timedelta(seconds=1))
    assert not proved.has_just_proved(NOW + PROOF_HOLDS)


def test_without_a_proof_there_is_none_to_hold():
    assert not session().has_just_proved(NOW)
