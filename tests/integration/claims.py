"""Jobs of keys: made, claimed, done; whose they are, and what is left of their lines."""

from tests.jobs import TYPE, new, read
from worker.jobs.job_store import Settlement


def of(key, count=1, **fields):
    return [new(key=key, data={"n": n}, **fields) for n in range(count)]


def read_key(store, job_id):
    return read(store._client, job_id).key


def complete(store, claims):
    assert all(store.settle([Settlement(claim, "complete") for claim in claims]))


def left_behind(state):
    """Keys of Redis that the backlogs of keys have left."""
    kinds = ("line", "ring", "resting", "under-way", "starts")
    return [key for key in state.scan_iter() if key.removeprefix("{jobs}:").partition(":")[0] in kinds]


def claim_next(store, most=1):
    """What a slot of `worker@test` claims that may take so many."""
    return store.claim(TYPE, "worker@test", most)


def drain(store, most=50):
    """Claim until nothing more may begin."""
    found = []
    while claims := claim_next(store, most):
        found += claims
    return found
