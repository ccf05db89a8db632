"""Clients of the two servers. They never retry by themselves: the caller must decide to repeat a script."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError, TryAgainError
from redis.maint_notifications import MaintNotificationsConfig
from redis.retry import Retry

from tasks_app.configuration import Settings, servers
from tasks_app.errors import LayoutError, StateUnavailableError, WritesRefusedError
from tasks_app.state import layout
from tasks_app.state.cached import forget
from tasks_app.state.cluster import ClusterClient

# Answers of a server that cannot do it now but may later: a full disk, missing replicas, a failover. redis-py has
# classes for a few of them. The others are text, which follows redis-py's own words in a pipeline, and a script's
# before Redis 7.
NOT_NOW = re.compile(
    r"(^|caused error: |: -)"
    r"(MISCONF|NOREPLICAS|OOM|READONLY|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|UNBLOCKED) "
)
NOT_NOW_CLASSES = (redis.OutOfMemoryError, redis.ReadOnlyError, ClusterDownError, TryAgainError)

WORKER_SECONDS, PATIENT_SECONDS = 2.0, 5.0

Greeting = Callable[[Any], None]


def connect(url: str, timeout_seconds: float, greet: Greeting = layout.name) -> redis.Redis:
    """
    A client whose calls each answer, or raise redis.ConnectionError or redis.TimeoutError, within `timeout_seconds`, or
    twice that if nodes of a cluster are silent. Each of its connections begins with `greet`.
    """
    if not servers.is_cluster(url):
        return _connect(url, timeout_seconds, greet)
    cluster = servers.parse(url)
    return ClusterClient(
        cluster.nodes(), lambda node: _connect(cluster.node(*node).url, timeout_seconds, greet), timeout_seconds
    )


def connect_state(url: str, timeout_seconds: float) -> redis.Redis:
    """A client of the state; it refuses to connect if the data have another layout."""
    return connect(url, timeout_seconds, layout.admit_to_node if servers.is_cluster(url) else layout.admit)


def each_server(client: redis.Redis) -> list[redis.Redis]:
    """The client itself, or the clients of a cluster's primaries. Raises redis.ConnectionError."""
    return list(client.primaries().values()) if isinstance(client, ClusterClient) else [client]


def _connect(url: str, timeout_seconds: float, greet: Greeting) -> redis.Redis:
    """
    A client of one server. By default redis-py 8 would repeat a command whose answer was lost, up to ten times; an INCR
    was seen to count twice.
    """
    return redis.Redis.from_url(
        url,
        decode_responses=True,
        socket_timeout=timeout_seconds,
        socket_connect_timeout=min(timeout_seconds, 1.0),
        **({} if url.startswith("unix://") else {"socket_keepalive": True}),
        retry=Retry(NoBackoff(), 0),
        max_connections=1_000,
        redis_connect_func=greet,
        maint_notifications_config=MaintNotificationsConfig(enabled=False),
    )


class Connections:
    """
    The clients of one Usher; each is opened at its first use.

    Attributes: state (for the web process: it gives up quickly, since a caller waits), worker_state (for workers: its
    timeout is so short that a worker that must stop while Redis hangs ends in time), patient_state (for readers of
    streams, as a read may block), broker (only to look at queue lengths and messages set aside; Celery has its own).
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    @cached_property
    def state(self) -> redis.Redis:
        return connect_state(self._settings.redis_url, self._settings.state_timeout_seconds)

    @cached_property
    def worker_state(self) -> redis.Redis:
        return connect_state(self._settings.redis_url, WORKER_SECONDS)

    @cached_property
    def patient_state(self) -> redis.Redis:
        return connect_state(self._settings.redis_url, PATIENT_SECONDS)

    @cached_property
    def broker(self) -> redis.Redis:
        return connect(self._settings.broker_url, self._settings.state_timeout_seconds)

    def drop(self) -> None:
        """Forget every client; a forked process must not share its parent's."""
        forget(self)


def is_not_now(error: redis.ResponseError) -> bool:
    """Does the server say that it cannot do it now but may later?"""
    return isinstance(error, NOT_NOW_CLASSES) or bool(NOT_NOW.search(str(error)))


@contextmanager
def translated() -> Iterator[None]:
    """
    Turns the driver's errors into ours; the only place that does.

    Raises StateUnavailableError when the server cannot be reached or is too slow. Its subclasses: WritesRefusedError
    when the server says that it cannot do it now, LayoutError when the data are not for this program. `away` in the
    error's context lets a worker tell a real outage from an error that a handler raises itself.
    """
    try:
        yield
    except layout.LayoutRefusal as error:
        raise LayoutError(str(error), away=True) from error
    except (redis.ConnectionError, redis.TimeoutError) as error:
        raise StateUnavailableError(away=True) from error
    except redis.ResponseError as error:
        if is_not_now(error):
            raise WritesRefusedError(away=True) from error
        raise
