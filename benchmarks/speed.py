"""How fast, beside the peers and behind a backlog: `python -m benchmarks [PART ...]`. README.md says what it does."""

import argparse
import signal
import sys
from collections.abc import Callable, Sequence
from http.client import HTTPException

from benchmarks import comparison, npm
from benchmarks.contestants import PLAIN, USHER, bullmq
from benchmarks.crowd import crowd
from benchmarks.depth import depth
from benchmarks.pages import pages
from benchmarks.parts import PARTS, Seen, measure
from benchmarks.processes import StartError
from benchmarks.slots import busy, slots, tenant
from benchmarks.systems import Sizes, System, started
from benchmarks.waits import behind, idle

ALONE: dict[str, Callable[[argparse.Namespace], None]] = {
    "idle": idle,
    "behind": behind,
    "crowd": crowd,
    "slots": slots,
    "busy": busy,
    "tenant": tenant,
    "depth": depth,
    "pages": pages,
}


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 0, or 1 if a system did not start, or lost or refused something."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: all running processes are ended on the way out
    failed = 0
    for name, part in {"comparison": compare, **ALONE}.items():
        if name in options.parts or part is compare:
            try:
                part(options)
            except (StartError, RuntimeError, OSError, HTTPException) as error:
                say(f"benchmark: no result of this part: {error}")
                failed = 1
            except KeyboardInterrupt:
                return 130
    return failed


def compare(options: argparse.Namespace) -> None:
    """The parts that all systems do, in rounds, each system in turn; a fresh start each time."""
    parts = [part for part in PARTS if part.name in options.parts]
    if not parts:
        return
    systems = contestants(options.bullmq_workers)
    rounds: dict[str, dict[str, list[Seen]]] = {part.name: {system.name: [] for system in systems} for part in parts}
    for number in range(options.rounds):
        for system in systems:
            with started(system, Sizes(options.web_processes)) as one:
                for part in parts:
                    say(f"round {number + 1} of {options.rounds}: {system.name}, {part.title}")
                    rounds[part.name][system.name].append(measure(one, part, options.seconds))
    for part in parts:
        print(comparison.table(part, rounds[part.name]), end="\n\n", flush=True)


def contestants(bullmq_workers: int) -> list[System]:
    """Usher and the peers that this machine can run. Says which one is left out, and why."""
    try:
        return [USHER, bullmq(npm.installed(), bullmq_workers), PLAIN]
    except StartError as error:
        say(f"BullMQ + Fastify is left out: {error}.")
        return [USHER, PLAIN]


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options."""
    names = [*(part.name for part in PARTS), *ALONE]
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(names)}; by default all")
    parser.add_argument("--rounds", type=int, default=3, help="of all systems in turn (3)")
    parser.add_argument("--seconds", type=float, default=2.0, help="of work that each measurement is given (2)")
    parser.add_argument("--queued", type=int, default=100_000, help="jobs that are waited behind (100000)")
    usual = Sizes().web_processes
    parser.add_argument("--web-processes", type=int, default=usual, help=f"of each system in the first three ({usual})")
    parser.add_argument("--bullmq-workers", type=int, default=1, help="processes of BullMQ's worker (1)")
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(names):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    options.parts = options.parts or names
    return options


def say(line: str) -> None:
    """Tell the watching user; standard output has only the result."""
    print(line, file=sys.stderr, flush=True)
