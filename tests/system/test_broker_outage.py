"""The broker on a server of its own: when only it is gone, jobs are still accepted, and done later."""

from collections.abc import Iterator

import pytest
from pytest_celery import CeleryTestSetup

from tests.deadlines import until
from tests.system.client import at_once
from tests.system.nodes import ValkeyContainer
from tests.system.stage import Stage
from tests.system.usher import Usher


@pytest.fixture
def default_redis_broker(stage: Stage) -> Iterator[ValkeyContainer]:
    container = ValkeyContainer(*stage.valkey("broker"), 0)
    yield container
    container.teardown()


def test_jobs_accepted_without_a_broker_are_done_once_it_is_back(usher: Usher, celery_setup: CeleryTestSetup) -> None:
    # Given a broker that is gone, and the state that is not
    path = usher.show("patient", seats=100)
    celery_setup.broker.kill("SIGKILL")

    # When jobs are submitted
    answers = at_once(lambda number: usher.reserve(path, key=f"{number}"), range(30), 10)

    # Then they are promised, and readyz does not say that all is well
    assert {answer.status_code for answer in answers} == {202}
    ready = usher.http("GET", "/readyz")
    assert ready.status_code == 503
    assert (ready.json()["state"], ready.json()["broker"]) == ("ok", "unavailable")
    assert usher.http.get("/v1/stats")["dead_messages"] is None

    # When the broker is back, Then all are done, each once
    celery_setup.broker.restart()
    outcomes = at_once(usher.outcome, [answer.json()["id"] for answer in answers], 10)
    assert outcomes == ["held"] * 30
    assert len(usher.held("patient")) == 30
    usher.assert_true_numbers("patient")
    until(usher.is_ready, 60, lambda: usher.http("GET", "/readyz").text)
