"""`usher top`: in a real terminal, and where there is none."""

import fcntl
import json
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.deadlines import deadline_in
from tests.inventory_kit import definition, wish
from tests.jobs import claim, new, options, take_in
from tests.servers import Valkey
from worker.inventory.inventory_store import InventoryStore
from worker.jobs.job_store import JobStore, Settlement

ROOT = Path(__file__).parents[3]


@pytest.fixture
def variables(valkey: Valkey, state: redis.Redis) -> dict[str, str]:
    """A show with a hold, a failed job, and one of a type that nobody knows."""
    inventory = InventoryStore(state)
    inventory.create("show:hamlet", definition(hold_ms=60_000, floor=10))
    inventory.reserve("show:hamlet", [wish("r1", ("floor", 2))])
    failed, store = new(id="f" * 26), JobStore(state, options())
    take_in(state, failed)
    error = {"code": "broken", "message": "the \x1b[31mlens\nis broken"}
    store.settle([Settlement(one, "permanent", json.dumps(error)) for one in claim(store, failed.id)])
    take_in(state, new(type="unheard"))
    servers = {"REDIS_URL": valkey.url(0), "BROKER_URL": valkey.url(1)}
    return os.environ | servers | {"TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}


class Terminal:
    """A terminal of this size with `usher top` in it; `shown` is all that was written since the last key."""

    def __init__(self, variables: dict[str, str], columns: int = 80, lines: int = 24) -> None:
        self._own, its = pty.openpty()
        self.resize(columns, lines)
        words = [sys.executable, "-m", "usher", "top"]
        self.process = subprocess.Popen(words, cwd=ROOT, env=variables, stdin=its, stdout=its, stderr=its)
        os.close(its)
        self.shown = ""

    def resize(self, columns: int, lines: int) -> None:
        fcntl.ioctl(self._own, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def press(self, keys: str) -> None:
        self.shown = ""
        os.write(self._own, keys.encode())

    def shows(self, *words: str) -> bool:
        """Whether all of the words come within 30 s."""
        deadline = deadline_in(30)
        while not all(word in self.shown for word in words):
            if time.monotonic() > deadline:
                return False
            if select.select([self._own], [], [], 0.2)[0]:
                try:
                    self.shown += os.read(self._own, 65_536).decode(errors="replace")
                except OSError:  # it ended
                    return all(word in self.shown for word in words)
        return True

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(20)
        os.close(self._own)


@pytest.fixture
def terminal(variables: dict[str, str]) -> Iterator[Terminal]:
    made = Terminal(variables)
    yield made
    made.close()


def test_it_shows_what_happens_and_obeys_keys(terminal: Terminal, state: redis.Redis) -> None:
    # Given a picture with findings, lanes, types and what is on sale, in 80 by 24
    assert terminal.shows("Nobody", "LANE", "reservations", "TYPE", "unheard", "hamlet", "q quit")

    # When a type that failed is chosen and opened, Then its jobs are there with their reasons, which move no cursor
    terminal.press("fj\x1bOAjk\n")
    assert terminal.shows("failed jobs of resize_image", "f" * 26, "\\x1b[31mlens", "h back")
    terminal.press("h")
    assert terminal.shows("LANE")
    terminal.press("jl")
    assert terminal.shows("unheard", "None of its jobs has failed.")

    # When it is stopped, resized and left, Then it says so, draws anew, and ends well
    terminal.press("h")
    terminal.press("p")
    assert terminal.shows("STOPPED")
    terminal.press("p")
    terminal.resize(140, 50)
    terminal.process.send_signal(signal.SIGWINCH)
    assert terminal.shows("reservations")
    terminal.press("q")
    assert terminal.process.wait(20) == 0


def test_new_jobs_appear_by_themselves_and_an_interrupt_ends_it(terminal: Terminal, state: redis.Redis) -> None:
    assert terminal.shows("unheard")
    take_in(state, new(type="late_comer"))
    assert terminal.shows("late_comer")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.process.wait(20) == 0


def test_colours_are_left_out_on_demand(variables: dict[str, str]) -> None:
    for more, coloured in (({}, True), ({"NO_COLOR": "1"}, False)):
        terminal = Terminal(variables | more)
        assert terminal.shows("q quit", "unheard")
        assert ("\x1b[31m" in terminal.shown) == coloured
        terminal.close()


def run(variables: dict[str, str], *arguments: str) -> tuple[int, str, str]:
    words = [sys.executable, "-m", "usher", "top", *arguments]
    ended = subprocess.run(words, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout, ended.stderr


def test_without_a_terminal_it_prints_one_picture(variables: dict[str, str]) -> None:
    code, out, told = run(variables)
    assert (code, told) == (0, "")
    assert "\x1b" not in out
    lines = [line.split() for line in out.splitlines()]
    assert ["unheard", "1"] in [line[:2] for line in lines]
    assert ["show:hamlet", "8", "2", "0", "10", "A", "show"] in lines
    assert any(line[:2] == ["error:", "Nobody"] for line in lines)


def test_programs_get_the_bodies_of_the_api(variables: dict[str, str]) -> None:
    found = json.loads(run(variables, "--json")[1])
    assert found["stats"]["backlog"]["unheard"]["queued"] == 1
    assert (found["findings"]["status"], len(found["history"]["recorded_ms"])) == ("error", 60)


def test_a_server_that_is_away_and_a_poor_terminal_are_sentences(variables: dict[str, str]) -> None:
    code, out, told = run(variables | {"REDIS_URL": "redis://127.0.0.1:9/0"})
    assert (code, out, told.count("\n"), told.startswith("usher: ")) == (1, "", 1, True)
    terminal = Terminal(variables | {"TERM": "nothing-known"})
    assert terminal.shows("cannot show it: usher top --once")
    assert terminal.process.wait(20) == 1
    terminal.close()
