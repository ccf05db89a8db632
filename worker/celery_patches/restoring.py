"""
L7: an unacknowledged message that cannot be read prevents all others from being restored, or is lost without a trace.

kombu 5.7.0, transport/redis.py:551: `restore_by_tag` decodes the entry of the `unacked` hash unguarded. The error ends
the search for abandoned messages at that entry, every time; a worker that starts searches first, and exits. For any
other error in `_do_restore_message` (line 1283), kombu logs it and removes the message.

Mended: such an entry is set aside.
"""

from collections.abc import Callable

from kombu.transport import redis
from kombu.utils.encoding import bytes_to_str
from kombu.utils.json import loads
from redis import Redis

from worker.celery_patches.envelope import check
from worker.celery_patches.parts import QoS
from worker.celery_patches.poison import set_aside

_restore_by_tag: Callable[..., None] = redis.QoS.restore_by_tag


def mend() -> None:
    """Read the entry before it is restored."""
    redis.QoS.restore_by_tag = _restore  # type: ignore[method-assign,assignment]


def _restore(self: QoS, tag: str, client: Redis | None = None, leftmost: bool = False) -> None:
    with self.channel.conn_or_acquire(client) as connected:
        entry = connected.hget(self.unacked_key, tag)
        if entry:
            try:
                envelope, _exchange, _queue = loads(bytes_to_str(entry))
                check(self.channel, envelope)
            except Exception as error:
                set_aside(self.channel, entry, f"not restored: {error!r}", self.unacked_key)
                self._remove_from_indices(tag).execute()
                return
        _restore_by_tag(self, tag, client=connected, leftmost=leftmost)
