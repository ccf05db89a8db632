"""Starts processes in order, keeps them alive, and stops them in the reverse order."""

import contextlib
import os
import resource
import sys
import time
from pathlib import Path

from ops import checks, given_servers, probes, repair, restore, server
from ops.console import Console
from ops.errors import StartError
from ops.guard import Guard
from ops.process import Process
from ops.restored import note_restored
from ops.signals import Wish
from ops.variables import unknown_variables
from tasks_app.configuration import Settings
from tasks_app.errors import StateUnavailableError
from tasks_app.logs import readable
from tasks_app.migration import migration
from tasks_app.state import Connections

READY_SECONDS = 60
HOPELESS_DEATHS = 3  # during the start: a process that died so often will not start the fourth time
STOP_SECONDS = 15
WEB_SECONDS = 6  # of those, for answers that are being sent
REDIS_SECONDS = 2  # and for the last write
OPEN_FILES = 65_536  # one per watching browser; a far higher limit slows programs that close all possible files


def run(root: Path, commands: dict[str, str], settings: Settings, wish: Wish, snapshot: Path | None = None) -> int:
    """
    Check, start, watch and stop these processes, name -> command, on the data of `snapshot` if one is given. Returns
    the exit code.

    Raises StartError when a check fails or a process does not come up; all that ran is stopped by then.
    """
    commands = dict(commands)
    if settings.redis_url_given:
        commands.pop("redis", None)
    if snapshot and "redis" not in commands:
        raise StartError("SNAPSHOT is for the bundled server, and REDIS_URL names your own: leave one of them out.")
    if settings.apprise_address:
        _check_apprise(settings.apprise_address)
    for name in unknown_variables(settings):
        print(f"usher: no setting is called {name}.", file=sys.stderr)
    checks.lock(root)
    checks.check_ports(settings, set(commands))
    if "redis" in commands:
        checks.check_data(root)
    for warning in given_servers.check_given_servers(settings):
        print(f"usher: {warning}", file=sys.stderr)
    checks.check_logs(root / "var" / "log")
    if snapshot:
        former = restore.restore(snapshot, root / server.DATA, wish)
        if former is not None:
            print(f"usher: the data that was here is in {former.relative_to(root)} now.", file=sys.stderr)
    _allow_many_files()
    console, guard = Console(list(commands), as_json=settings.log_format == "json"), Guard()
    processes = [Process(name, command, root, console, guard) for name, command in commands.items()]
    runner = Runner(processes, settings, console, wish, snapshot)
    try:
        runner.start()
        runner.watch()
    finally:
        runner.stop()
        guard.close()
        wish.close()
        console.close()
    return 130 if wish.at_once else 0


def _check_apprise(url: str) -> None:
    from worker.notifications.sending import apprise_url

    if fault := apprise_url.fault(url):
        raise StartError(fault)
    if not apprise_url.has_recipients(url):
        text = "the service of USHER_APPRISE_URL has no recipients: all messages of `apprise` go to one place."
        print(f"usher: {text}", file=sys.stderr)


