"""The programs of the processes: what each process becomes, with its arguments."""

import os
import sys
from pathlib import Path
from typing import NoReturn

CELERY = ("celery", "--quiet", "-A", "tasks_app.celery")  # quiet: without its banner
FLOWER_CONF = Path(__file__).resolve().parent.parent / "worker" / "flower" / "flower_conf.py"


def web() -> list[str]:
    """gunicorn with the API."""
    return ["gunicorn", "-c", "python:api.gunicorn_conf", "api.app:create_app()"]


def worker(name: str, queue: str, pool: str, slots: int, node: str | None) -> list[str]:
    """
    A Celery worker of one queue, with so many processes or threads (`pool` is `prefork` or `threads`). `node` is its
    name for Celery, and must be unique: by default `name` and the number of its process, which two workers on one
    machine never share, not even during an upgrade.
    """
    where = ("-Q", queue, "-P", pool, "-c", str(slots), "-n", node or f"{name}-{os.getpid()}@%h")
    return [*CELERY, "worker", *where, "--without-gossip", "--without-mingle", "-E"]


def flower(host: str, port: int) -> list[str]:
    """Flower, which answers the web process only: worker/flower/door.py."""
    options = (f"--conf={FLOWER_CONF}", "--purge_offline_workers=300", "--url_prefix=flower", "--read_only")
    return [*CELERY, "flower", *options, f"--address={host}", f"--port={port}"]


def become(program: list[str]) -> NoReturn:
    """
    Replace this process, so that signals reach the program directly. The program looks for modules in the current
    folder first: users' handlers are there.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    os.execv(sys.executable, [sys.executable, "-m", *program])
