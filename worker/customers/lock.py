"""The lock under which one worker at a time forgets customers: two copies of one stream would undo each other."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from tasks_app.state import connections, customer_keys

LOCK_MS = 30_000  # without a sign of life; each script renews it
RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end\n"


@contextmanager
def locked(client: redis.Redis) -> Iterator[str]:
    """
    Hold the lock; gives its token, which the scripts ask for, or "" if another worker has it. Raises
    StateUnavailableError.
    """
    token, key = secrets.token_hex(16), customer_keys.forgetting_lock()
    with connections.translated():
        has_it = client.set(key, token, nx=True, px=LOCK_MS)
    if not has_it:
        yield ""
        return
    try:
        yield token
    finally:
        with connections.translated():
            client.eval(RELEASE, 1, key, token)
