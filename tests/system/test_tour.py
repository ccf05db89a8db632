"""A reader follows examples/README.md from top to bottom in a fresh clone: every command prints what the text says."""

import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tasks_app.state import worker_keys
from tests import bundled
from tests.system.clone import PORTS, Clone, Running
from tests.system.processes import ROOT
from tests.system.tour import BLOCK, INTERRUPT, Step, alike, steps

README = ROOT / "examples" / "README.md"
READY_SECONDS = 60

Eventually = Callable[..., None]


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    copy = Clone(tmp_path / "usher")
    yield copy
    copy.close()


class Terminal:
    """A place to type commands one after the other; remembers what each should print."""

    def __init__(self, clone: Clone, eventually: Eventually) -> None:
        self._clone, self._eventually = clone, eventually
        self._running: Running | None = None
        self._expected: list[str] = []
        self._manner = ""

    def follow(self, step: Step) -> None:
        """Do what the step says, and wait until it has printed what it should."""
        self._manner = self._manner or step.manner
        if step.command == INTERRUPT:
            assert self._running is not None
            self._look()
            self._running.interrupt()
            self._expected += step.lines
            self.end()
        elif step.command:
            self.end()
            self._manner = step.manner
            self._running, self._expected = self._clone.start(self._with_ports(step.command)), step.lines
            self._repeat() if step.manner == "soon" else self._look()
        else:
            self._expected = self._expected + step.lines
            self._look()

    def end(self) -> None:
        """Wait for the command to end, and compare all that it printed."""
        if self._running is None:
            return
        self._running.ended()
        if "make run" in self._running.command:  # it also shows what its processes log
            assert self._has_expected(), self._running.output()
        else:
            assert self._printed() == alike(self._expected, self._manner == "any-order"), self._running.command
        self._running = None

    def _look(self) -> None:
        self._eventually(self._has_expected, READY_SECONDS, self._running.command)

    def _repeat(self) -> None:
        def answered() -> bool:
            self._running.ended()
            if self._printed() == alike(self._expected):
                return True
            self._running = self._clone.start(self._running.command)
            return False

        self._eventually(answered, READY_SECONDS)

    def _has_expected(self) -> bool:
        """Whether the expected lines have come; others may be between them."""
        rest = iter(self._printed())
        return all(line in rest for line in alike(self._expected, self._manner == "any-order"))

    def _printed(self) -> list[str]:
        text = self._running.output()
        for name, port in PORTS.items():
            text = re.sub(rf"\b{self._clone.ports[name]}\b", str(port), text)
        return alike(text.splitlines(), self._manner == "any-order")

    def _with_ports(self, command: str) -> str:
        for name, port in PORTS.items():
            command = command.replace(f"127.0.0.1:{port}", f"127.0.0.1:{self._clone.ports[name]}")
        return command


def is_listening(clone: Clone, command: str) -> bool:
    """Whether a program that waits in silence is ready for the next step."""
    with bundled.client(clone.root, clone.ports["REDIS_PORT"]) as client:
        if "subscriber" in command:
            return any(count for _, count in client.pubsub_numsub("holberton school channel"))
        return bool(client.keys(worker_keys.attended("*")))


@pytest.mark.timeout(300)
def test_every_command_of_the_tour_prints_what_the_text_says(clone: Clone, eventually: Eventually) -> None:
    # Given three terminals in a fresh clone, and curl
    assert shutil.which("curl"), "`make test` installs it"
    terminals: dict[str, Terminal] = {}

    # When each command is typed in its turn, then each prints its lines
    for step in steps(README.read_text()):
        terminal = terminals.setdefault(step.terminal, Terminal(clone, eventually))
        terminal.follow(step)
        if step.command and not step.lines and step.command != INTERRUPT:
            eventually(lambda command=step.command: is_listening(clone, command), 20, step.command)
    for terminal in terminals.values():
        terminal.end()


def test_the_tour_has_every_part_and_every_program() -> None:
    text = README.read_text()
    commands = [step.command for step in steps(text)]
    titles = " ".join(re.findall(r"^## Parts? (.*?):", text, re.M))
    programs = {file.stem for file in (ROOT / "examples").glob("[0-9]*.py")}
    assert [int(number) for number in re.findall(r"\d+", titles)] == list(range(14))
    assert {name for name in programs if not any(name in command for command in commands)} == set()
    assert text.count("```console") == len(BLOCK.findall(text))
