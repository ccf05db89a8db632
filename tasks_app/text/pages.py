"""One page of a list that is read in chunks, of which only some things are wanted."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tasks_app.text.cursors import cursor_of

Found = TypeVar("Found")
Thing = TypeVar("Thing")

# Things that one page looks at, and that one read of it takes. 2 000 jobs took 160 to 220 ms, and a page has 100.
LOOKED_AT, LOOKED_AT_ONCE = 600, 300


def page_of(
    more: Callable[[int], Sequence[tuple[Sequence[Any], Thing]]],
    chosen: Callable[[Sequence[Thing]], Sequence[Found | None]],
    limit: int,
    looked_at: int = LOOKED_AT,
) -> tuple[list[Found], str]:
    """
    At most `limit` of the chosen things, and the cursor after them; "" = there are no more.

    `more` gives about so many of the next things, each with its place; none at the end. `chosen` reads them, and gives
    None for those that are not wanted. When `looked_at` things were looked at, the page ends early.
    """
    found: list[Found] = []
    last: Sequence[Any] | None = None
    looked, count = 0, limit + 1  # where all are wanted, the first read is enough
    while looked < looked_at and (some := more(min(count, LOOKED_AT_ONCE + 1, looked_at - looked))):
        for (place, _), one in zip(some, chosen([thing for _, thing in some]), strict=True):
            if one is not None:
                if len(found) == limit:
                    return found, cursor_of(last or ())
                found.append(one)
            last = place
        looked, count = looked + len(some), LOOKED_AT_ONCE
    return found, cursor_of(last or ()) if looked >= looked_at else ""
