"""
Faults of Celery 5.7 and kombu 5.7 on Redis that no setting cures, each mended in a module of its own.

Every module says which fault, where in the source, and what happens without the mend. SafeConsumer calls
`install`, so they are in force in a worker before it connects or forks, and never in the web process.
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
    """Put the mends in force for this process and those it forks. Once; a second call does nothing."""
    for package in (celery, kombu):
        if not package.__version__.startswith(WRITTEN_FOR):
            log.warning(
                "%s is %s; worker/upstream was written for %s",
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
