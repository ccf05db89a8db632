"""
Faults of Celery 5.7 and kombu 5.7 on Redis that no setting cures. Each module mends one fault.

Every module says which fault, where in the source, and what happens without the patch. SafeConsumer calls `install`, so
a worker has the patches before it connects or forks, and the web process never has them.
"""

import logging
from functools import cache

import celery
import kombu

from worker.celery_patches import (
    acknowledgement,
    closing,
    envelope,
    events,
    leaving,
    restoring,
    silence,
)

WRITTEN_FOR = "5.7."

log = logging.getLogger(__name__)


@cache
def install() -> None:
    """Apply the patches in this process and those that it forks. A second call does nothing."""
    for package in (celery, kombu):
        if not package.__version__.startswith(WRITTEN_FOR):
            log.warning(
                "%s is %s; worker/celery_patches was written for %s",
                package.__name__,
                package.__version__,
                f"{WRITTEN_FOR}x",
            )
    acknowledgement.mend()
    closing.mend()
    envelope.mend()
    events.mend()
    leaving.mend()
    restoring.mend()
    silence.mend()
