"""
Ids of events and of changes in ledgers, of which one entry of a stream may have many.

`<unix ms>-<n>-<place>`: the entry's id and the place in it, from 0. The last of an entry has the entry's id.
"""

import math


def placed(entry_id: str, place: int, count: int) -> str:
    """The id of what has this place in an entry of so many."""
    return entry_id if place == count - 1 else f"{entry_id}-{place}"


def start_after(event_id: str) -> str:
    """Where XRANGE begins to read what comes after: an entry of which only a part was told is read once more."""
    milliseconds, number, place = _parts(event_id)
    return f"{milliseconds}-{number}" if place else f"({event_id}"


def order(event_id: str) -> tuple[int, int, float]:
    """A key by which ids sort as the stream does; one without a place is that of the entry's end."""
    milliseconds, number, place = _parts(event_id)
    return int(milliseconds), int(number or 0), int(place) if place else math.inf


def _parts(event_id: str) -> tuple[str, str, str]:
    milliseconds, number, place = (*event_id.split("-"), "", "")[:3]
    return milliseconds, number, place
