"""One job by its number: finding it, and what Kue's callers may do to it."""

from collections.abc import Callable

from api.access import auditing, caller
from api.http import usher
from api.kue.names import STATES, WORDS
from tasks_app.errors import IllegalTransitionError, InvalidJobError, UnknownJobError
from tasks_app.jobs import FINAL, Job, State

DIGITS = 15  # of a number that JSON keeps exactly
# To each state to which a caller may move a job: from where, and by which control. Only a worker makes a job active,
# complete or failed.
MOVES: dict[State, dict[State, Callable[[str], None]]] = {
    State.QUEUED: {
        State.FAILED: lambda job_id: usher().controls.replay(job_id),
        State.DELAYED: lambda job_id: usher().controls.run_now(job_id),
    },
}


def find(number: str) -> Job:
    """The job with this number. Raises UnknownJobError also if it was cancelled, or is another's."""
    jobs = usher().jobs.read_many([_find(number)])
    if not jobs or jobs[0].state is State.CANCELLED:
        raise UnknownJobError
    return jobs[0]


def move(number: str, word: str) -> None:
    """
    Let the job go to the state that Kue calls `word`. If it is there already, nothing happens. Raises InvalidJobError,
    UnknownJobError, IllegalTransitionError.
    """
    if word not in STATES:
        raise InvalidJobError("state", f"must be one of {', '.join(STATES)}")
    job, wanted = find(number), STATES[word]
    if job.state is wanted:
        return
    control = MOVES.get(wanted, {}).get(job.state)
    if control is None:
        raise IllegalTransitionError(
            f"job {number} is {WORDS[job.state]}, and nobody can make it {word} by hand", state=job.state
        )
    control(job.id)


def remove(number: str) -> None:
    """
    Cancel the job; drop its record if it is over. Raises UnknownJobError, and IllegalTransitionError for an active job
    that may have taken units.
    """
    job_id = _find(number)
    try:
        usher().controls.cancel(job_id)
    except IllegalTransitionError as error:
        if error.context["state"] not in FINAL:
            raise
        usher().controls.forget(job_id)


def _find(number: str) -> str:
    if not (number.isascii() and number.isdecimal() and len(number) <= DIGITS):
        raise UnknownJobError
    job_id = usher().numbered.find(int(number))
    caller().require_made("job", job_id)
    auditing.name(f"job:{job_id}")
    return job_id
