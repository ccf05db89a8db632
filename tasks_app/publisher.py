"""Publishes recorded jobs behind the caller's back: the record is the promise, the message only a nudge.

So a slow or dead broker never slows an answer down, and a nudge that is lost here is sent again by the clock. Jobs that
share messages go first and the others a few at a time, so that a large batch of the latter holds no reservation up.
"""

import atexit
import logging
import threading
from collections import deque
from collections.abc import Iterable

from tasks_app.errors import BrokerUnavailableError
from tasks_app.messages import SHARED_TYPES, Nudge, publish

log = logging.getLogger(__name__)

WAITING_LIMIT = 100_000  # nudges; beyond it they are dropped, for the clock to send
GATHER_SECONDS_PER_JOB, GATHER_SECONDS = 0.001, 0.03  # after n jobs the next message may gather so long for more
ALONE_AT_ONCE = 50  # jobs with a message each: about 20 ms, for which a reservation that comes meanwhile waits
REST_SECONDS = 1.0  # after a failure: a dead broker is not asked for every job

_waiting: list[Nudge] = []  # jobs that share messages
_alone: deque[Nudge] = deque()  # jobs that have a message each
_wake = threading.Condition()
_thread: threading.Thread | None = None
_working = False
_ends = threading.Event()


def hand_over(nudges: Iterable[Nudge]) -> None:
    """Have these jobs published soon, in order within their lane. Returns at once."""
    global _thread
    with _wake:
        for nudge in nudges:
            lane = _waiting if nudge.type in SHARED_TYPES else _alone
            if len(lane) < WAITING_LIMIT:
                lane.append(nudge)
        if _thread is None:  # here, not at import: a thread does not survive the fork of a web server
            _thread = threading.Thread(target=_work, name="publisher", daemon=True)
            _thread.start()
            atexit.register(flush)
        _wake.notify_all()


def flush(seconds: float = 2.0) -> bool:
    """Wait until all that was handed over is published, at most `seconds`; False if it was not."""
    with _wake:
        return _wake.wait_for(lambda: not _waiting and not _alone and not _working, seconds)


def _work() -> None:
    global _waiting, _working
    while True:
        with _wake:
            while not _waiting and not _alone:
                _wake.wait()
            nudges, _waiting, _working = _waiting, [], True
            gathers = len(nudges) > 1
            nudges += [_alone.popleft() for _ in range(min(len(_alone), ALONE_AT_ONCE))]
        try:
            publish(nudges)
            # One at a time goes at once; under load each message carries more, and a message costs what 30 jobs do.
            if gathers:
                _ends.wait(min(len(nudges) * GATHER_SECONDS_PER_JOB, GATHER_SECONDS))
        except BrokerUnavailableError:
            log.warning("broker unavailable; the clock will publish %d recorded jobs", len(nudges))
            _ends.wait(REST_SECONDS)
        except Exception:  # whatever kombu raises on a connection in pieces: the jobs are recorded, go on
            log.exception("publishing failed; the clock will publish what is recorded")
            _ends.wait(REST_SECONDS)
        finally:
            with _wake:
                _working = False
                _wake.notify_all()
