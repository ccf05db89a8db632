"""
W17: a pool process that is told to end waits half a minute for its parent to take the result of its last task.

billiard 4.3.2, pool.py:451: `_ensure_messages_consumed` asks 300 times, 0.1 s apart, whether the parent has counted the
result. A parent that is closing while Redis is silent no longer counts it, and meanwhile joins its children: so a
SIGTERM during a freeze sometimes took 30 s.

Mended: it asks for only 2 s. The parent misses only the acknowledgement; the message comes again, and finds its jobs
done.
"""

from billiard import pool

SECONDS = 2.0


def mend() -> None:
    """Ask less often. billiard looks the name up at each call, so it is enough to patch before the fork."""
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = int(SECONDS / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL)
