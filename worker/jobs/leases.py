"""Keeps the leases of this process's jobs, in a thread of its own."""

import logging
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tasks_app.errors import StateUnavailableError
from worker.jobs.job_store import Claim, JobStore

log = logging.getLogger(__name__)


class LeaseKeeper:
    """Renews every third of a lease, so that two renewals may fail before a job is lost."""

    def __init__(self, store: JobStore, lease_seconds: float) -> None:
        self._store = store
        self._renew_seconds = lease_seconds / 3
        self._kept: dict[str, Claim] = {}
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    @contextmanager
    def holding(self, claims: Sequence[Claim]) -> Iterator[None]:
        """Keep these leases alive within the block."""
        with self._lock:
            self._kept.update((claim.id, claim) for claim in claims)
            if self._thread is None:  # not at import: a thread does not survive a pool's fork
                self._thread = threading.Thread(target=self._keep, name="leases", daemon=True)
                self._thread.start()
        try:
            yield
        finally:
            with self._lock:
                for claim in claims:
                    self._kept.pop(claim.id, None)

    def _keep(self) -> None:
        never = threading.Event()
        while True:
            never.wait(self._renew_seconds)
            with self._lock:
                claims = list(self._kept.values())
            if not claims:
                continue
            try:
                lost = self._store.renew(claims)
            except StateUnavailableError:
                log.warning("leases of %d jobs not renewed: the state is unavailable", len(claims))
                continue
            except Exception:  # any error: without this thread every slow job would go to another worker, too
                log.exception("leases of %d jobs not renewed", len(claims))
                continue
            with self._lock:
                for job_id in lost:  # it was cancelled or given to another worker; its settlement will change nothing
                    self._kept.pop(job_id, None)
