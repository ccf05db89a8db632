"""A worker that forgets a customer is killed anywhere, or loses its lock: nothing is ever half done."""

import json
from typing import Any

import pytest
import redis

from tasks_app.jobs import State
from tasks_app.state import customer_keys, keys
from tests.integration.both_ways import BothWays
from tests.integration.forgetting_kit import ADA, OTHER, everything, few_at_once, forget, sell, traces
from tests.inventory_kit import SHOW, assert_true_numbers
from worker.customers import forgetting
from worker.customers.lock import locked
from worker.customers.rewriting import LostLockError, Rewriting, Subject


class Killed(BaseException):
    """The worker's process ends here."""


@pytest.fixture
def sale(both: BothWays) -> BothWays:
    return sell(both)


@pytest.mark.parametrize("dies_after", [False, True])
@pytest.mark.parametrize("moment", range(1, 14, 2))
def test_a_worker_that_is_killed_anywhere_is_followed_by_another(
    sale: BothWays, state: redis.Redis, moment: int, dies_after: bool
) -> None:
    # Given a worker that is killed before or after one of its scripts
    calls = iter(range(1, 10_000))

    class Mortal(Rewriting):
        def _run(self, *given: Any) -> Any:
            is_last = next(calls) == moment
            if is_last and not dies_after:
                raise Killed
            answer = super()._run(*given)
            if is_last:
                raise Killed
            return answer

    few_at_once(sale, Mortal)
    sale.usher.forgettings.ask("forget", ADA)
    job: Any = type("Job", (), {"id": "forget", "data": {"customer": sale.usher.pseudonyms.of(ADA)}})

    # When it dies, and another one takes its place
    died = False
    try:
        forgetting.forget(job)
    except Killed:
        died = True
        for target in (SHOW, OTHER):
            assert_true_numbers(state, target)
    answer = forgetting.forget(job)

    # Then all is forgotten; a third delivery says the same
    assert died
    assert answer.result["outcome"] == "forgotten"
    assert forgetting.forget(job).result == answer.result
    assert traces(state) == []
    for target in (SHOW, OTHER):
        assert_true_numbers(state, target)


def test_a_worker_that_lost_the_lock_changes_nothing(sale: BothWays, state: redis.Redis) -> None:
    state.xadd(
        keys.events(), {"event": "logged", "job": "a", "type": "t", "batch": "", "data": json.dumps({"to": ADA})}
    )
    scripts, before = Rewriting(state), everything(state)
    lost = Subject("another token", ADA, "forgotten-x")
    parts = (lambda: scripts.inventory(SHOW, lost), lambda: scripts.jobs(["a"], lost), lambda: scripts.events(lost))
    for part in parts:
        with pytest.raises(LostLockError):
            part()
    assert everything(state) == before


def test_a_second_worker_waits_for_the_first(sale: BothWays, state: redis.Redis) -> None:
    with locked(state) as token:
        assert token
        assert forget(sale).state is State.DELAYED
    assert not state.exists(customer_keys.forgetting_lock())
