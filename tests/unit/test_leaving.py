"""W17: how long a pool process that ends waits for its parent to hear of its last task."""

from unittest.mock import Mock

import pytest
from billiard import pool

from worker.celery_patches import leaving


def test_a_pool_process_does_not_wait_for_a_parent_that_no_longer_listens(monkeypatch: pytest.MonkeyPatch) -> None:
    # Given a parent that never counts the result, and a clock that only the waiting moves
    monkeypatch.setattr(pool, "GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT", 300)
    naps: list[float] = []
    monkeypatch.setattr(pool.time, "sleep", naps.append)
    child = Mock(on_ready_counter=Mock(value=0))

    # When its child ends
    leaving.mend()
    heard = pool.Worker._ensure_messages_consumed(child, completed=1)

    # Then it gave up after the allowed time
    assert not heard
    assert sum(naps) == pytest.approx(leaving.SECONDS)
