"""Folders of a test's own, where commands run as a user types them; a Clone is a copy of this repository."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from tests.servers import free_port
from tests.system.processes import ROOT

LEFT_OUT = (".git", ".venv", "var", "__pycache__", "dump.rdb", ".*_cache", ".hypothesis", ".import_linter_cache")
PORTS = {"PORT": 1245, "FLOWER_PORT": 5555, "REDIS_PORT": 6389}  # a user's
OUTER = ("MAKEFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "MFLAGS", "ARGS")  # of the make that runs these tests
LAST_SECONDS = 40


class Running:
    """One command, in the foreground of a terminal of its own."""

    def __init__(self, command: str, directory: Path, environment: dict[str, str], output: Path) -> None:
        self.command, self._output = command, output
        with output.open("wb") as out:
            self.process = subprocess.Popen(
                ["/bin/sh", "-c", command],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def output(self) -> str:
        return self._output.read_text()

    def interrupt(self) -> int:
        """Ctrl-C: every process of the terminal gets it. Returns the exit code."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.ended()

    def ended(self) -> int:
        return self.process.wait(LAST_SECONDS)


class Folder:
    """A folder, free ports, and the commands that run there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.ports = {name: free_port() for name in PORTS}
        self.running: list[Running] = []
        self._outputs = root.with_name(f"{root.name}-outputs")
        self._outputs.mkdir()

    def start(self, command: str, **environment: str) -> Running:
        """Run a shell's line, as a user in the folder does."""
        inherited = {name: value for name, value in os.environ.items() if name not in OUTER}
        given = inherited | {name: str(port) for name, port in self.ports.items()} | environment
        output = self._outputs / str(len(self.running))
        self.running.append(Running(command, self.root, given, output))
        return self.running[-1]

    def run(self, command: str, **environment: str) -> tuple[int, str]:
        """Its exit code and output."""
        running = self.start(command, **environment)
        return running.ended(), running.output()

    def close(self) -> None:
        """Kill what a failed test left."""
        for running in self.running:
            if running.process.poll() is None:
                for process in [*psutil.Process(running.process.pid).children(recursive=True), running.process]:
                    process.kill()
                running.process.wait()


class Clone(Folder):
    """The files, and an environment with all that is needed."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        shutil.copytree(ROOT, root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        self._install()

    def _install(self) -> None:
        """`make` would install packages from the lock; they are here already, so nothing is fetched."""
        environment, here = self.root / ".venv", Path(sys.prefix)
        environment.mkdir()
        for name in ("bin", "lib", "pyvenv.cfg"):
            (environment / name).symlink_to(here / name)
        for stamp in ("runtime.stamp", "dev.stamp"):
            (environment / stamp).touch()
