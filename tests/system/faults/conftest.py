"""One system for all faults of the table: two workers, a seller, a notifier, and a broker with a server of its own."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from ops.guard import Guard
from tests.providers.provider import Provider
from tests.system.faults.troubles import Ground
from tests.system.nodes import NotifierContainer, SellerContainer, WorkerContainer
from tests.system.stage import Stage
from tests.system.whole import Whole

KINDS = {
    "worker": WorkerContainer,
    "second": WorkerContainer,
    "seller": SellerContainer,
    "notifier": NotifierContainer,
}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[Ground]:
    """A whole Usher that each test leaves as it found it."""
    with ExitStack() as ends:
        stage = Stage(tmp_path_factory.mktemp("faults"), guard)
        whole = Whole(stage, ends, KINDS, {"USHER_ALLOWED_NETWORKS": "127.0.0.0/8"}, has_own_broker=True)
        yield Ground(whole.usher, whole.workers, ends.enter_context(Provider()))
