"""Part 2: the basic operations, SET and GET.

A key names a value, and both are bytes: with `decode_responses` redis-py makes text of them, but a number that was
stored still comes back as text. Each call waits for its answer before the next one is sent.
"""

import redis

from examples.endings import sentences
from usher import Settings

client = redis.Redis.from_url(Settings().redis_url, decode_responses=True)


def set_new_school(name: str, value: str) -> None:
    """Store a value under a name."""
    print(f"Reply: {'OK' if client.set(name, value) else 'nil'}")


def display_school_value(name: str) -> None:
    """Print what is stored under a name; None if nothing is."""
    print(client.get(name))


if __name__ == "__main__":
    with sentences():
        display_school_value("Holberton")
        set_new_school("HolbertonSanFrancisco", "100")
        display_school_value("HolbertonSanFrancisco")
