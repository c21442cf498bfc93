# /// script
# requires-python = ">=3.11"
# dependencies = ["django==5.2.19", "zxcvbn==4.5.0"]
# ///
"""Make the password blocklist of the layer: `uv run --script tools/blocklist.py`; same sources, same bytes.

Sources (licences: NOTICE-blocklist.md beside the result), of which this repository keeps the last only:

- `common-passwords.txt.gz` of Django 5.2.19 (BSD-3-Clause), 19,640 passwords, made by Royce Williams;
- the list `passwords` of zxcvbn 4.5.0's `frequency_lists` (MIT), 30,000 passwords;
- `tools/blocklist_es.txt`, our own: words of Ecuador and of Spanish that passwords there are made of.

The result is the sorted first five bytes of the SHA-256 digests of the words, folded as the module that reads it folds
passwords: of 6 and more characters from the first two lists, of 4 and more from our own.
"""

from __future__ import annotations

import gzip
import importlib
import importlib.resources
import sys
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOMAIN = ROOT / "layers" / "common" / "ventanilla" / "domain"
OWN = ROOT / "tools" / "blocklist_es.txt"
SHORTEST_FOREIGN = 6


def main() -> None:
    """Write `blocklist.bin` beside the module that reads it."""
    sys.path.insert(0, str(ROOT / "layers" / "common"))
    from ventanilla.domain.passwords import PREFIX, SHORTEST_WORD, fold

    words = {word for word in map(fold, foreign_words()) if len(word) >= SHORTEST_FOREIGN}
    words |= {word for word in map(fold, own_words(OWN.read_text(encoding="utf-8"))) if len(word) >= SHORTEST_WORD}
    prefixes = {sha256(word.encode()).digest()[:PREFIX] for word in words}
    (DOMAIN / "blocklist.bin").write_bytes(b"".join(sorted(prefixes)))


def foreign_words() -> Iterator[str]:
    """Yield the passwords of the installed packages."""
    packed = importlib.resources.files("django.contrib.auth").joinpath("common-passwords.txt.gz").read_bytes()
    yield from gzip.decompress(packed).decode().split()
    yield from importlib.import_module("zxcvbn.frequency_lists").FREQUENCY_LISTS["passwords"]


def own_words(text: str) -> Iterable[str]:
    """Return the words of our own list: separated by blanks, `#` begins a comment."""
    return (word for line in text.splitlines() for word in line.partition("#")[0].split())


if __name__ == "__main__":
    main()
