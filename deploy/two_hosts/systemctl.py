"""
`systemctl` on a host made of namespaces, where no systemd runs: it starts and stops the services that the units say.

It knows users, folders, environment, credentials, signals and stop times. It does not know sandboxes (`Protect...`,
`SystemCallFilter`), restarts and ordering: `systemd-analyze` looks at those, a real systemd acts on them.
"""

import grp
import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

from deploy.two_hosts import units

PLACES = (Path("/etc/systemd/system"), Path("/lib/systemd/system"))
RUNNING = Path("/run/two_hosts")  # of this host: a file with the pid of each service that runs
FOLDERS = {"StateDirectory": Path("/var/lib"), "RuntimeDirectory": Path("/run"), "LogsDirectory": Path("/var/log")}
VARIABLE = re.compile(r"\$\{?([A-Z_]+)\}?")


def main(arguments: list[str]) -> int:
    """Do one command of systemctl; returns its exit code, 1 after a sentence."""
    verb, *rest = [one for one in arguments if one != "--now"]
    names = [name if "." in name else f"{name}.service" for name in rest]
    if verb == "daemon-reload":
        return 0
    if verb in ("is-active", "status"):
        return 0 if all(_pid(name) for name in names) else 3
    try:
        for name in names:
            if verb in ("stop", "restart", "disable"):
                stop(units.read(name, *PLACES))
            if verb in ("start", "restart", "enable"):
                start(units.read(name, *PLACES))
            if verb == "reload":
                os.kill(_pid(name), signal.SIGHUP)
    except FileNotFoundError as error:
        print(f"systemctl: {error}", file=sys.stderr)
        return 1
    return 0


def start(unit: units.Unit) -> None:
    """
    Start the service, unless it runs. A target starts nothing here, as its services are enabled by name, and neither
    does a socket: its service listens by itself.
    """
    if not unit.name.endswith(".service") or _pid(unit.name):
        return
    home = RUNNING / unit.name
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir(parents=True)
    user = unit.value("Service", "User", "root")
    account = pwd.getpwnam(user)
    for key, above in FOLDERS.items():
        for name in unit.value("Service", key).split():
            (above / name).mkdir(parents=True, exist_ok=True)
            (above / name).chmod(int(unit.value("Service", f"{key}Mode", "0755"), 8))
            shutil.chown(above / name, user)
    for name, path in unit.credentials().items():
        (home / name).write_bytes(path.read_bytes())
        (home / name).chmod(0o400)
        shutil.chown(home / name, user)
    variables = {"PATH": os.environ["PATH"], "HOME": account.pw_dir, "USER": user, "CREDENTIALS_DIRECTORY": str(home)}
    variables |= unit.environment()
    for file in unit.values("Service", "EnvironmentFile"):
        path = Path(file.removeprefix("-"))
        if path.exists() or not file.startswith("-"):
            variables |= units.settings_file(path.read_text())
    variables = {name: _filled(value, unit.name, home) for name, value in variables.items()}
    (command,) = unit.commands("ExecStart")
    words = [_filled(word, unit.name, home) for word in command]
    line = [part for word in words for part in _expanded(word, variables)]
    if unit.value("Service", "Type") == "forking":  # nginx: stays in the foreground here
        line = [word.replace("daemon on", "daemon off") for word in line]
    with (Path("/var/log") / f"{unit.name}.log").open("ab") as log:
        process = subprocess.Popen(
            line,
            cwd=unit.value("Service", "WorkingDirectory") or "/",
            env=variables,
            user=user,
            group=unit.value("Service", "Group") or grp.getgrgid(account.pw_gid).gr_name,
            extra_groups=[],
            umask=int(unit.value("Service", "UMask", "0022"), 8),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    (home / "pid").write_text(str(process.pid))


def stop(unit: units.Unit) -> None:
    """Stop the service as its unit says: the signal to its main process, and after its time SIGKILL to the group."""
    pid = _pid(unit.name)
    if not pid:
        return
    os.kill(pid, signal.Signals[unit.value("Service", "KillSignal", "SIGTERM")])
    deadline = time.monotonic() + units.seconds(unit.value("Service", "TimeoutStopSec", "90"))
    while _pid(unit.name):
        if time.monotonic() > deadline:
            os.killpg(pid, signal.SIGKILL)
            break
        time.sleep(0.05)
    shutil.rmtree(RUNNING / unit.name)


def _pid(name: str) -> int:
    """The main process of a service; 0 = it does not run."""
    try:
        pid = int((RUNNING / name / "pid").read_text())
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if state == "Z" else pid


def _filled(text: str, name: str, home: Path) -> str:
    return text.replace("%d", str(home)).replace("%n", name).replace("%%", "%")


def _expanded(word: str, variables: dict[str, str]) -> list[str]:
    """`$NAME` alone becomes its words, `${NAME}` its text, as systemd has it."""
    if match := re.fullmatch(r"\$([A-Z_]+)", word):
        return variables.get(match[1], "").split()
    return [VARIABLE.sub(lambda found: variables.get(found[1], ""), word)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
