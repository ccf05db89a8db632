"""Looks at the broker: how long its queues are, and how many messages were set aside as unreadable."""

from collections.abc import Iterable
from typing import cast

import redis

from tasks_app.errors import BrokerUnavailableError
from tasks_app.jobs.messages import LEVELS
from tasks_app.state import keys

SEPARATOR = "\x06\x16"  # kombu puts this between a queue's name and a priority level other than 0


class Depths:
    """Reads the queues of one broker."""

    def __init__(self, client: redis.Redis) -> None:
        self._client = client

    def of(self, queues: Iterable[str]) -> dict[str, int]:
        """Queue -> how many messages wait in it, on all levels. Raises BrokerUnavailableError."""
        names = list(queues)
        levels = range(len(LEVELS) + 1)
        pipeline = self._client.pipeline(transaction=False)
        for name in names:
            for level in levels:
                pipeline.llen(f"{name}{SEPARATOR}{level}" if level else name)
        try:
            lengths = iter(pipeline.execute())
        except redis.RedisError as error:
            raise BrokerUnavailableError from error
        return {name: sum(next(lengths) for _ in levels) for name in names}

    def dead_messages(self) -> int:
        """How many messages were ever set aside. Raises BrokerUnavailableError."""
        try:
            return int(cast(str | None, self._client.get(keys.dead_message_count())) or 0)
        except redis.RedisError as error:
            raise BrokerUnavailableError from error
