"""Measures, prints tables and writes `bench/results.json`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from bench import batch, cold, documents, mailbox, memory, pages, report, timing, units, warm
from bench.acts import Acts
from bench.report import Section
from bench.scenes import Scene, make_scenes
from bench.stage import Stage, template
from local.site import ROOT

_LONGEST = timedelta(minutes=15)  # that all of this may take: a session that is older is written down as seen
SECTIONS = ("cold", "warm", "memory", "units", "timing", "documents", "batch", "mailbox", "pages")


def main() -> int:
    """Measure what is asked for, by default everything."""
    arguments = _arguments()
    wanted: tuple[str, ...] = tuple(arguments.sections) or SECTIONS
    done: dict[str, Section] = {}
    for name, section in _sections(wanted, arguments.build, arguments.rounds):
        print(section, flush=True)
        print()
        done[name] = section
    report.write(done)
    return 0


def _sections(wanted: tuple[str, ...], build: Path, rounds: int) -> Iterator[tuple[str, Section]]:
    scenes: list[Scene] = []
    if {"cold", "warm", "memory"} & {*wanted}:
        with Stage(ahead=_LONGEST) as stage:
            scenes = make_scenes(Acts(stage))
            if "warm" in wanted:
                yield "warm", warm.measure(stage, scenes)
    if {"cold", "memory"} & {*wanted}:
        functions = template(build).functions
        if "cold" in wanted:
            yield "cold", cold.measure(functions, scenes, rounds=rounds)
        if "memory" in wanted:
            yield "memory", memory.measure(functions, scenes)
    for name, measure in (("units", units.measure), ("timing", timing.measure)):
        if name in wanted:
            with Stage() as stage:
                yield name, measure(Acts(stage))
    if "documents" in wanted:
        yield "documents", documents.measure()
    if "batch" in wanted:
        yield from batch.measure()
    if "mailbox" in wanted:
        yield "mailbox", mailbox.measure()
    if "pages" in wanted:
        yield "pages", pages.measure()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], metavar="section", help=" | ".join(SECTIONS))
    parser.add_argument("--rounds", type=int, default=9, help="spawns of each function (default 9)")
    parser.add_argument(
        "--build", type=Path, default=ROOT / ".aws-sam" / "local", help="folder of a `sam build` for this machine"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
