"""The systems that are measured: Usher as its Procfile starts it, and its peers."""

import os
import sys
from pathlib import Path

from benchmarks.processes import ROOT
from benchmarks.systems import HOLD_MS, NO_OP, UNITS, Sizes, System
from ops.procfile import read

BIN = Path(sys.executable).parent
KEEP_COUNT = 500_000  # finished jobs that are kept, by Usher's default
NOT_WORKERS = ("redis", "web", "flower", "notifier")
BULLMQ_CONCURRENCY = 50  # of each process, as in its manual


def _urls(redis_port: int, port: int) -> dict[str, str]:
    return {
        "REDIS_URL": f"redis://127.0.0.1:{redis_port}/0",
        "BROKER_URL": f"redis://127.0.0.1:{redis_port}/1",
        "PORT": str(port),
    }


def _usher_variables(redis_port: int, port: int, sizes: Sizes) -> dict[str, str]:
    return {
        **_urls(redis_port, port),
        "REDIS_PORT": str(redis_port),
        "HOST": "127.0.0.1",
        "USHER_WEB_PROCESSES": str(sizes.web_processes),
        "USHER_WORKER_CONCURRENCY": str(sizes.worker_concurrency),
        "USHER_SEED": "none",
        "USHER_HANDLERS": "benchmarks.handlers",
        "USHER_QUEUE_LIMIT": "2000000",  # a million are queued, to see what that costs
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
    }


def _usher_workers(_: Sizes) -> list[list[str]]:
    lines = read(ROOT / "Procfile").items()
    return [["/bin/sh", "-c", f"exec {command}"] for name, command in lines if name not in NOT_WORKERS]


def _plain_workers(sizes: Sizes) -> list[list[str]]:
    celery = [str(BIN / "celery"), "-A", "benchmarks.plain.celery", "worker", "-P", "prefork"]
    return [[*celery, "-c", str(sizes.worker_concurrency), "--without-gossip", "--without-mingle", "-E"]]


USHER = System(
    name="Usher",
    variables=_usher_variables,
    workers=_usher_workers,
    web=["/bin/sh", "-c", f"exec {read(ROOT / 'Procfile')['web']}"],
    create=(
        "POST",
        "/v1/shows",
        {
            "id": "gala",
            "name": "Gala",
            "pools": [{"name": "floor", "capacity": UNITS}],
            "hold_seconds": HOLD_MS // 1000,
        },
    ),
    path="/v1/shows/gala/reservations",
    body='{"lines":[{"pool":"floor","quantity":1}],"customer":"customer-#"}',
    reservation="/v1/reservations/#",
    show="/v1/shows/gala",
    held=lambda show: int(show["pools"]["floor"]["held"]),
    jobs="/v1/jobs",
    many_jobs="/v1/jobs",
    stats="/v1/stats",
    complete=lambda stats: int(stats["jobs"].get(NO_OP, {}).get("complete", 0)),
    families={
        "job records": "{jobs}:job:*",
        "indexes by state": "{jobs}:index:*",
        "complete jobs": "{jobs}:complete:*",
        "events": "{jobs}:events",
        "holds": "{jobs}:show:*:holds",
        "deadlines": "{jobs}:show:*:exp",
        "customers": "{jobs}:show:*:cust",
        "ledger": "{jobs}:show:*:log",
    },
)

PLAIN = System(
    name="plain Celery + Flask",
    variables=lambda redis_port, port, sizes: {
        **_urls(redis_port, port),
        "WEB_PROCESSES": str(sizes.web_processes),
    },
    workers=_plain_workers,
    web=[str(BIN / "gunicorn"), "-c", "benchmarks/plain/gunicorn_conf.py", "benchmarks.plain.app:create_app()"],
    create=("PUT", "/shows/gala", {"capacity": UNITS, "hold_ms": HOLD_MS}),
    path="/shows/gala/reservations",
    body='{"quantity":1,"customer":"customer-#"}',
    reservation="/reservations/#",
    show="/shows/gala",
    held=lambda show: int(show["held"]),
    jobs="/jobs",
    many_jobs="/jobs/bulk",
    stats="/stats",
    complete=lambda stats: int(stats["complete"]),
    families={
        "job records": "job:*",
        "events": "events",
        "holds": "show:*:holds",
        "deadlines": "show:*:deadlines",
    },
)


def bullmq(packages: Path, workers: int = 1) -> System:
    """BullMQ + Fastify, with the folder of its packages, and so many processes that work."""
    return System(
        name="BullMQ + Fastify",
        variables=lambda redis_port, port, sizes: {
            **_urls(redis_port, port),
            "WEB_PROCESSES": str(sizes.web_processes),
            "NODE_PATH": str(packages),
            "NODE_ENV": "production",
            "CONCURRENCY": str(BULLMQ_CONCURRENCY),
            "KEEP_COUNT": str(KEEP_COUNT),
        },
        workers=lambda _: [["node", "benchmarks/bullmq/worker.js"]] * workers,
        web=["node", "benchmarks/bullmq/server.js"],
        create=PLAIN.create,
        path=PLAIN.path,
        body=PLAIN.body,
        reservation=PLAIN.reservation,
        show=PLAIN.show,
        held=PLAIN.held,
        jobs=PLAIN.jobs,
        many_jobs=PLAIN.many_jobs,
        stats=PLAIN.stats,
        complete=PLAIN.complete,
        families={},
    )
