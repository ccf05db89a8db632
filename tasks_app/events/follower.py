"""EventFollower: the one loop that reads streams on and on, for all who follow what happens."""

import logging
import time
from collections.abc import Callable, Mapping

from tasks_app.errors import StateUnavailableError
from tasks_app.events.events import ENTRIES_PER_READ, Entry, EventReader
from tasks_app.state import Outage

REST_SECONDS = 0.5  # after a failed read


class EventFollower:
    """
    Follows streams in the thread of its caller. Attributes: after (stream -> id of its last entry that was read),
    at_end (the last read came to the end of the streams).

    `log` gets `waits`, a sentence with %s for the reason, once for each outage. A read waits up to `block_ms`; after
    a failed one it rests for `rest_seconds`.
    """

    def __init__(
        self,
        reader: EventReader,
        log: logging.Logger,
        waits: str,
        block_ms: int,
        rest_seconds: float = REST_SECONDS,
    ) -> None:
        self.after: dict[str, str] = {}
        self.at_end = False
        self._reader, self._block_ms, self._rest_seconds = reader, block_ms, rest_seconds
        self._outage, self._waits = Outage(log), waits

    def join(self, stream: str) -> None:
        """Follow this stream from its present end, unless it is followed. Raises StateUnavailableError."""
        if stream not in self.after:
            self.after.setdefault(stream, self._reader.last_id(stream))

    def run(
        self,
        places: Callable[[], Mapping[str, str]],
        take: Callable[[Entry], None],
        fatal: tuple[type[Exception], ...] = (),
    ) -> None:
        """
        Read until there is nothing to follow. `places` says before each read what to follow: those of `after`, or
        nothing. `take` gets each entry. After an error of either, or of the state, the loop rests and goes on behind
        the entry that it was at; raises only errors that are `fatal`.
        """
        self.at_end = False
        while True:
            try:
                if not (after := places()):
                    return
                count = 0
                for entry in self._reader.read(after, self._block_ms):
                    self.after[entry.stream] = entry.id  # before it is parsed
                    count += 1
                    take(entry)
                self.at_end = count < ENTRIES_PER_READ
                self._outage.end()
            except fatal:
                raise
            except Exception as error:  # whatever it is: without this loop nobody hears anything any more
                is_known = isinstance(error, StateUnavailableError)
                self._outage.tell(self._waits, error, None if is_known else error)
                time.sleep(self._rest_seconds)
