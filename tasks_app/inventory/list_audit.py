"""Checks whether the holds of a show or product are in the lists of their customers."""

from collections.abc import Iterable, Iterator

import redis

from tasks_app.inventory.holds import Hold
from tasks_app.state import connections, inventory_keys

AT_ONCE = 1_000  # holds in one read


def unlisted(client: redis.Redis, target: str, holds: Iterable[Hold]) -> Iterator[str]:
    """
    A sentence for each hold that is not in the list of its customer at the time at which it was taken: I11. Lists by
    metadata are not checked: whether a hold is in them depends on the keys that were declared when it was taken.
    Raises StateUnavailableError.
    """
    named = [hold for hold in holds if hold.customer and hold.is_first]
    for start in range(0, len(named), AT_ONCE):
        some = named[start : start + AT_ONCE]
        suspects = [hold for hold, _ in _differing(client, target, some)]
        # Those that were forgotten since they were read are in no list any more.
        for hold, at_ms in _differing(client, target, suspects) if suspects else ():
            yield f"I11 hold {hold.id}: taken at {hold.at_ms}, in the list of {hold.customer} at {at_ms}"


def _differing(client: redis.Redis, target: str, holds: list[Hold]) -> list[tuple[Hold, int | None]]:
    """Those of the holds that are still there and differ from their list; with the time that the list has."""
    with connections.translated():
        reading = client.pipeline(transaction=True)
        for hold in holds:
            reading.hexists(inventory_keys.inventory(target, "holds"), hold.id)
            reading.zscore(inventory_keys.found("customer", hold.customer or ""), hold.id)
        answers = reading.execute()
    rows = zip(holds, answers[::2], answers[1::2], strict=True)
    return [
        (hold, None if at_ms is None else int(at_ms))
        for hold, is_there, at_ms in rows
        if is_there and at_ms != hold.at_ms
    ]
