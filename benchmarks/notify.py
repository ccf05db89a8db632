"""Notifications, Usher beside one plain Celery task per recipient: `python -m benchmarks notify`."""

import argparse
import base64
import http.client
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import redis

from benchmarks.carried import Carried, table
from benchmarks.memory import Peak, rss_mebibytes
from benchmarks.processes import ROOT, StartError, cpu_seconds, free_port, running, valkey, wait_for
from ops.procfile import read

BIN = Path(sys.executable).parent
SECRET = "whsec_" + base64.b64encode(b"b" * 32).decode()
MESSAGE = "The show moved to Friday, 20:00. Your tickets stay valid."
ANSWER_MS = 20
SECONDS = 300.0
WARM_UP = 200


class Bench:
    """Servers for one system: a provider, Redis, and what the system adds."""

    def __init__(self, stack: ExitStack, directory: Path) -> None:
        self.stack, self.directory = stack, directory
        self.port = free_port()
        command = [sys.executable, "-m", "benchmarks.provider", str(self.port), str(ANSWER_MS)]
        self.provider = stack.enter_context(running("provider", command, {}, directory))
        wait_for(self.provider_answers, [self.provider], directory)
        server, redis_port = stack.enter_context(valkey(directory))
        self.processes = [server]
        self.redis = stack.enter_context(redis.Redis(port=redis_port, decode_responses=True))
        self.urls = {
            "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
            "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
        }

    def start(self, name: str, command: Sequence[str], variables: Mapping[str, str]) -> subprocess.Popen[bytes]:
        process = self.stack.enter_context(running(name, command, {**self.urls, **variables}, self.directory))
        self.processes.append(process)
        return process

    def pipe(self, command: Sequence[str], variables: Mapping[str, str]) -> Any:
        """A process that answers line by line."""
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**os.environ, **self.urls, **variables},
            cwd=ROOT,
        )
        self.stack.callback(process.wait)
        self.stack.callback(process.kill)
        self.processes.append(process)
        return process

    def addresses(self, count: int) -> list[str]:
        return [f"http://127.0.0.1:{self.port}/hooks/{number}" for number in range(count)]

    def seen(self, path: str = "/count") -> dict[str, Any]:
        """The provider's calls so far. Raises OSError."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", path)
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        return answer

    def provider_answers(self) -> bool:
        try:
            return self.seen() is not None
        except OSError:
            return False

    def await_calls(self, count: int) -> None:
        """Raises RuntimeError if the provider is not called so often in time, or twice for the same recipient."""
        deadline = time.monotonic() + SECONDS
        while (seen := self.seen())["ids"] < count:
            if time.monotonic() > deadline:
                raise RuntimeError(f"the provider was called for {seen['ids']} of {count}")
            time.sleep(0.02)
        if seen["count"] != seen["ids"]:
            raise RuntimeError(f"the provider was called {seen['count']} times for {seen['ids']} recipients")


@contextmanager
def bench() -> Iterator[Bench]:
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="benchmark-")))
        yield Bench(stack, directory)


@contextmanager
def usher(options: argparse.Namespace, rate: int | None = None) -> Iterator[tuple[Bench, int]]:
    """Usher's web process and notifier, both as the Procfile has them; and the web port."""
    with bench() as one:
        port = free_port()
        variables = {
            "HOST": "127.0.0.1",
            "PORT": str(port),
            "USHER_SEED": "none",
            "USHER_WEBHOOK_SECRETS": SECRET,
            "USHER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "USHER_SENDS_IN_FLIGHT": str(options.in_flight),
            "USHER_RATES": "" if rate is None else f"webhook={rate}",
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        }
        lines = read(ROOT / "Procfile")
        notifier = shlex.split(lines["notifier"])
        if options.threads:
            notifier += ["--threads", str(options.threads)]
        for number in range(options.notifiers):
            one.start(f"notifier{number}", [str(BIN / notifier[0]), *notifier[1:]], variables)
        web = shlex.split(lines["web"])
        one.start("web", [str(BIN / web[0]), *web[1:]], variables)
        wait_for(lambda: _status(port, "GET", "/healthz") == 200, one.processes, one.directory)
        _notify(port, one.addresses(WARM_UP))
        wait_for(lambda: bool(one.seen()["ids"] == WARM_UP), one.processes, one.directory)
        yield one, port


def carry_usher(options: argparse.Namespace, count: int) -> Carried:
    """One request with all recipients."""
    with usher(options) as (one, port):
        web = one.processes[-1]
        before, cpu = rss_mebibytes(web), cpu_seconds(one.processes)
        peak = Peak(web)
        began = time.monotonic()
        with peak:
            _notify(port, one.addresses(count))
            taken_in = time.monotonic() - began
        one.await_calls(WARM_UP + count)
        seconds = one.seen("/moments")["moments"][-1] - began
        cpu = cpu_seconds(one.processes) - cpu
        return Carried(taken_in, peak.mebibytes - before, count / seconds, cpu / count * 1e6)


