"""Troubles: each fault, brought about in a running system, and healed at its end."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import redis

from tasks_app.state import LAYOUT
from tests.deadlines import until
from tests.providers.provider import Provider, Reply
from tests.system.nodes import WorkerNode
from tests.system.usher import Usher

SLOTS = 4  # of the two workers


class Ground:
    """A system of two workers, a seller and a notifier whose broker has a server of its own."""

    def __init__(self, usher: Usher, workers: dict[str, WorkerNode], provider: Provider) -> None:
        self.usher, self.workers, self.provider = usher, workers, provider

    def settle(self) -> None:
        """Wait until every slot is back and what callers asked for during a fault is done."""
        until(self._is_idle, 60, lambda: f"{self.usher.http.get('/v1/stats')}")

    def _is_idle(self) -> bool:
        stats = self.usher.http.get("/v1/stats")
        waits = any(one["queued"] + one["active"] for one in stats["jobs"].values())
        slots = [one["state"] for one in stats["slots"] if one["queue"] == "jobs"]
        return not waits and slots == ["idle"] * SLOTS


Trouble = Callable[[Ground], "Iterator[None]"]


def nothing(_: Ground) -> Iterator[None]:
    """No fault"""
    yield


def killed_worker(ground: Ground) -> Iterator[None]:
    """One of two workers is killed while it does a job"""
    usher = ground.usher
    job_id = usher.submit("linger")
    until(lambda: usher.marks(job_id), 20, lambda: "no worker began")
    hit = next(node for node in ground.workers.values() if node.hostname() == usher.job(job_id)["worker"])
    hit.kill("SIGKILL")
    yield
    usher.let_go(job_id)
    hit.restart()


def no_seller(ground: Ground) -> Iterator[None]:
    """The only seller is killed"""
    ground.workers["seller"].kill("SIGKILL")
    yield
    ground.workers["seller"].restart()


def hanging_worker(ground: Ground) -> Iterator[None]:
    """One of two workers hangs"""
    yield from _paused(ground, "worker")


def hanging_slot(ground: Ground) -> Iterator[None]:
    """A pool process of a worker hangs, and its main process does not"""
    usher = ground.usher
    pids = {one["pid"] for one in usher.http.get("/v1/stats")["slots"] if one["queue"] == "jobs"}
    hit = next(one for one in ground.workers["worker"].container._container.group() if one.pid in pids)
    hit.suspend()
    yield
    hit.resume()


def busy(ground: Ground) -> Iterator[None]:
    """Every slot of a queue does a long job"""
    usher = ground.usher
    jobs = [usher.submit("linger", {"reports": True}) for _ in range(4)]
    until(lambda: all(usher.marks(one) for one in jobs), 20, lambda: "not all have begun")
    yield
    for one in jobs:
        usher.let_go(one)


def unconsumed(ground: Ground) -> Iterator[None]:
    """Live workers take nothing from the broker's queue"""
    control = ground.usher.setup.app.control
    control.cancel_consumer("jobs")
    yield
    control.add_consumer("jobs")


def unknown_type(ground: Ground) -> Iterator[None]:
    """Jobs of a type that no worker knows"""
    usher = ground.usher
    job_id = usher.submit("unheard_of")
    yield
    assert usher.http("DELETE", f"/v1/jobs/{job_id}").ok


def refusing_provider(ground: Ground) -> Iterator[None]:
    """A provider refuses every notification"""
    ground.provider.default = Reply(403)
    yield
    ground.provider.default = Reply(200)


def other_release(ground: Ground) -> Iterator[None]:
    """A program of another layout is connected"""
    with redis.Redis.from_url(ground.usher.state.url, client_name=f"usher:{LAYOUT - 1}:worker-7@old") as client:
        client.ping()
        yield


def full_disk(ground: Ground) -> Iterator[None]:
    """The state's disk is full: it refuses writes (MISCONF)"""
    with ground.usher.state.server.refusing_writes("disk"):
        yield


def full_memory(ground: Ground) -> Iterator[None]:
    """The state's memory is full (OOM)"""
    with ground.usher.state.server.client() as client:
        client.config_set("maxmemory", int(client.info("memory")["used_memory"] / 0.95))  # it fills up: first nearly
        body = {"type": "note", "data": {}}
        until(lambda: ground.usher.http("POST", "/v1/jobs", body).status_code == 429, 20, lambda: "jobs are taken")
        client.config_set("maxmemory", client.info("memory")["used_memory"])
        yield
        client.config_set("maxmemory", 0)


def state_away(ground: Ground) -> Iterator[None]:
    """The state is away"""
    ground.usher.setup.backend.kill("SIGKILL")
    yield
    ground.usher.setup.backend.restart()


def broker_away(ground: Ground) -> Iterator[None]:
    """The broker is away"""
    ground.usher.setup.broker.kill("SIGKILL")
    yield
    ground.usher.setup.broker.restart()


def no_web(ground: Ground) -> Iterator[None]:
    """No web process is up"""
    ground.usher.web.kill("SIGKILL")
    yield
    ground.usher.web.restart()


TROUBLES: tuple[Trouble, ...] = (
    *(nothing, killed_worker, no_seller, hanging_slot, hanging_worker, busy, unconsumed, unknown_type),
    *(refusing_provider, other_release, full_disk, full_memory, state_away, broker_away, no_web),
)


@contextmanager
def suffering(trouble: Trouble, ground: Ground) -> Iterator[None]:
    """The fault lasts as long as the block, also if that fails."""
    with ExitStack() as end:
        course = trouble(ground)
        next(course)
        end.callback(lambda: next(course, None))
        yield


def _paused(ground: Ground, *names: str) -> Iterator[None]:
    for name in names:
        ground.workers[name].container.pause()
    yield
    for name in names:
        ground.workers[name].container.unpause()


def title(trouble: Trouble) -> str:
    """What the table calls it."""
    assert trouble.__doc__
    return trouble.__doc__
