"""
Repairs the end of the bundled server's append-only file, as a power cut leaves it: with zeros, or half a command. Each
start does it, and `usher repair`.

Valkey's own tool does it: the server's binary becomes that tool when started under the tool's name. It gets the last
file, not the manifest: it does not know the form of the snapshot in front (9.1), and would see damage from byte 0 on. A
copy of the damaged file is kept. The part that is cut off was never answered: with `appendfsync always` an answer
leaves only when its command is on the disk. If commands follow the damage, a power cut was not the cause: then the user
decides, by the command above.
"""

import mmap
import os
import re
import shutil
import subprocess
import tempfile
from datetime import datetime
from pathlib import Path

from ops.errors import StartError

PARTS = "appendonlydir"
MANIFEST = "appendonly.aof.manifest"
LAST = re.compile(r"^file (?P<name>\S+) seq \d+ type i$", re.MULTILINE)
GOOD_UP_TO = re.compile(r"ok_up_to=(\d+)")
FIRST = "appendonly.aof.1.base.rdb"  # written before the first manifest: a kill in between leaves only this file, empty
PART = re.compile(rb"file (?P<name>[ -~]+) seq \d+ type (?P<type>[bih])(?: .*)?")
SAVED = "Put a saved copy in the place of var/redis; to begin without data, move it away."
ADVICE = (
    "`usher repair` (in a clone `.venv/bin/python -m usher repair`) keeps a copy and cuts off the damage with all that"
    " follows; or put a saved copy in the place of var/redis."
)
COMMAND = re.compile(rb"\r?\n\*\d{1,7}\r\n\$\d{1,10}\r\n")


def repair(binary: Path, data: Path, also_commands: bool = False) -> str:
    """
    Make the append-only file in `data` loadable for the server. Returns what was done, in a sentence, or "". With
    `also_commands`, commands after the damage may be lost, too.

    Raises StartError when the file is damaged before its end, or a part of it is missing; then it is as it was.
    """
    _check_parts(data / PARTS)
    file = _last(data / PARTS / MANIFEST)
    if file is None or (not also_commands and _ends_well(file)):
        return ""
    good_bytes, size = _good_bytes(binary, file), file.stat().st_size
    if good_bytes is None or good_bytes == size:
        return ""  # another kind of tool, or another problem: the server will say which
    if not also_commands and _goes_on(file, good_bytes):
        raise StartError(f"{file} is damaged from byte {good_bytes} on, and commands follow. {ADVICE}")
    today = datetime.now().astimezone()
    kept = Path(tempfile.mkdtemp(prefix=f"{data.name}-damaged-{today:%Y-%m-%d-%H%M%S}-", dir=data.parent))
    try:
        shutil.copyfile(file, kept / file.name)
    except OSError:
        shutil.rmtree(kept)  # half a copy on a full disk; each new start would leave another one
        raise
    (kept / file.name).chmod(0o600)
    _run(binary, "--fix", str(file), answer="y\n")
    cut = f"the last {size - good_bytes} bytes of {file} were damaged and are cut off"
    return f"{cut}; the damaged file is kept in {kept}."


def _check_parts(parts: Path) -> None:
    """
    Whether each file that the manifest names is there. Without a manifest the server would silently start empty, beside
    the files that hold everything.
    """
    manifest = parts / MANIFEST
    try:
        lines = manifest.read_bytes().splitlines()
    except FileNotFoundError:
        left = sorted(file.name for file in parts.glob("*.aof.*") if file.stat().st_size)
        if left and left != [FIRST]:
            raise StartError(f"{manifest} is missing, though {left[-1]} is there. {SAVED}") from None
        return
    named = [PART.fullmatch(line) for line in lines if not line.startswith(b"#")]
    if not named or None in named:
        raise StartError(f"{manifest} is damaged. {SAVED}")
    for part in filter(None, named):
        if part["type"] != b"h" and not (parts / part["name"].decode()).is_file():  # h: the past, to be removed
            raise StartError(f"{parts / part['name'].decode()} is missing. {SAVED}")


def _last(manifest: Path) -> Path | None:
    """The file to which the server wrote last."""
    try:
        names = LAST.findall(manifest.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return None
    file = manifest.parent / names[-1] if names else None
    return file if file is not None and file.is_file() and file.stat().st_size else None


def _ends_well(file: Path) -> bool:
    """Whether the file ends as each command does. It checks two bytes: to check all takes as long as loading."""
    with file.open("rb") as stream:
        stream.seek(-min(2, file.stat().st_size), 2)
        return stream.read() == b"\r\n"


def _good_bytes(binary: Path, file: Path) -> int | None:
    found = GOOD_UP_TO.findall(_run(binary, str(file), answer="n\n"))
    return int(found[-1]) if found else None


def _goes_on(file: Path, good_bytes: int) -> bool:
    """Whether the whole beginning of a command follows the first damaged one."""
    with file.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return COMMAND.search(content, good_bytes) is not None


def _tool(binary: Path, kind: str) -> str:
    """The name under which the binary is a tool; under another name it would be a server."""
    return f"{'redis' if binary.name.startswith('redis') else 'valkey'}-check-{kind}"


def _run(binary: Path, *arguments: str, answer: str) -> str:
    done = subprocess.run(
        [_tool(binary, "aof"), *arguments],
        executable=binary,
        input=answer,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    return done.stdout + done.stderr


def _check_snapshots(binary: Path, parts: Path) -> None:
    """Raises StartError when a snapshot in front of the commands is damaged, which nothing repairs."""
    if not (parts / MANIFEST).exists():
        return
    names = [
        part["name"].decode() for part in map(PART.fullmatch, (parts / MANIFEST).read_bytes().splitlines()) if part
    ]
    for file in (parts / name for name in names if name.endswith(".rdb")):
        command = [_tool(binary, "rdb"), str(file)]
        ended = subprocess.run(command, executable=binary, capture_output=True, check=False)
        if ended.returncode:
            raise StartError(f"{file} is damaged, and no tool repairs a snapshot. {SAVED}")


def cut_off() -> str:
    """Repair var/redis, at the cost of what follows the damage. Returns what was done. Raises StartError."""
    from ops import server  # it asks this module, too

    try:
        if not (server.DATA / PARTS).is_dir():
            raise StartError(f"There is no append-only file in {server.DATA}.")
        lock = server.lock(server.DATA)
        binary = server.find_server()
        _check_parts(server.DATA / PARTS)
        _check_snapshots(binary, server.DATA / PARTS)
        said = repair(binary, server.DATA, also_commands=True)
    except OSError as error:
        raise StartError(f"{error.filename or server.DATA} cannot be repaired: {error.strerror}.") from None
    os.close(lock)
    return said or "the append-only file in var/redis has no damage that this could cut off."
