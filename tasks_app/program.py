"""The one Usher of a program, made from the environment at the first call."""

import threading

from tasks_app.configuration import own_settings
from tasks_app.queue import Queue
from tasks_app.usher import Usher

_usher: Usher | None = None
_lock = threading.Lock()


def own_usher() -> Usher:
    """This program's Usher. Raises SystemExit with a sentence for wrong settings."""
    global _usher
    if _usher is None:  # else without the lock: a process may be forked while another thread holds it
        with _lock:
            _usher = _usher or Usher(own_settings())
    return _usher


def create_queue() -> Queue:
    """The queue of this program; see Usher.create_queue."""
    return own_usher().create_queue()
