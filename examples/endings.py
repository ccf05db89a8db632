"""How the programs of the tour end when something goes wrong: with a sentence, never with a traceback."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import redis

from usher import StateUnavailableError

INTERRUPTED = 130  # a shell's exit code for Ctrl-C


@contextmanager
def sentences() -> Iterator[None]:
    """Ends the program with code 1 and one sentence if Redis is away, and with 130 and no sentence after Ctrl-C."""
    try:
        yield
    except (redis.ConnectionError, redis.TimeoutError, StateUnavailableError) as error:
        reason = error.__cause__ or error  # of our own error, which speaks to callers of the API: the driver's
        sys.exit(f"Redis does not answer: {str(reason).rstrip('.')}. `make run` starts it.")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