class Runner:
    """The processes of one start, from the first to the last."""

    def __init__(
        self, processes: list[Process], settings: Settings, console: Console, wish: Wish, snapshot: Path | None = None
    ) -> None:
        """`snapshot`: what the data were restored from, which is noted once the server runs."""
        self._snapshot = snapshot
        self._processes = processes
        self._settings = settings
        self._console = console
        self._wish = wish
        self._environment = _environment(settings)

    def start(self) -> None:
        """
        Redis first, then workers and web, then Flower; returns once all answer, or the user wants to stop.

        Flower asks the workers about themselves when it starts, and shows little of workers that come later.
        """
        redis = [process for process in self._processes if process.name == "redis"]
        flower = [process for process in self._processes if process.name == "flower"]
        others = [process for process in self._processes if process not in (*redis, *flower)]
        self._console.say(f"starting {', '.join(process.name for process in self._processes)}")
        for wave in (redis, others, flower):
            for process in wave:
                process.start(self._environment)
            self._wait_until_ready(wave)
            for process in redis if wave is redis else []:
                for line in process.last_lines:
                    if line.startswith("usher: "):  # a repair; all other output is muted during the start
                        self._console.say(line.removeprefix("usher: "))
            if wave is redis:
                self._bring_data_up()
        self._console.muted = False
        if not self._wish.to_end():
            self._console.welcome(_welcome(self._settings, {process.name for process in self._processes}))

    def _bring_data_up(self) -> None:
        """Every process does this by itself; done here first, it happens once, and the user sees its sentences."""
        try:
            migration.enter(self._settings, self._console.say, wanted=lambda: not self._wish.to_end())
            if self._snapshot and not self._wish.to_end():
                note_restored(self._settings, "usher up --snapshot", self._snapshot, Connections(self._settings).state)
        except StateUnavailableError as error:
            raise StartError(str(error)) from None

    def watch(self) -> None:
        """Restart every process that dies, until the user wants to stop."""
        while not self._wish.to_end():
            for process in self._processes:
                process.revive()
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop web and Flower, then the workers, which finish their work; Redis last, as they still write to it."""
        self._console.muted = True
        self._console.say("stopping")
        end = time.monotonic() + STOP_SECONDS
        web = [process for process in self._processes if process.name in ("web", "flower")]
        redis = [process for process in self._processes if process.name == "redis"]
        workers = [process for process in self._processes if process not in (*web, *redis)]
        self._end(web, end - STOP_SECONDS + WEB_SECONDS)
        self._end(workers, end - REDIS_SECONDS)
        self._end(redis, max(end, time.monotonic() + REDIS_SECONDS), in_a_hurry=False)
        self._console.say("stopped")

    def _end(self, processes: list[Process], deadline: float, in_a_hurry: bool = True) -> None:
        for process in processes:
            process.terminate()
        left = processes
        while left := [process for process in left if not process.ended()]:
            if time.monotonic() > deadline or (in_a_hurry and self._wish.at_once):
                for process in left:
                    process.kill()
            time.sleep(0.02)

    def _wait_until_ready(self, wave: list[Process]) -> None:
        known = probes.probes(self._settings)
        waiting = {process: known[process.name] for process in wave if process.name in known}
        missing: dict[Process, str] = {}
        deadline = time.monotonic() + READY_SECONDS
        while waiting and not self._wish.to_end():
            for process in self._processes:
                process.revive()
                if process.deaths >= (1 if process.name == "redis" else HOPELESS_DEATHS):
                    raise StartError(_obituary(process, process.ending))
            for process in list(waiting):
                missing[process] = waiting[process]()
                if not missing[process]:
                    del waiting[process]
                elif missing[process] == probes.LOADING:
                    deadline = time.monotonic() + READY_SECONDS
            if waiting and time.monotonic() > deadline:
                process = next(iter(waiting))
                raise StartError(_obituary(process, f"is not ready after {READY_SECONDS} s. {missing[process]}"))
            time.sleep(0.1)


def _obituary(process: Process, what: str) -> str:
    if process.name == "redis" and any("Bad file format" in line for line in process.last_lines):
        what = f"finds its data in var/redis damaged. {repair.ADVICE}"
    if process.is_out_of_space():
        what = f"{what}, since the disk is full"
    last = "\n  ".join(shown for line in process.last_lines for shown in readable(line)) or "nothing"
    return f"{process.name} {what.rstrip('.')}. Its last words (all of them: {process.log_path}):\n  {last}"


def _environment(settings: Settings) -> dict[str, str]:
    """Ours, with this Python's programs first and the ports spelled out; output comes line by line."""
    return os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        "PORT": str(settings.port),
        "FLOWER_PORT": str(settings.flower_port),
        "REDIS_PORT": str(settings.redis_port),
    }


def _allow_many_files() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(hard, OPEN_FILES)
    if soft != resource.RLIM_INFINITY and soft < most:
        with contextlib.suppress(OSError, ValueError):  # macOS refuses some values; then it stays as it was
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _welcome(settings: Settings, names: set[str]) -> str:
    host = probes.reachable_host(settings)
    web = f"http://{host}:{settings.port}"
    lines = [("Start page", f"{web}/"), ("API", f"{web}/v1"), ("API's manual", f"{web}/docs")] if "web" in names else []
    lines += [("Flower", f"{web}/flower/")] if {"web", "flower"} <= names else []
    lines += [("Logs", "var/log")]
    table = "".join(f"  {what:<14}{where}\n" for what, where in lines)
    return f"\nUsher is up. Ctrl-C stops it.\n\n{table}\n"
