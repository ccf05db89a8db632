"""Sets aside messages that no worker can read: out of the way, but not out of sight."""

import logging
import time

from tasks_app.state import keys
from tasks_app.text import encoded_leniently
from worker.celery_patches.parts import Channel

KEPT_MESSAGES = 1_000
KEPT_CHARACTERS = 65_536  # of one message; longer ones are cut

log = logging.getLogger(__name__)


def set_aside(channel: Channel, raw: object, reason: str, queue: str) -> None:
    """
    Put a message, with the reason why it could not be read, at the head of `keys.dead_messages()`, and count it.

    `raw` is the message as it was on the queue: text, bytes, or the mapping decoded from them. Raises the client's
    errors when the broker does not answer.
    """
    text = raw.decode(errors="backslashreplace") if isinstance(raw, bytes) else raw
    if not isinstance(text, str):
        text = encoded_leniently(text)
    log.error("message set aside: %s (queue %s): %s", reason, queue, text[:200])
    entry = {
        "raw": text[:KEPT_CHARACTERS],
        "reason": reason,
        "queue": queue,
        "time_ms": int(time.time() * 1000),
    }
    with channel.conn_or_acquire() as client:
        pipe = client.pipeline(transaction=True)
        pipe.lpush(keys.dead_messages(), encoded_leniently(entry))
        pipe.ltrim(keys.dead_messages(), 0, KEPT_MESSAGES - 1)
        pipe.incr(keys.dead_message_count())
        pipe.execute()
