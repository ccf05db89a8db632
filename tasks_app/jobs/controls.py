"""What an operator may do: cancel, replay, edit and forget jobs and batches, pause and resume groups of jobs."""

from collections.abc import Iterator
from typing import Any, cast

import redis

from tasks_app.errors import FixedJobError, IllegalTransitionError, TooManyPausesError, UnknownJobError
from tasks_app.jobs import bounds
from tasks_app.jobs.edits import Edits
from tasks_app.jobs.messages import HandOver, Wake
from tasks_app.lua import job_script
from tasks_app.state import connections, keys

BATCH_STEP = 500  # jobs per script: it holds the server for some ms, however large the batch is
PAUSE_LIMIT = 1_000  # keys, and other groups: scripts that look at jobs read all pauses of the others
UNCHANGED = Edits()
CHANGING = "changing"
PARTS = {  # script -> the parts that it needs
    "edit": ("editing",),
    "replay": ("editing", CHANGING),
    **dict.fromkeys(("cancel", "run_now", "prioritise", "forget_job"), (CHANGING,)),
}
# Errors that another attempt cannot mend: a suppressed recipient stays suppressed, an expired message stays expired.
HOPELESS = ("suppressed", "expired")


class JobControls:
    """
    What an operator may do, on one server. One script looks at `batch_step` jobs of a batch; `pause_limit` keys, and as
    many other groups, may be paused.
    """

    def __init__(
        self,
        client: redis.Redis,
        hand_over: HandOver,
        batch_step: int = BATCH_STEP,
        pause_limit: int = PAUSE_LIMIT,
    ) -> None:
        self._client = client
        self._batch_step, self._pause_limit = batch_step, pause_limit
        self._hand_over = hand_over

    def cancel(self, job_id: str) -> None:
        """
        Cancel a job. Safe to repeat.

        Raises UnknownJobError, StateUnavailableError, and IllegalTransitionError when it is over, or when it is active
        and may have taken units already (release those instead).
        """
        self._wake(self._run("cancel", job_id)[0])

    def replay(self, job_id: str, edits: Edits = UNCHANGED, by: str = "") -> None:
        """
        Queue a failed or cancelled job again with all its attempts; `edits` without a date, made by `by`.

        Raises UnknownJobError, FixedJobError, and IllegalTransitionError also for a cancelled job about a show or
        product. A complete job is replayed as a copy: copies.py.
        """
        self._wake(self._run("replay", job_id, by, *edits.stored())[0])

    def edit(self, job_id: str, edits: Edits, by: str = "") -> None:
        """
        Change what a job asks for that has not started; its record keeps what it asked for before.

        Raises UnknownJobError, IllegalTransitionError, and FixedJobError for a job of Usher's own types if more than
        its priority and attempts would change.
        """
        dates = ("" if value is None else value for value in (edits.delay_ms, edits.due_ms))
        self._wake(self._run("edit", job_id, by, *dates, *edits.stored())[0])

    def run_now(self, job_id: str) -> None:
        """
        Queue a delayed job before its time; a queued one stays as it is. Raises UnknownJobError,
        IllegalTransitionError.
        """
        self._wake(self._run("run_now", job_id)[0])

    def forget(self, job_id: str) -> None:
        """Drop the record of a job that is over. Raises UnknownJobError, IllegalTransitionError."""
        self._run("forget_job", job_id)

    def prioritise(self, job_id: str, priority: int) -> None:
        """
        Change the priority of a job that has not started. Raises UnknownJobError, IllegalTransitionError, and
        InvalidJobError for a number that is no valid priority.
        """
        self._wake(self._run("prioritise", job_id, bounds.priority(priority))[0])

    def cancel_batch(self, batch_id: str) -> int:
        """
        Cancel the jobs of a batch that have not started; returns how many.

        Raises StateUnavailableError; then some jobs may be cancelled already, and it is safe to repeat.
        """
        return self._counted(self._steps("cancel_batch", batch_id))

    def replay_batch(self, batch_id: str) -> int:
        """
        Queue the failed jobs of a batch again, except those whose error is one of HOPELESS; returns how many.

        Raises StateUnavailableError; then some jobs may be queued already, and it is safe to repeat.
        """
        return self._counted(self._steps("replay_batch", batch_id, *HOPELESS))

    def _counted(self, steps: Iterator[list[Any]]) -> int:
        """How many jobs the steps changed; workers are woken after each."""
        count = 0
        for _, changed, wakes in steps:
            self._wake(wakes)
            count += changed
        return count

    def _steps(self, name: str, batch_id: str, *arguments: int | str) -> Iterator[list[Any]]:
        """The script's answer for each part of a batch; the first item is how many jobs it looked at."""
        script = self._client.register_script(job_script(name))
        start = 0
        while True:
            with connections.translated():
                given = [batch_id, start, self._batch_step, *arguments]
                answer = cast(list[Any], script(keys=[keys.events()], args=given))
            if not answer[0]:
                return
            start += answer[0]
            yield answer

    def pause(
        self, group: str, reason: str = "", by: str = "", until_ms: int | None = None, for_ms: int | None = None
    ) -> None:
        """
        Let the jobs of a group (groups.py) wait, durably. It ends at `until_ms`, unix ms, or after `for_ms`, or else
        with `resume`. What runs goes on. Safe to repeat: a group that is paused stays so
        since its first pause, and who, why and until when are said anew.

        Raises TooManyPausesError, StateUnavailableError.
        """
        ends = ("" if value is None else value for value in (until_ms, for_ms))
        self._run("pause", group, by, reason, *ends, self._pause_limit)

    def resume(self, group: str) -> None:
        """Let them go on; maintenance wakes workers at its next tick. Safe to repeat."""
        self._run("resume", group)

    def _wake(self, wakes: list[Any]) -> None:
        if wakes:
            self._hand_over([Wake(*wake) for wake in wakes])

    def _run(self, name: str, subject: str, *arguments: int | str) -> list[Any]:
        """The script's answer about a job or a group, without the word that says it is done."""
        script = self._client.register_script(job_script(name, *PARTS.get(name, ())))
        with connections.translated():
            answer = cast(list[Any], script(keys=[keys.events()], args=[subject, *arguments]))
        if answer[0] == "unknown":
            raise UnknownJobError(job=subject)
        if answer[0] == "full":
            raise TooManyPausesError
        if answer[0] == "fixed":
            raise FixedJobError(job=subject)
        if answer[0] == "refused":
            raise IllegalTransitionError(
                f"The job is {answer[1]}, so this cannot be done.", job=subject, state=answer[1]
            )
        return answer[1:]
