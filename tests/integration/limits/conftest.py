"""A type that a worker with two slots attends; the wake-ups that it would get are kept."""

import pytest

from tests.jobs import TYPE, options
from worker.jobs.job_store import JobStore


@pytest.fixture
def published(usher):
    return usher.woken


@pytest.fixture
def store(state, published):
    store = JobStore(state, options(), published.extend)
    store.announce("worker@test", {"jobs": 2}, [TYPE], 60)
    return store
