"""Publishes wake-ups behind the caller's back: the record is the promise, so a slow broker slows no answer down.

What is lost here the clock finds and sends again.
"""

import atexit
import logging
import threading
from collections.abc import Iterable

from tasks_app.errors import BrokerUnavailableError
from tasks_app.jobs.messages import Wake, publish

log = logging.getLogger(__name__)

REST_SECONDS = 1.0  # after a failure: a dead broker is not asked at once again

_waiting: list[Wake] = []  # few: the scripts count no more than there are slots
_wake = threading.Condition()
_thread: threading.Thread | None = None
_working = False
_ends = threading.Event()


def hand_over(wakes: Iterable[Wake]) -> None:
    """Have these wake-ups published soon. Returns at once."""
    global _thread
    with _wake:
        _waiting.extend(wakes)
        if _thread is None:  # here, not at import: a thread does not survive the fork of a web server
            _thread = threading.Thread(target=_work, name="publisher", daemon=True)
            _thread.start()
            atexit.register(flush)
        _wake.notify_all()


def flush(seconds: float = 2.0) -> bool:
    """Wait until all that was handed over is published, at most `seconds`; False if it was not."""
    with _wake:
        return _wake.wait_for(lambda: not _waiting and not _working, seconds)


def _work() -> None:
    global _waiting, _working
    while True:
        with _wake:
            while not _waiting:
                _wake.wait()
            wakes, _waiting, _working = _waiting, [], True
        try:
            publish(wakes)
        except BrokerUnavailableError:
            log.warning("broker unavailable; the clock will send %d wake-ups anew", len(wakes))
            _ends.wait(REST_SECONDS)
        except Exception:  # whatever kombu raises on a connection in pieces: the jobs are recorded, go on
            log.exception("publishing failed; the clock will wake workers")
            _ends.wait(REST_SECONDS)
        finally:
            with _wake:
                _working = False
                _wake.notify_all()
