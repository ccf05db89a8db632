"""MemoryUniques: which job holds which unique key, as in lua/jobs/unique.lua and taking.lua. For simulations."""

from collections.abc import Mapping

from tasks_app.jobs import NewJob, Receipt, State

# What a record says a job asks for
ASKED = ("data", "key", "priority", "max", "backoff", "ttl", "title", "unique", "metadata")
LASTING: Mapping[str, frozenset[State]] = {
    "queued": frozenset({State.QUEUED, State.DELAYED}),
    "unfinished": frozenset({State.QUEUED, State.DELAYED, State.ACTIVE}),
}
Name = tuple[str, str]  # type and key


class MemoryUniques:
    """The keys of unique jobs, and the answers to jobs for which others stand."""

    def __init__(self) -> None:
        self._holders: dict[Name, tuple[str, float]] = {}  # -> job, unix ms until when
        self._met: dict[str, Receipt] = {}  # jobs with a fingerprint that were not recorded

    def holder(self, job_type: str, key: str, now_ms: int) -> str:
        """The job that has the key; "" = none."""
        job_id, until_ms = self._holders.get((job_type, key), ("", 0))
        return job_id if until_ms > now_ms else ""

    def take(self, job_id: str, job: NewJob, now_ms: int) -> None:
        """Give the key of `job` to this job. If it holds the key for a time already, that time goes on."""
        assert job.unique
        name, lasting = (job.type, job.unique.key), job.unique.lasting
        holder, until_ms = self._holders.get(name, ("", 0))
        if isinstance(lasting, str):
            self._holders[name] = job_id, float("inf")
        elif holder != job_id or not now_ms < until_ms < float("inf"):
            self._holders[name] = job_id, now_ms + lasting

    def keep(self, job_id: str, record: Mapping[str, str], state: State, now_ms: int) -> None:
        """A job has come into this state: `keep_unique` in lua/jobs/unique.lua."""
        mode, _, key = record.get("unique", "").partition(":")
        if mode not in LASTING:
            return
        holder = self.holder(record["type"], key, now_ms)
        if state in LASTING[mode]:
            if not holder:
                self._holders[record["type"], key] = job_id, float("inf")
        elif holder == job_id:
            del self._holders[record["type"], key]

    def met(self, job: NewJob) -> Receipt | None:
        """The answer that this same job got before, when another job stood for it."""
        return self._met.get(job.id)

    def note_met(self, job: NewJob, receipt: Receipt) -> None:
        """Keep the answer for a repetition of the request."""
        if job.fingerprint:
            self._met[job.id] = Receipt(receipt.id, False, receipt.conflict)
