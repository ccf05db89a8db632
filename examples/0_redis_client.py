"""Part 1: a client, and what it says when there is no server.

A client of redis-py connects when it is first used, so a wrong address shows only then. PING is the smallest question
that shows it; a program that does not ask meets the error in the middle of its work.
"""

import sys

import redis

from usher import Settings

if __name__ == "__main__":
    client = redis.Redis.from_url(Settings().redis_url)
    try:
        client.ping()
    except redis.RedisError as error:
        print(f"Redis client not connected to the server: {error}")
        sys.exit(1)
    print("Redis client connected to the server")
