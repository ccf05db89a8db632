"""
A reservation's id says where its hold is: its last characters are a code for its show or product.

The job's record is forgotten after a day; the hold lives as long as it is held or sold. The code in the id then finds
the hold and costs no memory; an index would cost about 100 bytes for each reservation.
"""

import base64
import hashlib
from collections.abc import Sequence
from functools import lru_cache
from typing import cast

import redis

from tasks_app.state import connections, inventory_keys

# 30 bits: among 10 000 shows, two rarely share a code; then both are searched. 100 random bits remain.
CODE_LENGTH = 6
FOUND_CHARACTERS = 200


def carrying(job_id: str, target: str) -> str:
    """The id with the code of this show or product at its end."""
    return job_id[:-CODE_LENGTH] + _code(target)


def index_entry(target: str) -> str:
    """The member of inventory_keys.inventory_codes() for a show or product."""
    return f"{_code(target)} {target}"


def targets(client: redis.Redis, reservation_id: str) -> list[str]:
    """The shows and products whose code is in the id: none, one, or rarely more. Raises StateUnavailableError."""
    return targets_of(client, [reservation_id])[0]


def targets_of(client: redis.Redis, ids: Sequence[str]) -> list[list[str]]:
    """The same for each of these ids, in one round trip. Raises StateUnavailableError."""
    codes = list(dict.fromkeys(made_id[-CODE_LENGTH:] for made_id in ids))
    with connections.translated():
        reading = client.pipeline(transaction=False)
        for code in codes:
            reading.zrange(inventory_keys.inventory_codes(), f"[{code} ", f"({code}!", bylex=True)
        entries = cast(list[list[str]], reading.execute())
    found = dict(zip(codes, ([entry.partition(" ")[2] for entry in some] for some in entries), strict=True))
    return [found[made_id[-CODE_LENGTH:]] for made_id in ids]


def is_findable(value: object) -> bool:
    """May reservations be found by this value of their metadata? As `findable` in lua/inventory/finding.lua."""
    if isinstance(value, str):
        return 0 < len(value) <= FOUND_CHARACTERS
    is_whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return is_whole and not isinstance(value, bool) and abs(value) < 2**53  # type: ignore[arg-type]


@lru_cache(4_096)
def _code(target: str) -> str:
    return base64.b32encode(hashlib.sha256(target.encode()).digest()).decode().lower()[:CODE_LENGTH]
