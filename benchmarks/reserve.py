"""Reservations, Usher beside plain Celery + Flask: `python -m benchmarks reserve`. README.md says what is compared."""

import argparse
import json
import signal
import sys
import time
from collections.abc import Sequence

from benchmarks import memory, report
from benchmarks.contestants import PLAIN, USHER
from benchmarks.load import Load, run_apart
from benchmarks.parts import await_done
from benchmarks.processes import StartError, cpu_seconds
from benchmarks.report import Round
from benchmarks.systems import Running, Sizes, System, started

SYSTEMS = (USHER, PLAIN)
WARM_UP = 500


def main(arguments: Sequence[str]) -> int:
    """Measure and print. Returns 0, or 1 if a system did not start, lost a reservation or refused one."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: all running processes are ended on the way out
    requests = (options.requests, max(1, options.requests // options.plain_divisor))
    rounds: tuple[list[Round], list[Round]] = ([], [])
    try:
        for number in range(options.rounds):
            for system, count, own in zip(SYSTEMS, requests, rounds, strict=True):
                say(f"round {number + 1} of {options.rounds}: {system.name}, {count:,} requests")
                own.append(measure(system, count, options.connections, options.idle, options.sizes))
    except (StartError, RuntimeError, OSError) as error:
        say(f"benchmark: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    names = [system.name for system in SYSTEMS]
    if options.json:
        print(json.dumps(report.as_json(names, rounds)))
        return 0
    print(
        f"\n{options.connections} connections, {options.sizes.web_processes} web process(es) and"
        f" {options.sizes.worker_concurrency} worker processes each; median (min-max) of {options.rounds} rounds.\n"
    )
    print(report.table(names, rounds))
    print()
    for name, own in zip(names, rounds, strict=True):
        print(report.memory_table(name, own))
    print(f"\n{report.conclusion(names, rounds)}")
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options, with `sizes` put together."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks reserve", description=__doc__)
    parser.add_argument("--requests", type=positive, default=20_000, help="of Usher, per round (20000)")
    parser.add_argument(
        "--plain-divisor", type=positive, default=4, help="the slower peer gets so many times fewer (4)"
    )
    parser.add_argument("--rounds", type=positive, default=3, help="of both systems in turn (3)")
    parser.add_argument("--connections", type=positive, default=64, help="requests on their way at a time (64)")
    parser.add_argument("--idle", type=positive, default=50, help="reservations one at a time, per round (50)")
    usual = Sizes().web_processes
    parser.add_argument("--web-processes", type=positive, default=usual, help=f"of each system ({usual})")
    parser.add_argument("--worker-concurrency", type=positive, default=2, help="of each system (2)")
    parser.add_argument("--json", action="store_true", help="every number, instead of a table")
    options = parser.parse_args(arguments)
    options.sizes = Sizes(options.web_processes, options.worker_concurrency)
    return options


def positive(text: str) -> int:
    """A whole number above 0. Raises ValueError."""
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def measure(system: System, count: int, connections: int, idle: int, sizes: Sizes) -> Round:
    """One round on a fresh system. Raises RuntimeError if it did not do all that it accepted."""
    with started(system, sizes) as one:
        done = one.units_held()
        load = run_apart(Load(one.port, system.path, system.body, WARM_UP, connections))
        await_done(one, Running.units_held, done + WARM_UP, load.started_seconds)
        polled = [polled_ms(one) for _ in range(idle)]
        waited = [waited_ms(one) for _ in range(idle)] if system is USHER else []
        done = one.units_held()
        before, families_before = memory.used_bytes(one.redis), memory.by_family(one.redis, system.families)

        cpu = cpu_seconds(one.processes)
        measured = run_apart(Load(one.port, system.path, system.body, count, connections))
        if measured.statuses != {"202": count}:
            raise RuntimeError(f"{system.name} answered {measured.statuses}")
        ended = await_done(one, Running.units_held, done + count, measured.started_seconds)
        cpu = cpu_seconds(one.processes) - cpu

        after, families = memory.used_bytes(one.redis), memory.by_family(one.redis, system.families)
        return Round(
            accepted_per_second=count / (measured.ended_seconds - measured.started_seconds),
            finished_per_second=count / (ended - measured.started_seconds),
            cpu_us=cpu / count * 1e6,
            accept_p50_ms=report.percentile(measured.latencies_ms, 0.5),
            accept_p99_ms=report.percentile(measured.latencies_ms, 0.99),
            idle_held_p50_ms=report.percentile(polled, 0.5),
            idle_wait_p50_ms=report.percentile(waited, 0.5) if waited else None,
            bytes_per_reservation=(after - before) / count,
            bytes_by_family={name: (size - families_before[name]) / count for name, size in families.items()},
        )


def polled_ms(one: Running) -> float:
    """From a POST until a GET says held; a GET every millisecond or as quickly as they are answered."""
    begun = time.monotonic()
    _, body = one.call("POST", one.system.path, one.system.body)
    where = one.system.reservation.replace("#", body["id"])
    while one.call("GET", where)[1]["state"] != "held":
        time.sleep(0.001)
    return (time.monotonic() - begun) * 1000


def waited_ms(one: Running) -> float:
    """From a POST with `Prefer: wait` until its answer, which is the hold."""
    begun = time.monotonic()
    status, _ = one.call("POST", one.system.path, one.system.body, prefer="wait=10")
    if status != 201:
        raise RuntimeError(f"{one.system.name} answered {status} to a request that waits")
    return (time.monotonic() - begun) * 1000


def say(line: str) -> None:
    """Tell the watching user; standard output has only the result."""
    print(line, file=sys.stderr, flush=True)
