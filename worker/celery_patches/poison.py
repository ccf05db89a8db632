"""Where messages go that no worker can read: out of the way, but not out of sight."""

import logging
import time
from typing import Any

from tasks_app.state import keys
from tasks_app.text import told

KEPT_MESSAGES = 1_000
KEPT_CHARACTERS = 65_536  # of one message; what is longer is cut

log = logging.getLogger(__name__)


def set_aside(channel: Any, raw: Any, reason: str, queue: str) -> None:
    """
    Keep a message and why it could not be read at the head of `keys.dead_messages()`, and count it.

    `raw` is the message as it lay on the queue: text, bytes, or the mapping they were decoded to. Raises the
    client's errors when the broker does not answer.
    """
    if isinstance(raw, bytes):
        raw = raw.decode(errors="backslashreplace")
    elif not isinstance(raw, str):
        raw = told(raw)
    log.error("message set aside: %s (queue %s): %s", reason, queue, raw[:200])
    entry = {
        "raw": raw[:KEPT_CHARACTERS],
        "reason": reason,
        "queue": queue,
        "time_ms": int(time.time() * 1000),
    }
    with channel.conn_or_acquire() as client:
        pipe = client.pipeline(transaction=True)
        pipe.lpush(keys.dead_messages(), told(entry))
        pipe.ltrim(keys.dead_messages(), 0, KEPT_MESSAGES - 1)
        pipe.incr(keys.dead_message_count())
        pipe.execute()
