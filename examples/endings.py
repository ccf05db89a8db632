"""How the programs of the tour end when something is in their way: with a sentence, never with a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from usher import StateUnavailableError

INTERRUPTED = 130  # what a shell calls the end by Ctrl-C


@contextmanager
def sentences() -> Iterator[None]:
    """Ends the program with code 1 and one sentence when Redis is away, and with 130 and none after Ctrl-C."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, StateUnavailableError) as error:
        reason = error.__cause__ or error  # of our own error, which speaks to callers of the API: the driver's
        sys.exit(f"Redis does not answer: {str(reason).rstrip('.')}. `make run` starts it.")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
