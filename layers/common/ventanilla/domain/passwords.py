"""A portal's password policy, and the refusal of what guessers try first (NIST SP 800-63B-4 §3.1.1.2)."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal

Character = Literal["digit", "upper", "lower", "symbol"]

PREFIX = 5
"""Bytes of each SHA-256 digest in `blocklist.bin`: a random text is taken for a listed one once in 30 million."""
SHORTEST_WORD = 4
"""Characters of the shortest listed word, and of the shortest word of a context that counts."""
_LONGEST_WORD = 20
# A context may come straight from a request, of any size.
_MOST_TEXTS, _LONGEST_TEXT = 100, 200
_ENOUGH = 8
"""What must be left to guess, in characters, once everything that a guesser knows is taken out."""
_WORD_WEIGHT = 2
"""A listed word (or a year) is guessed like two characters: two of them glued are too few, four are a passphrase."""
_YEAR = re.compile(r"(?:19|20)\d\d")
_PIECE = re.compile(r"[^\W_]+")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiop", "asdfghjkl;", "zxcvbnm")
_SHIFTED = ("!@#$%^&*()", '!"#$%&/()=')
_COLUMNS = ("1qaz", "2wsx", "3edc", "4rfv", "5tgb", "6yhn", "7ujm", "8ik", "9ol", "0p")
_ONWARD = frozenset(a + b for line in (*_ROWS, *_SHIFTED, *_COLUMNS) for a, b in pairwise(line))
_BACKWARD = frozenset(pair[::-1] for pair in _ONWARD)
_STEPS: tuple[Callable[[str], bool], ...] = (
    _ONWARD.__contains__,
    _BACKWARD.__contains__,
    lambda pair: pair[0] == pair[1],
)
_HAS: dict[Character, Callable[[str], bool]] = {
    "digit": str.isdecimal,
    "upper": str.isupper,
    "lower": str.islower,
    "symbol": lambda character: not (character.isalnum() or character.isspace()),
}


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """A portal's `[password]`; `legacy` says why one that is below today's standards is kept."""

    __pydantic_config__: ClassVar[Any] = {"extra": "forbid"}
    min_length: int = 15
    max_length: int = 128
    require: tuple[Character, ...] = ()
    legacy: str | None = None


@dataclass(frozen=True, slots=True)
class PasswordFault:
    """Why a password is refused: `code` names the rule, `params` fill its text."""

    code: str
    params: dict[str, object] = field(default_factory=dict)


def check(policy: PasswordPolicy, password: str, context: Iterable[str] = ()) -> tuple[PasswordFault, ...]:
    """Return all that is wrong with a password, and nothing for one that may be used.

    Args:
        policy: lengths are in code points after NFC; nothing is cut off.
        password: as typed.
        context: what a guesser would try on this account: the portal's words, the person's names, addresses, numbers.
    """
    password = normalise(password)
    faults: list[PasswordFault] = []
    if len(password) < policy.min_length:
        faults.append(PasswordFault("password_short", {"min": policy.min_length, "length": len(password)}))
    if len(password) > policy.max_length:
        faults.append(PasswordFault("password_long", {"max": policy.max_length}))
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in password):
        faults.append(PasswordFault("password_control"))
    faults.extend(PasswordFault(f"password_{kind}") for kind in policy.require if not any(map(_HAS[kind], password)))
    # What is too long costs too much to look into, and a lone surrogate cannot be encoded.
    if not any(fault.code in ("password_long", "password_control") for fault in faults):
        faults.extend(_guessable(policy, password, context))
    return tuple(faults)


def normalise(password: str) -> str:
    """Return the form in which a password is counted and hashed, whichever keyboard typed it: NFC."""
    return unicodedata.normalize("NFC", password)


def fold(text: str) -> str:
    """Return a text without case, accents and font variants: the form in which passwords are compared with words."""
    spread = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", "".join(part for part in spread if not unicodedata.combining(part)))


def is_listed(folded: str) -> bool:
    """Tell whether a folded text is on the blocklist (`tools/blocklist.py`)."""
    table = _table()
    wanted = sha256(folded.encode()).digest()[:PREFIX]
    at = bisect_left(range(0, len(table), PREFIX), wanted, key=lambda start: table[start : start + PREFIX]) * PREFIX
    return table[at : at + PREFIX] == wanted


def _guessable(policy: PasswordPolicy, password: str, context: Iterable[str]) -> Iterator[PasswordFault]:
    """Yield that a password is common, or made of the person's and the portal's own words."""
    folded = fold(password)
    unit = _unit(folded)
    words = _context_words(context)
    pieces = list(_pieces(unit))
    alone, informed = _weight(unit, pieces), _weight(unit, [*pieces, *_occurrences(unit, words)])
    bare = re.sub(r"^[\W\d_]+|[\W\d_]+$", "", folded)
    # A short password that a legacy policy allows is not called common only because it is short.
    if is_listed(folded) or (bare and is_listed(bare)) or alone < min(_ENOUGH, policy.min_length, len(password)):
        yield PasswordFault("password_common")
    if informed < min(_ENOUGH, alone):
        word = max((word for word in words if word in folded), key=len)
        yield PasswordFault("password_personal", {"word": words[word]})


def _context_words(context: Iterable[str]) -> dict[str, str]:
    """Return the words of a context by their folded form; of an e-mail address only what stands before the @."""
    words: dict[str, str] = {}
    for text in islice(context, _MOST_TEXTS):
        meant = text[:_LONGEST_TEXT].rpartition("@")[0] or text[:_LONGEST_TEXT]
        pieces = _PIECE.findall(normalise(meant))
        for piece in (*pieces, "".join(pieces)):
            words.setdefault(fold(piece), piece)
            if piece.isdecimal():  # a phone with its country's code is known without it too
                words.setdefault(fold(piece[-9:]), piece)
    return {word: piece for word, piece in words.items() if len(word) >= SHORTEST_WORD}


def _unit(text: str) -> str:
    """Return what a text repeats, at least twice, from end to end; else the text."""
    for length in range(1, len(text) // 2 + 1):
        if text.startswith(text[length:]):
            return text[:length]
    return text


def _weight(text: str, pieces: Iterable[tuple[int, int, int]]) -> int:
    """Return what there is to guess in a text, in characters: the lightest way to cut it into pieces."""
    least = list(range(len(text) + 1))
    for start, end, weight in sorted(pieces):
        least[end] = min(least[end], least[start] + weight)
    return least[-1]


def _pieces(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield start, end and weight of what a text may be cut into: single characters, runs, listed words."""
    for start in range(len(text)):
        yield start, start + 1, 1
        for end in range(start + 3, start + _run(text, start) + 1):
            # Three digits in a row come about by chance too often, in a password of digits alone.
            if end - start > 3 or not text[start:end].isdecimal():
                yield start, end, 1
        for end in range(start + SHORTEST_WORD, min(start + _LONGEST_WORD, len(text)) + 1):
            if _is_word(text[start:end]):
                yield start, end, _WORD_WEIGHT


def _occurrences(text: str, words: Iterable[str]) -> Iterator[tuple[int, int, int]]:
    """Yield where words of the context stand in a text: there is nothing in them to guess."""
    for word in words:
        start = text.find(word)
        while start >= 0:
            yield start, start + len(word), 0
            start = text.find(word, start + 1)


def _is_word(piece: str) -> bool:
    if piece.isdecimal():  # the lists hold thousands of numbers, which chance would meet in any long one
        return _YEAR.fullmatch(piece) is not None
    return is_listed(piece)


def _run(text: str, start: int) -> int:
    """Return how many characters from `start` on follow each other in the alphabet, on a keyboard, or are the same."""
    longest = 1
    for follows in _STEPS:
        end = start + 1
        while end < len(text) and follows(text[end - 1 : end + 1]):
            end += 1
        longest = max(longest, end - start)
    return longest


@cache
def _table() -> bytes:
    return Path(__file__).with_name("blocklist.bin").read_bytes()
