"""How gunicorn serves the API."""

import gc
import subprocess
import sys
import threading
import time
from pathlib import Path

from gunicorn.workers.base import Worker

from tasks_app.configuration import own_settings

settings = own_settings()
bind = f"[{settings.host}]:{settings.port}" if ":" in settings.host else f"{settings.host}:{settings.port}"
workers = settings.web_processes
worker_class = "api.server.http_worker.Worker"  # gevent: an idle stream costs a greenlet of 15 kB, not a thread
worker_connections = 5_000  # per process; a browser that watches keeps one open
http_parser = "python"  # the one in C has no wheels: a fresh machine would need a compiler. We saw no difference
forwarded_allow_ips = ",".join(settings.proxies)
forwarder_headers = ""  # a caller must not set SCRIPT_NAME or PATH_INFO
keepalive = 75  # seconds: more than the 60 of most proxies, or they would send into a connection that was just closed
graceful_timeout = 10  # seconds to finish the answers that are on their way when the process is told to stop
timeout = 30  # seconds; gunicorn replaces a worker that is silent for longer
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # a heartbeat must not wait for a disk
preload_app = False  # connections must not be shared over a fork
control_socket_disable = True  # its path belongs to the user, not to the clone: two clones would share it
logger_class = "api.server.web_log.WebLog"
loglevel = "debug" if settings.log_level == "debug" else "warning"  # at `info` it only says that it starts
accesslog = None  # a line for each request would cost more than the request


def on_starting(server: object) -> None:  # noqa: ARG001 its form is given
    """
    Check that the state has our layout and that the user's own channels load, before the first answer. Other processes
    check it: in this one, gevent must patch first.
    """
    load = ["-c", "from tasks_app.program import own_usher; own_usher().channels.load()"]
    guard = ["-m", "usher", "key", "check"]  # beyond this machine nobody is let in without a key
    for asked in (
        ["-m", "usher", "migrate"],
        *([load] if settings.channels else ()),
        *(() if settings.is_local else (guard,)),
    ):
        if subprocess.run([sys.executable, *asked], check=False).returncode:
            raise SystemExit(1)


def post_worker_init(worker: Worker) -> None:
    """
    End the event streams as soon as the worker is told to stop: they never end by themselves. And keep the garbage
    collector from looking at all that was imported: that took 50 to 150 ms after a request of 10 000 jobs.
    """
    gc.collect()
    gc.freeze()
    threading.Thread(target=_close_streams, args=(worker,), daemon=True).start()


def worker_exit(server: object, worker: Worker) -> None:  # noqa: ARG001 its form is given
    """What it counted since its last report."""
    from api.http import tell_numbers

    tell_numbers(worker.wsgi)


def _close_streams(worker: Worker) -> None:
    while worker.alive:
        time.sleep(0.2)  # a greenlet's sleep by now: gevent has patched both modules
    from api.http import end_streams

    end_streams(worker.wsgi)
