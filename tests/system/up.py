"""A test's own runner: `usher up` in its own directory, on free ports."""

import os
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import psutil

from tests.servers import free_port

REPOSITORY = Path(__file__).parents[2]
FAKE = Path(__file__).with_name("fake.py")
PROCFILE = f"""
redis: python -m usher server
worker: python {FAKE} worker
flower: python {FAKE} flower $FLOWER_PORT
web: python {FAKE} web $PORT
"""


class Up:
    """One runner in a directory of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.mark = uuid4().hex
        self.ports = {name: free_port() for name in ("PORT", "FLOWER_PORT", "REDIS_PORT")}
        self.arguments: list[str] = []
        self.process: subprocess.Popen[str] | None = None
        (root / "Procfile").write_text(PROCFILE)

    def start(self, **environment: str) -> subprocess.Popen[str]:
        given = {name: str(port) for name, port in self.ports.items()} | environment
        with (self.root / "output.txt").open("w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "usher", "up", "--root", str(self.root), *self.arguments],
                cwd=REPOSITORY,
                env=os.environ | given | {"PYTHONPATH": str(REPOSITORY), "MARK_OF_THIS_TEST": self.mark},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,
            )
        return self.process

    def refusal(self, **environment: str) -> str:
        """The output of a runner that does not start."""
        process = self.start(**environment)
        _, said = process.communicate(timeout=20)
        assert process.returncode == 1
        assert "Traceback" not in said
        return said.strip()

    def close(self) -> None:
        """Kill what a failed test left."""
        for process in self.survivors():
            process.kill()
        if self.process is not None:
            self.process.communicate()

    def is_up(self) -> bool:
        return "Usher is up" in self.output()

    def output(self) -> str:
        return (self.root / "output.txt").read_text()

    def journal(self) -> list[str]:
        file = self.root / "journal.txt"
        return file.read_text().splitlines() if file.exists() else []

    def pid(self, name: str) -> int:
        """Of the newest process of this name."""
        return int([line for line in self.journal() if line.startswith(f"{name} started")][-1].split()[-1])

    def survivors(self) -> list[psutil.Process]:
        """Every live process, however deep, that this runner started."""
        return [process for process in psutil.process_iter() if self._is_mine(process)]

    def _is_mine(self, process: psutil.Process) -> bool:
        server = f":{self.ports['REDIS_PORT']}"  # it writes its title where others keep their environment
        try:
            marked = process.environ().get("MARK_OF_THIS_TEST") == self.mark
            return marked or server in " ".join(process.cmdline())
        except psutil.Error:
            return False
