"""Reads of bulk operations: what one would find, how many jobs it has to look at, how far those are that there are."""

from dataclasses import dataclass, replace

from tasks_app.bulk.operation import Operation
from tasks_app.bulk.wish import Wish
from tasks_app.errors import UnknownBulkError, UnknownJobError
from tasks_app.jobs import BatchQueries, Job, JobLists, JobQueries, WantedJobs, messages

LOOKED_AT_MOST, LOOKED_AT_ONCE = 10_000, 500  # jobs, by a preview; about a second
EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Preview:
    """What an operation would find now. `is_all`: False = there may be more, as only so many jobs were looked at."""

    count: int
    is_all: bool
    examples: list[Job]


class BulkQueries:
    """Reads on one server. `keys` are the declared keys of metadata."""

    def __init__(self, jobs: JobQueries, lists: JobLists, batches: BatchQueries, keys: tuple[str, ...]) -> None:
        self._jobs, self._lists, self._batches, self._keys = jobs, lists, batches, keys

    def counted(self, wish: Wish) -> Wish:
        """The wish with its `total` and `matching`. Raises UnknownBatchError, StateUnavailableError."""
        wanted = wish.wanted
        if wanted.batch:
            return replace(wish, total=self._batches.read(wanted.batch).total)
        of_types = self._jobs.counts([wanted.type] if wanted.type else None)
        of_types.pop(messages.BULK_OPERATION, None)
        number = sum(counts[state] for counts in of_types.values() for state in wish.states)
        return replace(wish, total=number, matching=number if wanted.is_plain and wish.action != "priority" else None)

    def preview(self, wish: Wish) -> Preview:
        """
        What it would do if it were asked for now. Jobs are counted one by one, at most LOOKED_AT_MOST, unless type and
        state say all. Raises as `counted`.
        """
        known = self.counted(wish).matching
        found: list[str] = []
        count, looked, is_all = 0, 0, True
        wanted = replace(wish.wanted, also=lambda job: job.type != messages.BULK_OPERATION and wish.has_other(job))
        for walk in wish.walks():
            cursor = ""
            while not walk.again and (known is None or len(found) < EXAMPLES):
                look = (
                    self._lists.look_oldest(wanted, cursor, LOOKED_AT_ONCE)
                    if walk.oldest
                    else self._lists.look(wanted, walk.states, cursor, LOOKED_AT_ONCE)
                )
                count, looked, cursor = count + len(look.jobs), looked + look.count, look.cursor
                found += [job_id for job_id, _, _ in look.jobs[: EXAMPLES - len(found)]]
                if not cursor:
                    break
                if looked >= LOOKED_AT_MOST:
                    is_all = False
                    break
        examples = self._jobs.read_explained(found)
        return Preview(count if known is None else known, is_all or known is not None, examples)

    def read(self, bulk_id: str) -> Operation:
        """One operation. Raises UnknownBulkError, StateUnavailableError."""
        try:
            return Operation.of(self._jobs.read(bulk_id), self._keys)
        except UnknownJobError as error:
            raise UnknownBulkError(bulk=bulk_id) from error

    def page(self, cursor: str, limit: int) -> tuple[list[Operation], str]:
        """At most `limit` of them: those that are not over, then the others, the latest first; as JobLists.page."""
        page = self._lists.page(WantedJobs(type=messages.BULK_OPERATION), cursor, limit)
        return [Operation.of(job, self._keys) for job in page.jobs], page.cursor
