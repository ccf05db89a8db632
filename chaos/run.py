"""One run: start a system, load it, harm it, heal it, read all of it, and judge its history."""

import os
import signal
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from chaos.history import EFFECTS, History, Recorder, read
from chaos.invariants import broken, events
from chaos.listener import Listener
from chaos.load import ALONE, TYPES, Load
from chaos.nemesis import Nemesis
from chaos.outsider import Outsider
from chaos.plan import Fault
from chaos.provider import Provider
from chaos.survey import TARGETS, survey
from chaos.system import StartError, System

LEASE_SECONDS = "5"  # unless USHER_LEASE_SECONDS says otherwise: so short that frozen workers lose theirs
HEAL_SECONDS = 60.0
TELL_SECONDS = 30.0  # for events that have not reached the listeners yet
PROGRAM_SECONDS = 75.0  # for the program, which waits a minute for the ends of its jobs
USHERS_OWN = ("reserve_seat", "reserve_stock", "reserve_together", "confirm", "release", "extend", "push_notification")


class Run:
    """The content of one directory: a history, and the system that it is about."""

    def __init__(self, directory: Path, seed: int, faults: list[Fault], seconds: float) -> None:
        self.directory, self.seed, self.faults, self.seconds = directory, seed, faults, seconds
        self._files = [directory / name for name in ("history.jsonl", "program.jsonl", "effects.jsonl")]

    def history(self) -> History:
        """All records so far."""
        return History(list(read(*self._files)))

    def judged(self) -> dict[str, list[str]]:
        """The broken invariants of a finished run."""
        return broken(self.history())

    def carry_out(self) -> None:
        """
        From the start to the survey.

        Raises StartError if the system does not even start unharmed, UnreadableError if it cannot be surveyed.
        """
        with ExitStack() as ends:
            self._record = Recorder(self._files[0])
            ends.callback(self._record.close)
            provider = Provider(self._record)
            ends.callback(provider.close)
            system = System(self.directory, self._settings(provider))
            ends.callback(system.stop)
            system.start()
            system.wait_ready()
            topics = [*TARGETS, *(f"type:{name}" for name in (*TYPES, ALONE, *USHERS_OWN))]
            load = Load(self.seed, system.url, self._record, provider)
            ends.callback(load.stop, 0)
            listeners = [Listener(system.url, topic, self._record) for topic in topics]
            for listener in listeners:
                listener.heard_any.wait(TELL_SECONDS)
            load.start()
            with self._program(system):
                self._hurt(system)
                self._heal(system)
                load.stop(HEAL_SECONDS)
            survey(system.url, self.history(), self._record)
            self._hear_out()
            for listener in listeners:
                listener.stop()
            system.stop()  # in order, so that every stream ends
            for listener in listeners:
                listener.join()

    def _settings(self, provider: Provider) -> dict[str, str]:
        return {
            "USHER_HANDLERS": "chaos.handlers",
            "USHER_SEED": "none",
            "USHER_ALLOWED_NETWORKS": "127.0.0.0/8",
            "USHER_WEBHOOK_SECRETS": "whsec_" + b64encode(b"chaos" * 6).decode(),
            "USHER_APPRISE_URL": f"json://127.0.0.1:{provider.server_port}/{{to}}",
            "USHER_LEASE_SECONDS": os.environ.get("USHER_LEASE_SECONDS", LEASE_SECONDS),
            EFFECTS: str(self._files[2]),
        }

    @contextmanager
    def _program(self, system: System) -> Iterator[None]:
        """For the length of the block, a Python program beside the system makes jobs, and hears of their ends."""
        environment = {name: value for name, value in system.environment.items() if not name.startswith("CHAOS_")}
        with (self.directory / "program.log").open("wb") as log:
            program = subprocess.Popen(
                [sys.executable, "-m", "chaos.program", str(self.seed), str(self._files[1])],
                cwd=system.root,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            yield
            program.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):  # the judge misses ends that it has not heard of by then
                program.wait(PROGRAM_SECONDS)
        finally:
            program.kill()
            program.wait()

    def _hurt(self, system: System) -> None:
        began = time.monotonic()
        nemesis = Nemesis(system, Outsider(system.redis_port, system.password), self._record)
        nemesis.carry_out(self.faults)
        time.sleep(max(0.0, began + self.seconds - time.monotonic()))

    def _heal(self, system: System) -> None:
        began = time.monotonic()
        try:
            system.wait_ready(HEAL_SECONDS)
        except StartError:
            self._record("ready", seconds=None)
        else:
            self._record("ready", seconds=round(time.monotonic() - began, 2))

    def _hear_out(self) -> None:
        """Wait until listeners have all events; if they never get them, the judge says which are missing."""
        deadline = time.monotonic() + TELL_SECONDS
        while time.monotonic() < deadline:
            history = self.history()
            if not any(events.complete(history)) and not any(events.stories(history)):
                return
            time.sleep(1)
