"""Reads a stream of server-sent events in the test's own thread, one message at a time."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.deadlines import deadline_in
from tests.integration.api_system import Api


@dataclass(frozen=True, slots=True)
class Message:
    """One event as a browser would get it; `event` is "" for an event without a name of its own."""

    id: str
    event: str
    data: Any

    @property
    def name(self) -> str:
        """The name of what happened, or of this message."""
        return self.event or str(self.data["event"])


class EventStream:
    """An open stream. Needs heartbeats in quick succession (fixture `watch`), or a silent one would block."""

    def __init__(self, api: Api, topic: str, **headers: str) -> None:
        self.answer = api.get(f"/v1/stream?topic={topic}", **headers)
        self._blocks = self._read()
        self.retry_ms: int | None = None

    def _read(self) -> Iterator[str]:
        text = ""
        for chunk in self.answer.iter_encoded():
            text += chunk.decode()
            while "\n\n" in text:
                block, text = text.split("\n\n", 1)
                yield block
        assert text == "", "the stream ended within a message"

    def next(self, seconds: float = 10) -> Message | None:
        """The next message; None = the stream has ended."""
        deadline = deadline_in(seconds)
        for block in self._blocks:
            fields = dict(line.split(": ", 1) for line in block.split("\n") if not line.startswith(":"))
            if "data" in fields:
                return Message(fields.get("id", ""), fields.get("event", ""), json.loads(fields["data"]))
            self.retry_ms = int(fields.get("retry", self.retry_ms or 0))
            assert time.monotonic() < deadline, "nothing was told in time"
        return None

    def comment(self) -> str:
        """The next comment, with no message before it: the past is over, and what comes now comes live."""
        for block in self._blocks:
            if block.startswith(":"):
                return block
            assert block.startswith("retry:"), f"not a comment: {block}"
        raise AssertionError("ended without a comment")

    def rest(self) -> list[Message]:
        """All messages up to the end of the stream."""
        return list(iter(self.next, None))

    def until(self, name: str) -> list[Message]:
        """The messages up to the first of this name."""
        found: list[Message] = []
        while not found or found[-1].name != name:
            message = self.next()
            assert message is not None, f"ended without {name}: {found}"
            found.append(message)
        return found

    def close(self) -> None:
        self.answer.close()


Watch = Callable[..., EventStream]


def names(messages: list[Message]) -> list[str]:
    return [message.name for message in messages]
