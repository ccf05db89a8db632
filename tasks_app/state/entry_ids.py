"""
Ids of events and of changes in ledgers; one entry of a stream may have many of them.

`<unix ms>-<n>-<place>`: the entry's id and the place in it, from 0. The last item of an entry has the entry's id.
"""

import math


def placed(entry_id: str, place: int, count: int) -> str:
    """The id of the item at this place in an entry of `count` items."""
    return entry_id if place == count - 1 else f"{entry_id}-{place}"


def start_after(event_id: str) -> str:
    """Where XRANGE must start to read what comes after this id: an entry that was read in part is read again."""
    milliseconds, number, place = _parts(event_id)
    return f"{milliseconds}-{number}" if place else f"({event_id}"


def order(event_id: str) -> tuple[int, int, float]:
    """A sort key in the order of the stream; an id without a place is the end of its entry."""
    milliseconds, number, place = _parts(event_id)
    return int(milliseconds), int(number or 0), int(place) if place else math.inf


def _parts(event_id: str) -> tuple[str, str, str]:
    milliseconds, number, place = (*event_id.split("-"), "", "")[:3]
    return milliseconds, number, place