def carry_plain(options: argparse.Namespace, count: int) -> Carried:
    """The peer takes them in in a process of its own, as its web process would."""
    with bench() as one:
        variables = {"SECRET": SECRET, "CONNECTIONS": str(options.in_flight)}
        command = [str(BIN / "celery"), "-A", "benchmarks.plain.notify", "worker", "-P", "threads"]
        command += ["-c", str(options.in_flight), "--without-gossip", "--without-mingle", "-E"]
        for number in range(options.notifiers):
            one.start(f"worker{number}", [*command, "-n", f"worker{number}@%h"], variables)
        producer = one.pipe([sys.executable, "-m", "benchmarks.plain.notify"], variables)

        def take_in(number: int) -> tuple[float, float]:
            producer.stdin.write(json.dumps([one.addresses(number), MESSAGE]).encode() + b"\n")
            producer.stdin.flush()
            began, ended = json.loads(producer.stdout.readline())
            return began, ended

        take_in(WARM_UP)
        wait_for(lambda: bool(one.seen()["ids"] == WARM_UP), one.processes, one.directory)
        cpu = cpu_seconds(one.processes)
        began, ended = take_in(count)
        one.await_calls(WARM_UP + count)
        seconds = one.seen("/moments")["moments"][-1] - began
        cpu = cpu_seconds(one.processes) - cpu
        return Carried(ended - began, None, count / seconds, cpu / count * 1e6)


def rate_error(options: argparse.Namespace, rate: int, seconds: int) -> tuple[float, float]:
    """(sends a second that were measured, the most within any one second beyond rate and burst)."""
    with usher(options, rate) as (one, port):
        time.sleep(1.5)  # the warm-up has used up the burst
        _notify(port, one.addresses(rate * seconds))
        one.await_calls(WARM_UP + rate * seconds)
        moments = one.seen("/moments")["moments"][WARM_UP:]
    # The first sends may come at once, and the last ones are few: the rate is measured between them.
    middle = moments[rate : -rate // 2]
    measured = (len(middle) - 1) / (middle[-1] - middle[0])
    most = max(
        sum(1 for other in moments[at : at + 3 * rate] if other < moment + 1) for at, moment in enumerate(moments)
    )
    return measured, most


def _notify(port: int, addresses: Sequence[str]) -> None:
    """One request, one line per recipient. Raises RuntimeError."""
    one = {"channel": "webhook", "message": MESSAGE, "attempts": 5}
    body = "".join(json.dumps({**one, "to": to}) + "\n" for to in addresses)
    status = _status(port, "POST", "/v1/notifications", body, "application/x-ndjson")
    if status != 202:
        raise RuntimeError(f"Usher answered {status}")


def _status(port: int, method: str, path: str, body: str | None = None, kind: str = "") -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request(method, path, body, {"Content-Type": kind} if kind else {})
        answer = connection.getresponse()
        answer.read()
        return answer.status
    except OSError:
        return 0
    finally:
        connection.close()


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print. Returns 0, or 1 if a system did not start or did not reach everybody once."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C: all running processes are ended on the way out
    ours: list[Carried] = []
    theirs: list[Carried] = []
    try:
        for number in range(options.rounds):
            say(f"round {number + 1} of {options.rounds}: Usher, {options.recipients:,} recipients")
            ours.append(carry_usher(options, options.recipients))
            few = max(1, options.recipients // options.plain_divisor)
            say(f"round {number + 1} of {options.rounds}: plain Celery, {few:,} recipients")
            theirs.append(carry_plain(options, few))
        say(f"rate limit: {options.rate} a second for {options.rate_seconds} s")
        measured, most = rate_error(options, options.rate, options.rate_seconds)
    except (StartError, RuntimeError, OSError) as error:
        say(f"benchmark: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(table(options, ours, theirs))
    off = abs(measured / options.rate - 1)
    print(
        f"\nrate limit: {options.rate} a second were set, {measured:.1f} were sent, an error of {off:.1%};"
        f" at most {most:.0f} in any second (a burst of 10 is allowed)"
    )
    return 0


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks notify", description=__doc__)
    parser.add_argument("--recipients", type=int, default=10_000, help="of Usher, per round (10000)")
    parser.add_argument("--plain-divisor", type=int, default=4, help="the slower peer gets so many times fewer (4)")
    parser.add_argument("--rounds", type=int, default=3, help="of both in turn (3)")
    parser.add_argument("--in-flight", type=int, default=64, help="sends at a time, of each process of both (64)")
    parser.add_argument("--notifiers", type=int, default=1, help="processes that send, of both (1)")
    parser.add_argument(
        "--threads", type=int, default=0, help="messages at a time of Usher's notifier (the Procfile's)"
    )
    parser.add_argument("--rate", type=int, default=100, help="limit to be kept, sends a second (100)")
    parser.add_argument("--rate-seconds", type=int, default=10, help="for so long (10)")
    return parser.parse_args(arguments)


def say(line: str) -> None:
    """Tell the watching user; standard output has only the result."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
