"""
W17: a pool process that is told to end waits half a minute for its parent to hear of its last task.

billiard 4.3.2, pool.py:451: `_ensure_messages_consumed` asks 300 times, 0.1 s apart, whether the parent has counted the
result. A parent that is closing while Redis is silent no longer does, and joins its children all the while: SIGTERM
during a freeze then took 30 s, now and then.

Mended: it asks for 2 s. What the parent missed is only the acknowledgement; the message comes again, and finds its jobs
done.
"""

from billiard import pool

SECONDS = 2.0


def mend() -> None:
    """Ask less often. The name is read anew at each call, so before the fork is early enough."""
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = int(SECONDS / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL)
