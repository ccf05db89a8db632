"""pytest-celery's own API on Usher's own workers: they answer, end in order, and come back."""

from pytest_celery import CeleryTestSetup

from tests.system.usher import Usher, until


def test_the_cluster_answers(usher: Usher, celery_setup: CeleryTestSetup) -> None:
    assert celery_setup.ready(ping=False, control=True, docker=True)
    assert len(celery_setup) == 5

    for worker in celery_setup.worker_cluster:
        name = worker.hostname()
        assert celery_setup.app.control.ping(destination=[name], timeout=5, limit=1) == [{name: {"ok": "pong"}}]
