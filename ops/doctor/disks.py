"""Checks of the disks: below var/, and of the servers where they are on this machine."""

import shutil
from collections.abc import Iterator
from pathlib import Path

from ops.doctor.sight import Sight
from tasks_app.doctor import Finding, Level, UnseenError

VAR = Path("var")
WARN_BYTES, FULL_BYTES = 2**30, 2**27  # 1 GiB, 128 MiB
WARN_SHARE = 0.05
HERE = ("127.0.0.1", "localhost", "::1", "")


def here(_: Sight) -> Iterator[Finding]:
    """There is room for data and logs below var/."""
    if not VAR.is_dir():
        raise UnseenError("there is no var/ in this folder; Usher was not started here by `usher up`.")
    yield from _judge(VAR, "The disk of var/")


def of_servers(sight: Sight) -> Iterator[Finding]:
    """There is room where the servers keep their files."""
    elsewhere = []
    for node in sight.each_server():
        folder = Path(node.setting("dir")) if node.host in HERE else None
        if folder is None or not folder.is_dir():
            elsewhere.append(node.name)
        elif not (VAR.is_dir() and folder.stat().st_dev == VAR.stat().st_dev):  # otherwise `here` has told of it
            yield from _judge(folder, f"The disk of {node.name}")
    if elsewhere:
        raise UnseenError(f"the disk of {', '.join(elsewhere)} is not on this machine.")


def _judge(folder: Path, name: str) -> Iterator[Finding]:
    usage = shutil.disk_usage(folder)
    if usage.free < FULL_BYTES:
        level: Level = "error"
    elif usage.free < WARN_BYTES or usage.free < WARN_SHARE * usage.total:
        level = "warning"
    else:
        return
    yield Finding(
        level,
        f"{name} has {usage.free / 2**20:.0f} MiB left of {usage.total / 2**20:.0f}.",
        "Make room: a server that cannot write refuses everything, or ends.",
    )
