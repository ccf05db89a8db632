"""What an outsider can do to the server: cut connections, fill its memory, forget scripts, tamper with messages."""

import json
from random import Random
from typing import Any, cast

import redis

BROKER = 1  # the database of messages, as `make run` has it
FULL_BYTES = 1  # below the used memory, so the server takes nothing more


class Outsider:
    """A connection of its own for each action: the last one may have been cut, or the server killed."""

    def __init__(self, port: int, password: str) -> None:
        self._port, self._password = port, password

    def client(self, database: int = 0) -> redis.Redis:
        """Closes with its block."""
        timeout = 3.0
        return redis.Redis(
            port=self._port,
            db=database,
            password=self._password,
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
        )

    def cut(self, share: float, chance: Random) -> int:
        """Cut this share of the others' connections, at least one; returns how many."""
        with self.client() as client:
            own = client.client_id()
            others = [one["id"] for one in client.client_list() if int(one["id"]) != own]
            chosen = chance.sample(others, min(len(others), max(1, round(share * len(others)))))
            return sum(client.client_kill_filter(_id=one) for one in chosen)

    def memory(self, most_bytes: int) -> int:
        """Set the limit of the server's memory; returns the former one."""
        with self.client() as client:
            was = int(cast("dict[str, Any]", client.config_get("maxmemory"))["maxmemory"])
            client.config_set("maxmemory", most_bytes)
            return was

    def flush_scripts(self) -> None:
        """Forget all scripts, as a restart or a failover does."""
        with self.client() as client:
            client.script_flush()

    def meddle(self, how: str, chance: Random) -> int:
        """Lose, double or shuffle messages that wait in the broker; returns how many it hit."""
        met = 0
        with self.client(BROKER) as client:
            for key in sorted(cast("list[bytes]", client.keys("*"))):
                if client.type(key) != b"list":
                    continue
                waiting = [one for one in cast("list[bytes]", client.lrange(key, 0, -1)) if is_message(one)]
                for message in waiting if how != "shuffle" else waiting[:1]:
                    met += 1
                    if how == "lose" and chance.random() < 0.7:
                        client.lrem(key, 1, message)
                    elif how == "double":
                        client.rpush(key, message)
                if how == "shuffle" and waiting:
                    chance.shuffle(waiting)
                    for message in waiting:
                        if client.lrem(key, 1, message):  # otherwise a worker was quicker
                            client.rpush(key, message)
        return met


def is_message(text: bytes) -> bool:
    """Is it one of Celery's, by its protocol? An outsider must touch nothing else in the broker."""
    try:
        found = json.loads(text)
    except ValueError:
        return False
    return isinstance(found, dict) and "body" in found and "headers" in found
