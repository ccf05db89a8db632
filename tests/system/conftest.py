"""The whole of Usher as real processes: pytest-celery's fixtures, of which only those that start containers differ."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from celery import Celery
from pytest_celery import (
    CeleryBackendCluster,
    CeleryBrokerCluster,
    CeleryTestSetup,
    CeleryTestWorker,
    CeleryWorkerCluster,
)

from ops.guard import Guard
from tests.providers.provider import Provider
from tests.system.clone import Clone
from tests.system.nodes import (
    HttpContainer,
    HttpNode,
    NotifierContainer,
    SellerContainer,
    UsherSetup,
    ValkeyBroker,
    ValkeyContainer,
    ValkeyState,
    WorkerContainer,
    WorkerNode,
)
from tests.system.stage import Stage
from tests.system.up import Up
from tests.system.upstream_worker import Scene
from tests.system.usher import Usher
from tests.system.whole import Whole


@pytest.fixture(scope="session")
def guard() -> Iterator[Guard]:
    """Ends the processes that are left when the tests are killed."""
    process = Guard()
    yield process
    process.close()


@pytest.fixture
def stage(tmp_path: Path, guard: Guard) -> Stage:
    return Stage(tmp_path, guard)


@pytest.fixture
def default_redis_backend(stage: Stage) -> Iterator[ValkeyContainer]:
    """The state: database 0 of a server of the test's own."""
    container = ValkeyContainer(*stage.valkey("valkey"), 0)
    yield container
    container.teardown()


@pytest.fixture
def default_redis_broker(default_redis_backend: ValkeyContainer) -> ValkeyContainer:
    """The broker: the next database of the same server, as `make run` has it. A test may give it its own server."""
    return default_redis_backend.beside(1)


@pytest.fixture
def celery_broker_cluster(default_redis_broker: ValkeyContainer) -> CeleryBrokerCluster:
    return CeleryBrokerCluster(ValkeyBroker(default_redis_broker))


@pytest.fixture
def celery_backend_cluster(default_redis_backend: ValkeyContainer) -> CeleryBackendCluster:
    return CeleryBackendCluster(ValkeyState(default_redis_backend))


@pytest.fixture
def default_worker_container_cls() -> type[WorkerContainer]:
    return WorkerContainer


@pytest.fixture
def default_worker_cls() -> type[WorkerNode]:
    return WorkerNode


@pytest.fixture
def default_worker_container(
    stage: Stage,
    default_worker_container_cls: type[WorkerContainer],
    default_worker_env: dict[str, str],
    default_worker_command: list[str],
) -> WorkerContainer:
    return stage.worker(default_worker_container_cls, default_worker_env, default_worker_command)


def worker_node(
    stage: Stage, kind: type[WorkerContainer], environment: dict[str, str], app: Celery, is_awaited: bool = False
) -> Iterator[WorkerNode]:
    """A worker of this kind, for a fixture to yield, once it is ready if it is awaited; it ends with the fixture."""
    running = WorkerNode(stage.worker(kind, environment), app)
    try:
        if is_awaited:
            running.ready()
        yield running
    finally:
        running.teardown()


@pytest.fixture
def second_worker(stage: Stage, default_worker_env: dict[str, str], celery_setup_app: Celery) -> Iterator[WorkerNode]:
    """Another worker of the same kind, so that one may die."""
    yield from worker_node(stage, WorkerContainer, default_worker_env, celery_setup_app)


@pytest.fixture
def seller(stage: Stage, default_worker_env: dict[str, str], celery_setup_app: Celery) -> Iterator[WorkerNode]:
    yield from worker_node(stage, SellerContainer, default_worker_env, celery_setup_app)


@pytest.fixture
def second_seller(stage: Stage, default_worker_env: dict[str, str], celery_setup_app: Celery) -> Iterator[WorkerNode]:
    """Another seller, for tests in which sales go on while one is away. It is in no cluster: the test waits for it."""
    yield from worker_node(stage, SellerContainer, default_worker_env, celery_setup_app, is_awaited=True)


@pytest.fixture
def notifier(stage: Stage, default_worker_env: dict[str, str], celery_setup_app: Celery) -> Iterator[WorkerNode]:
    yield from worker_node(stage, NotifierContainer, default_worker_env, celery_setup_app)


@pytest.fixture
def celery_worker_cluster(
    celery_worker: CeleryTestWorker, second_worker: WorkerNode, seller: WorkerNode, notifier: WorkerNode
) -> CeleryWorkerCluster:
    return CeleryWorkerCluster(celery_worker, second_worker, seller, notifier)


@pytest.fixture
def celery_setup_cls() -> type[CeleryTestSetup]:
    return UsherSetup


@pytest.fixture
def web_container(stage: Stage, default_worker_env: dict[str, str]) -> Iterator[HttpContainer]:
    """A fixture of its own, so that the report of a failed test has its log, like those of the workers."""
    container = stage.web(default_worker_env)
    yield container
    container.teardown()


@pytest.fixture
def web(web_container: HttpContainer) -> HttpNode:
    return HttpNode(web_container)


@pytest.fixture
def usher(web: HttpNode, celery_setup: CeleryTestSetup, stage: Stage) -> Iterator[Usher]:
    """A whole Usher for one test, which may harm it: two workers, a seller, a notifier, the API, and a server."""
    running = Usher(celery_setup, web, stage.directory)
    running.wait_ready()
    yield running
    running.close()


@pytest.fixture(scope="session")
def shared_usher(tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[Usher]:
    """A whole Usher for all tests of this process that do not harm it: one worker of each kind, the API, a server."""
    with ExitStack() as ends:
        stage = Stage(tmp_path_factory.mktemp("usher"), guard)
        kinds = {"worker": WorkerContainer, "seller": SellerContainer, "notifier": NotifierContainer}
        yield Whole(stage, ends, kinds, of_web={"USHER_WEB_PROCESSES": "2"}).usher


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A real HTTP server that answers as told."""
    with Provider() as made:
        yield made


@pytest.fixture
def clone(tmp_path: Path) -> Iterator[Clone]:
    """A copy of this repository, where commands run as a user types them."""
    copy = Clone(tmp_path / "usher")
    yield copy
    copy.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    """A runner of processes that only play their parts."""
    runner = Up(tmp_path)
    yield runner
    runner.close()


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """A server and workers of a plain application, with the patches or without."""
    made = Scene(tmp_path)
    yield made
    made.close()
