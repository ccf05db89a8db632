"""Outage: says once that something waits, however often it is tried again."""

import logging


class Outage:
    """One loop's outages. `log` is its module's."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._is_known = False

    def tell(self, message: str, why: object, traceback_of: BaseException | None = None) -> None:
        """Log a warning, `message` with `why` for its %s, unless this outage was told of before."""
        if not self._is_known:
            self._log.warning(message, why, exc_info=traceback_of)
        self._is_known = True

    def end(self) -> None:
        """It goes on: the next failure is another outage."""
        self._is_known = False
