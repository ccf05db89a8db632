"""Forgets what cached properties hold, for a process that was just forked."""

import threading
from functools import cached_property


def forget(owner: object, *kept: str) -> None:
    """
    Have `owner` build its cached properties anew, all but `kept`. Python 3.11 builds each under a lock of the class. If
    a thread of the parent held it at the fork, the child would wait for ever, so the child gets locks of its own.
    """
    for kind in type(owner).__mro__:
        for name, part in vars(kind).items():
            if isinstance(part, cached_property) and name not in kept:
                part.lock = threading.RLock()  # type: ignore[attr-defined]
                vars(owner).pop(name, None)
