"""Stands in for redis-cli, which does not come with Usher: sends one command to the server and prints the answer.

Redis takes a list of words and gives back a text, a number, a list or nothing; libraries only wrap that. Try
`python -m examples.redis_cli PING`.
"""

import sys

import redis

from examples.endings import sentences
from usher import Settings

if __name__ == "__main__":
    with sentences():
        client = redis.Redis.from_url(Settings().redis_url, decode_responses=True)
        connection = client.connection_pool.get_connection()
        connection.send_command(*(sys.argv[1:] or ["PING"]))
        try:
            print(connection.read_response())
        except redis.ResponseError as error:
            sys.exit(f"Redis refuses: {error}")
