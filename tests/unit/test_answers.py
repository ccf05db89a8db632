"""What a handler returns or raises is an answer, and each answer is one outcome of the job's record."""

from typing import Any, cast

import pytest

from tasks_app.errors import LostJobError, PermanentError, RetryLaterError, SnoozeError, StateUnavailableError
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Answer, Completed, Crashed, Failed, InDoubt, Interrupted, Retry, Snooze
from worker.jobs.handlers import Handler, gradually, handler, registry, together
from worker.jobs.job_store import Claim, Settlement
from worker.jobs.raised import answer_to
from worker.jobs.verdicts import settlement

CLAIM = Claim("job", 1, {}, "", "", 0, 1, "")
ANSWERS: list[tuple[Answer, Settlement]] = [
    (Completed({"outcome": "sent"}), Settlement(CLAIM, "complete", '{"outcome":"sent"}', outcome="sent")),
    (Retry("busy", 5), Settlement(CLAIM, "error", '{"code":"retry_later","message":"busy"}', 5)),
    (Retry("busy", code="full"), Settlement(CLAIM, "error", '{"code":"full","message":"busy"}')),
    (Snooze("not yet", 7), Settlement(CLAIM, "snoozed", '"not yet"', 7)),
    (Failed("no"), Settlement(CLAIM, "permanent", '{"code":"permanent","message":"no"}')),
    (InDoubt("gone?", 9), Settlement(CLAIM, "error", '{"code":"in_doubt","message":"gone?"}', 9, "in_doubt")),
    (Crashed("E: x", "at"), Settlement(CLAIM, "error", '{"code":"error","message":"E: x"}', traceback='"at"')),
    (Interrupted("lost"), Settlement(CLAIM, "interrupted", '"lost"', 0)),
]


class GoneError(RetryLaterError):
    """The request was written, and no answer came."""

    code = "in_doubt"


class NeverError(PermanentError):
    """The provider refused, and may have delivered nevertheless."""

    code = "in_doubt"


RAISED: list[tuple[BaseException, Answer]] = [
    (RetryLaterError("busy", 5), Retry("busy", 5)),
    (GoneError("gone?", 9), InDoubt("gone?", 9)),
    (SnoozeError("not yet", 7), Snooze("not yet", 7)),
    (PermanentError("no"), Failed("no")),
    (NeverError("no"), Failed("no", code="in_doubt")),
    (StateUnavailableError(away=True), Interrupted("state_unavailable")),
    (ValueError("x"), Crashed("ValueError: x")),
]


@pytest.fixture
def job() -> ActiveJob:
    return ActiveJob("resize_image", CLAIM, cast(Any, None))


@pytest.fixture
def registered(own_handlers: None) -> dict[str, Handler]:
    """The handlers: none but those that the test declares."""
    registry.clear()
    return registry


@pytest.mark.parametrize(("answer", "settled"), ANSWERS, ids=lambda one: type(one).__name__)
def test_each_answer_is_one_outcome_of_the_record(answer: Answer, settled: Settlement) -> None:
    assert settlement(CLAIM, answer) == settled


@pytest.mark.parametrize(("error", "answer"), RAISED, ids=lambda one: type(one).__name__)
def test_an_exception_becomes_an_answer(job: ActiveJob, error: BaseException, answer: Answer) -> None:
    assert answer_to(error, job) == answer


def test_an_answer_to_an_exception_says_where_it_was_raised(job: ActiveJob) -> None:
    try:
        raise PermanentError("no")
    except PermanentError as error:
        answer = answer_to(error, job)
    assert isinstance(answer, Failed)
    assert "test_answers.py" in answer.traceback


def test_only_a_lost_job_is_given_back(job: ActiveJob) -> None:
    assert isinstance(answer_to(LostJobError(), job), Crashed)
    job.lost = True
    assert answer_to(LostJobError(), job) == Interrupted("lost")


@pytest.mark.parametrize(
    "returned", [5, None, {"a": 1}, Completed(5), Retry("busy"), Snooze("not yet", 0), Failed("no")]
)
@pytest.mark.parametrize("kind", ["one", "together", "gradually"])
def test_a_handler_returns_an_answer_or_the_value_of_a_completed_one(
    job: ActiveJob, registered: dict[str, Handler], kind: str, returned: object
) -> None:
    match kind:
        case "one":
            handler(job.type)(lambda _: returned)
        case "together":
            together(job.type)(lambda jobs: [returned] * len(jobs))
        case _:
            gradually(job.type)(lambda jobs: ([(one, returned)] for one in jobs))
    ((found, answer),) = [one for group in registered[job.type].do([job]) for one in group]
    assert found is job
    assert answer == (returned if isinstance(returned, Answer) else Completed(cast(Any, returned)))


@pytest.mark.parametrize(
    "make",
    [
        lambda: Snooze("not yet", -1),
        lambda: Snooze("not yet", cast(Any, None)),
        lambda: Retry("busy", cast(Any, float("nan"))),
        lambda: Retry("busy", 10**400),
        lambda: InDoubt("gone?", cast(Any, True)),
        lambda: Failed("no", code=""),
        lambda: Failed("no", code="x" * 101),
        lambda: Retry("busy", code="in_doubt"),
        lambda: Failed(cast(Any, ValueError("no"))),
        lambda: Snooze(cast(Any, None), 0),
    ],
)
def test_an_answer_with_nothing_to_keep_cannot_be_made(make: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        make()
