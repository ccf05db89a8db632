"""The nemesis: does the harm that the plan names, and undoes harm that does not end by itself."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from random import Random

import psutil
import redis

from chaos.history import Recorder
from chaos.outsider import FULL_BYTES, Outsider
from chaos.plan import Fault
from chaos.system import System

GATHER_SECONDS = 1.2  # in which messages pile up before the outsider tampers with them
CONSUMERS = ("seller", "worker", "notifier")  # roles that take messages from the broker
PATIENCE_SECONDS = 30.0  # until a process that a fault needs is there again


class Nemesis:
    """One fault after the other, each written down with the processes that it hit."""

    def __init__(self, system: System, outsider: Outsider, record: Recorder) -> None:
        self._system, self._outsider, self._record = system, outsider, record

    def carry_out(self, faults: list[Fault]) -> None:
        """All of them, each at its time; a late one follows at once."""
        began = time.monotonic()
        for number, fault in enumerate(faults):
            while (left := began + fault.at_seconds - time.monotonic()) > 0:
                self._system.revive()
                time.sleep(min(left, 0.1))
            self._record("hurt", number=number, fault=str(fault).strip(), name=fault.kind)
            try:
                met = self._do(fault, Random(fault.choice))
            except redis.RedisError as error:  # it still recovers from the last harm: this fault hits nothing
                met = f"nobody ({type(error).__name__})"
            self._record("healed", number=number, met=met)
            self._system.revive()

    def _do(self, fault: Fault, chance: Random) -> str:
        match fault.kind:
            case "kill":
                return _send(self._targets(fault), signal.SIGKILL)
            case "freeze":
                with frozen(targets := self._targets(fault)):
                    time.sleep(fault.seconds)
                return _names(targets)
            case "lose" | "double" | "shuffle":
                with frozen([process for role in CONSUMERS for process in self._system.processes(role)]):
                    time.sleep(GATHER_SECONDS)
                    return f"{self._outsider.meddle(fault.kind, chance)} messages"
            case "cut":
                return f"{self._outsider.cut(fault.choice, chance)} connections"
            case "memory":
                return self._fill_memory(fault.seconds)
            case "scripts":
                self._outsider.flush_scripts()
                return "all scripts"
        self._system.kill_everything()
        self._system.start()
        return "all processes"

    def _targets(self, fault: Fault) -> list[psutil.Process]:
        """The leader of a role is the process that none of the same role has started. A dead one comes back."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := self._system.processes(fault.role)) and time.monotonic() < deadline:
            self._system.revive()
            time.sleep(0.1)
        ids = {process.pid for process in found}
        leaders = [process for process in found if _parent(process) not in ids]
        children = [process for process in found if process not in leaders]
        if fault.part == "all processes":
            return found
        if fault.part == "the leader" or not children:
            return leaders[:1]
        return [children[min(int(fault.choice * len(children)), len(children) - 1)]]

    def _fill_memory(self, seconds: float) -> str:
        was = self._outsider.memory(FULL_BYTES)
        time.sleep(seconds)
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                self._outsider.memory(was)
                return f"a limit of {was} bytes"
            except redis.RedisError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)


@contextmanager
def frozen(processes: list[psutil.Process]) -> Iterator[None]:
    """SIGSTOP for the length of the block: connections stay open, nothing answers."""
    _send(processes, signal.SIGSTOP)
    try:
        yield
    finally:
        _send(processes, signal.SIGCONT)


def _send(processes: list[psutil.Process], number: signal.Signals) -> str:
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    return _names(processes)


def _names(processes: list[psutil.Process]) -> str:
    return ", ".join(str(process.pid) for process in processes) or "nobody"


def _parent(process: psutil.Process) -> int:
    try:
        return process.ppid()
    except psutil.NoSuchProcess:
        return 0
