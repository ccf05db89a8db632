"""Part 5: prints the messages of a channel, until one tells it to end.

A channel keeps nothing: a client that subscribes later, or is away for a moment, never hears what was said. That is why
Usher publishes its events in a stream, which can be read again from any point.
"""

import redis

from examples.endings import sentences
from usher import Settings

CHANNEL = "holberton school channel"
LAST = "KILL_SERVER"

if __name__ == "__main__":
    client = redis.Redis.from_url(Settings().redis_url, decode_responses=True)
    with sentences(), client.pubsub(ignore_subscribe_messages=True) as subscriber:
        subscriber.subscribe(CHANNEL)
        for message in subscriber.listen():
            print(message["data"], flush=True)
            if message["data"] == LAST:
                subscriber.unsubscribe()
                break
