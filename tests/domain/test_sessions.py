"""Sessions: what lives, what is pending, what a token looks like."""

import dataclasses
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.sessions import (
    Session,
    SessionState,
    hash_of,
    new_secret,
    pending_steps,
    read_token,
    write_token,
)

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
IDLE = timedelta(minutes=30)
SESSION = Session(
    id="one", ref="ref", secret_hash="h", epoch=3, created_at=NOW, expires_at=NOW + timedelta(hours=12), seen_at=NOW, idle=IDLE
)  # fmt: skip
JUST = timedelta(microseconds=1)


class TestLife:
    def test_a_session_lives_until_it_was_idle_for_too_long(self):
        assert SESSION.lives(NOW + IDLE - JUST, 3)
        assert not SESSION.lives(NOW + IDLE, 3)

    def test_a_session_that_is_used_lives_until_its_end_and_no_longer(self):
        used = dataclasses.replace(SESSION, seen_at=SESSION.expires_at - JUST)
        assert used.lives(SESSION.expires_at - JUST, 3)
        assert not used.lives(SESSION.expires_at, 3)

    @pytest.mark.parametrize("epoch", [2, 4])
    def test_a_session_of_another_epoch_is_dead(self, epoch):
        assert not SESSION.lives(NOW, epoch)

    def test_use_is_written_down_each_tenth_of_the_idle_time(self):
        assert not SESSION.due_for_a_mark(NOW + IDLE / 10 - JUST)
        assert SESSION.due_for_a_mark(NOW + IDLE / 10)


class TestPending:
    STATE = SessionState(ref="ref", portal="office", number="1", epoch=1, assurance="self_asserted")

    def test_terms_come_last_and_only_while_a_version_is_not_accepted(self, office):
        both = {"use": "2", "privacy": "1"}
        assert pending_steps(office, ("change_password",), {}) == ("change_password", "accept_terms")
        assert pending_steps(office, ("change_password",), both) == ("change_password",)
        assert pending_steps(office, (), {**both, "use": "1"}) == ("accept_terms",)

    def test_a_portal_without_terms_asks_for_none(self, demo):
        assert pending_steps(demo, (), {}) == ()

    def test_the_state_that_sessions_share_says_what_is_pending(self, office):
        assert dataclasses.replace(self.STATE, todo=("check_data",)).pending(office) == ("check_data", "accept_terms")


class TestTokens:
    def test_a_secret_has_256_bits_and_never_comes_twice(self):
        made = {new_secret() for _ in range(500)}
        assert len(made) == 500
        assert all(re.fullmatch(r"[\w-]{43}", secret) for secret in made)

    def test_a_token_is_read_as_it_was_written(self):
        secret = new_secret()
        assert read_token(write_token("ref", secret)) == ("ref", secret)

    def test_what_is_stored_of_a_secret_is_its_sha_256(self):
        assert hash_of("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    @pytest.mark.parametrize("token", ["", "ref", "ref.", ".secret", "ref.ñ", "ref." + "s" * 117])
    def test_what_has_not_the_form_of_a_token_is_none(self, token):
        assert read_token(token) is None

    @given(st.text())
    def test_no_text_makes_anything_but_a_token_or_none(self, token):
        read = read_token(token)
        assert read is None or ".".join(read) == token
