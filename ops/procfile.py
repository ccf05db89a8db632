"""Reads a Procfile, with a `name: command` on each line; and the commands of Usher's own processes."""

import re
import shlex
import sys
from pathlib import Path

from ops.errors import StartError

NAME = "Procfile"
_OWN = {"web": "web", "redis": "server"} | {name: name for name in ("seller", "worker", "notifier", "flower")}
_LINE = re.compile(r"(?P<name>[A-Za-z0-9_-]+):\s*(?P<command>\S.*)")


def parse(text: str) -> dict[str, str]:
    """
    Name -> command, in the order of the file; empty lines and lines that begin with # are ignored.

    Raises StartError with the number of an invalid line, or of a line that repeats a name.
    """
    commands: dict[str, str] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            raise StartError(f"Line {number} of the Procfile is not `name: command`.")
        if match["name"] in commands:
            raise StartError(f"Line {number} of the Procfile names `{match['name']}` a second time.")
        commands[match["name"]] = match["command"]
    return commands


def own() -> dict[str, str]:
    """The commands of Usher's own processes, for a folder without a Procfile; they run on this Python."""
    return {name: f"{shlex.quote(sys.executable)} -m usher {command}" for name, command in _OWN.items()}


def read(path: Path) -> dict[str, str]:
    """The commands in the file at `path`. Raises StartError if it cannot be read or has no commands."""
    try:
        commands = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise StartError(f"{path} cannot be read: {error.strerror}.") from None
    if not commands:
        raise StartError(f"{path} names no process.")
    return commands
