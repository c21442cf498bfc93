"""Documents: making one, and checking a signed one of about 100 KB, in a process that has done it before."""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from bench.report import Section, Value
from bench.samples import median, percentile
from tests import papers
from tests.signing import Authority, sign
from ventanilla.adapters.clock import SystemClock
from ventanilla.adapters.signatures import SignatureReader

GOAL = 100.0
SIZE = 100_000
_WARM_UP, _TIMES = 3, 30


def measure() -> Section:
    """Make each document of a SEPS request, and read a signed one of ordinary size and one of 100 KB."""
    request = papers.of_seps()
    rows = [_row(f"make {kind}", partial(_make, request, kind), None) for kind in _kinds(request)]
    authority = Authority()
    with tempfile.TemporaryDirectory() as folder:
        authority.write_root(Path(folder))
        reader = SignatureReader(Path(folder), SystemClock(None))
        for what, original in (("as made", papers.made(request, "acuerdo")), ("padded", _padded(request))):
            signed = sign(original, authority.citizen(papers.ANA))
            rows.append(_row(f"verify {len(signed) // 1000} KB, {what}", partial(reader.read, signed, original), GOAL))
    return Section("Documents, ms", rows, [f"{_TIMES} times each; goal for verifying: median under {GOAL:g} ms"])


def _make(request: Any, kind: str) -> bytes:
    return papers.made(request, kind, code=secrets.token_hex(8))  # another each time: typst remembers what it made


def _kinds(request: Any) -> list[str]:
    return [document.id for document in papers.portal(request.portal).documents]


def _padded(request: Any) -> bytes:
    """Return a document that a picture, say, has made as large as it may well be."""
    from io import BytesIO

    from pyhanko.pdf_utils import generic
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    made = papers.made(request, "acuerdo")
    writer = IncrementalPdfFileWriter(BytesIO(made))
    noise = os.urandom(max(0, SIZE - len(made) - 20_000))  # a signature brings the rest
    writer.root["/VentanillaBench"] = writer.add_object(generic.StreamObject(stream_data=noise))
    writer.update_root()  # type: ignore[no-untyped-call]  # pyHanko's has no types
    out = BytesIO()
    writer.write(out)  # type: ignore[no-untyped-call]  # as above
    return out.getvalue()


def _row(what: str, act: Callable[[], object], goal: float | None) -> dict[str, Value]:
    times: list[float] = []
    for _ in range(_WARM_UP + _TIMES):
        started = time.perf_counter()
        act()
        times.append((time.perf_counter() - started) * 1000)
    middle = median(times[_WARM_UP:])
    return {
        "what": what,
        "median": round(middle, 1),
        "p95": round(percentile(times[_WARM_UP:], 0.95), 1),
        "goal met": None if goal is None else middle < goal,
    }
