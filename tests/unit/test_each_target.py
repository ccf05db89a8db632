"""The answers to one message's jobs about several shows while the state does not answer."""

from collections.abc import Sequence
from typing import Any, cast

from tasks_app.errors import CorruptInventoryError, StateUnavailableError
from worker.inventory.requests import Decision
from worker.inventory.reservations import each_target
from worker.jobs.active import ActiveJob
from worker.jobs.answers import Completed, Crashed, Failed, Interrupted
from worker.jobs.job_store import Claim

HELD, AWAY = Completed({"outcome": "held"}), Interrupted("state_unavailable")


def jobs_about(*targets: str) -> list[ActiveJob]:
    claims = [Claim(f"job{number}", 1, {}, target, "", 0, 1, "") for number, target in enumerate(targets)]
    return [ActiveJob("reserve_seat", claim, cast(Any, None)) for claim in claims]


def test_a_silent_state_is_waited_for_once_not_once_per_show() -> None:
    asked: list[str] = []

    def call(target: str, group: Sequence[ActiveJob]) -> list[Decision]:
        asked.append(target)
        if target != "show:a":
            raise StateUnavailableError(away=True)
        return [Decision(job.id, "held", None, {}) for job in group]

    answers = each_target(jobs_about("show:a", "show:b", "show:c", "show:a"), call)

    assert asked == ["show:a", "show:b"]
    assert answers == [HELD, AWAY, AWAY, HELD]


def test_a_corrupt_show_does_not_keep_the_others_from_their_jobs() -> None:
    def call(target: str, group: Sequence[ActiveJob]) -> list[Decision]:
        if target == "show:a":
            raise CorruptInventoryError
        return [Decision(job.id, "held", None, {}) for job in group]

    answers = each_target(jobs_about("show:a", "show:b"), call)

    assert isinstance(answers[0], Failed)
    assert answers[0].code == "inventory_corrupt"
    assert answers[1] == HELD


def test_bad_data_of_one_job_fail_only_that_job() -> None:
    # Given three jobs about one show, of which the second has data that no request can be made of
    jobs = jobs_about("show:a", "show:a", "show:a")

    def call(target: str, group: Sequence[ActiveJob]) -> list[Decision]:
        for job in group:
            if job is jobs[1]:
                raise KeyError("lines")
        return [Decision(job.id, "held", None, {}) for job in group]

    # When they are done together
    answers = each_target(jobs, call)

    # Then the other two are held
    assert [answers[0], answers[2]] == [HELD] * 2
    assert isinstance(answers[1], Crashed)
    assert answers[1].message == "KeyError: 'lines'"
