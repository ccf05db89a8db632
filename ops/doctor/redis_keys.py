"""Check of the keys in Redis: those that live for a moment must expire, or the memory fills with them."""

import re
import time
from collections import Counter
from collections.abc import Iterator
from typing import cast

from ops.doctor.sight import Sight
from tasks_app.doctor import Finding, UnseenError
from tasks_app.state import access_keys, inventory_keys, keys, notification_keys, worker_keys
from tasks_app.text import counted

SECONDS, AT_A_TIME = 10.0, 1_000
# Names of keys that are always written together with a time to live; * stands for what differs.
MOMENTARY = (
    *(
        worker_keys.doing("*"),
        worker_keys.slots("*"),
        worker_keys.able(),
        worker_keys.attended("*"),
        worker_keys.call("*"),
    ),
    *(f"{worker_keys.tick()}*", worker_keys.canary("*"), keys.layout_lock()),
    *(worker_keys.flower_feed(), worker_keys.flower_place(), worker_keys.flower_shown()),
    *(access_keys.ended_sessions(), access_keys.sign_ins("*"), access_keys.buyers("*")),
    *(access_keys.api_rate("*", "*"), access_keys.api_streams("*")),
    inventory_keys.archive_trouble(),
    *(notification_keys.rest("*"), notification_keys.rate("*"), notification_keys.rate_tail("*")),
)
KNOWN = re.compile("|".join(f"({re.escape(name).replace(re.escape('*'), '.*')})" for name in MOMENTARY), re.DOTALL)


def without_time_to_live(sight: Sight) -> Iterator[Finding]:
    """Every key that is for a moment has a time to live."""
    lasting: Counter[str] = Counter()
    deadline, is_whole = time.monotonic() + SECONDS, True
    for node in sight.nodes():
        cursor = 0
        while True:
            cursor, names = cast(tuple[int, list[str]], node.client.scan(cursor, count=AT_A_TIME))
            found = [(name, match) for name in names if (match := KNOWN.fullmatch(name))]
            pipeline = node.client.pipeline(transaction=False)
            for name, _ in found:
                pipeline.pttl(name)
            for (_, match), left_ms in zip(found, pipeline.execute() if found else (), strict=True):
                if left_ms == -1:
                    lasting[MOMENTARY[(match.lastindex or 1) - 1]] += 1
            is_whole = time.monotonic() < deadline
            if not cursor or not is_whole:
                break
    for name, count in sorted(lasting.items()):
        yield Finding(
            "warning",
            f"{counted(count, 'key')} of the form {name} {'has' if count == 1 else 'have'} no time to live, and would"
            " stay for ever.",
            "Delete them (DEL) if no Usher made them; otherwise report it: a script forgot to set the time.",
        )
    if not is_whole:
        raise UnseenError(f"there are more keys than can be looked at in {SECONDS:g} s; some were left out.")
