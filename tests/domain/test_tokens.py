"""One-time tokens: derived, never stored, and of no use but for their purpose."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ventanilla.domain.errors import TokenGone
from ventanilla.domain.tokens import RETIRED_KEYS_LIVE, Keyring, OneTimeToken, SigningKey, kid_of

NOW = datetime(2027, 3, 1, 15, 0, tzinfo=UTC)
TOKEN = OneTimeToken("confirm", "slotslotslotslotslotslotsl", "01KJM5Q7G0ABCDEFGHJKMNPQRS-1")
RING = Keyring("k1", {"k1": SigningKey(b"the first secret")})
TEXT = RING.write(TOKEN)


def is_gone(text, *, ring=RING, purposes=("confirm",), now=NOW):
    with pytest.raises(TokenGone) as raised:
        ring.read(text, purposes=purposes, now=now)
    return raised.value.facts == {}  # always the same: nothing says why


def test_what_was_written_is_read():
    assert RING.read(TEXT, purposes=("confirm", "address"), now=NOW) == TOKEN


def test_the_same_is_always_written_alike_so_that_it_can_be_mailed_again():
    assert RING.write(TOKEN) == TEXT


def test_the_mac_has_256_bits_and_the_token_fits_a_fragment():
    head, _, mac = TEXT.rpartition(".")
    assert head == "confirm.k1.slotslotslotslotslotslotsl.01KJM5Q7G0ABCDEFGHJKMNPQRS-1"
    assert len(mac) == 43
    assert len(TEXT) < 300


@given(st.data())
def test_a_token_with_one_other_character_is_gone(data):
    at = data.draw(st.integers(0, len(TEXT) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda character: character != TEXT[at]))
    assert is_gone(TEXT[:at] + other + TEXT[at + 1 :])


@given(st.integers(0, len(TEXT) - 1))
def test_a_truncated_token_is_gone(length):
    assert is_gone(TEXT[:length])


@pytest.mark.parametrize(
    "text", ["", ".", "....", "confirm.k1.slot.id.", f"{TEXT}.x", f" {TEXT}", TEXT * 3, "ñ.k1.s.i.m"]
)
def test_what_has_not_the_form_of_a_token_is_gone(text):
    assert is_gone(text)


@given(st.text())
def test_no_text_makes_anything_but_a_refusal(text):
    assert is_gone(text)


def test_a_token_of_another_purpose_is_gone():
    assert is_gone(TEXT, purposes=("reset",))


def test_a_token_whose_purpose_was_exchanged_is_gone():
    assert is_gone(TEXT.replace("confirm", "reset"), purposes=("reset",))


def test_a_token_made_with_another_secret_is_gone():
    other = Keyring("k1", {"k1": SigningKey(b"another secret")})
    assert is_gone(other.write(TOKEN))


def test_a_token_of_a_key_that_is_not_ours_is_gone():
    other = Keyring("k9", {"k9": SigningKey(b"the first secret")})
    assert is_gone(other.write(TOKEN))


class TestRetiredKeys:
    RING = Keyring(
        "k2", {"k1": SigningKey(b"the first secret", retired_at=NOW), "k2": SigningKey(b"the second secret")}
    )

    def test_new_tokens_are_written_with_the_current_key(self):
        assert kid_of(self.RING.write(TOKEN)) == "k2"

    def test_a_retired_key_is_accepted_for_seven_days(self):
        assert timedelta(days=7) == RETIRED_KEYS_LIVE
        for age in (timedelta(0), timedelta(days=7)):
            assert self.RING.read(TEXT, purposes=("confirm",), now=NOW + age) == TOKEN

    def test_and_no_longer(self):
        assert is_gone(TEXT, ring=self.RING, now=NOW + timedelta(days=7, microseconds=1))


@pytest.mark.parametrize(("text", "kid"), [(TEXT, "k1"), ("a.b.c", "b"), ("a.b", None), ("a", None), ("", None)])
def test_the_key_that_a_token_claims_is_read_without_believing_it(text, kid):
    assert kid_of(text) == kid
