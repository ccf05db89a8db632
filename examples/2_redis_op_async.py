"""Part 3: the operations of part 2 with `redis.asyncio`.

While one coroutine waits for an answer, others may run in the same thread; that pays off if many wait at once. Each
`await` still waits for its own answer, so the three lines come in the order of the requests.
"""

import asyncio

from redis.asyncio import Redis

from examples.endings import sentences
from usher import Settings

client = Redis.from_url(Settings().redis_url, decode_responses=True)


async def set_new_school(name: str, value: str) -> None:
    """Store a value under a name."""
    print(f"Reply: {'OK' if await client.set(name, value) else 'nil'}")


async def display_school_value(name: str) -> None:
    """Print what is stored under a name; None if nothing is."""
    print(await client.get(name))


async def main() -> None:
    """Ask one after the other, then close the connection, which belongs to this event loop."""
    async with client:
        await display_school_value("Holberton")
        await set_new_school("HolbertonSanFrancisco", "100")
        await display_school_value("HolbertonSanFrancisco")


if __name__ == "__main__":
    with sentences():
        asyncio.run(main())
