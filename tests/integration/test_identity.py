"""Ids that follow from keys: the same for all processes of one installation, and unguessable for others."""

import base64
import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tasks_app.jobs.identity import Identity
from tasks_app.state import connections, keys
from tests.integration.api_system import Api
from tests.programs import ROOT
from tests.servers import Valkey

PROGRAM = "from usher import Usher; print(Usher().identity.derived_id('k', 'POST /v1/jobs'))"


def id_of_a_program(valkey: Valkey) -> str:
    """The id that a program on this server makes of one key."""
    command = [sys.executable, "-c", PROGRAM]
    environment = {**os.environ, "REDIS_URL": valkey.url()}
    ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


def test_all_processes_make_the_same_id_of_a_key(state: redis.Redis, valkey: Valkey) -> None:
    # Given a state without a secret, and four processes that start at once
    with ThreadPoolExecutor(4) as pool:
        # When each makes an id of one key
        found = list(pool.map(id_of_a_program, [valkey] * 4))

    # Then it is one id, and it is well-formed
    assert len(set(found)) == 1
    assert len(found[0]) == 26


@pytest.fixture
def eager(state: redis.Redis) -> Identity:
    """A derived id from a process that reads the secret each time."""
    return Identity(state, fresh_seconds=0.0)


def test_another_installation_makes_another_id_of_the_same_key(state: redis.Redis, eager: Identity) -> None:
    first = eager.derived_id("k", "route")
    assert eager.derived_id("k", "route") == first
    assert len({eager.derived_id(*words) for words in [("k", "x"), ("kr", "oute"), ("route", "k")]} | {first}) == 4
    state.set(keys.id_secret(), "ab" * 32)  # as after a start on another's snapshot
    assert eager.derived_id("k", "route") != first


def test_after_the_server_was_emptied_all_processes_still_make_the_same_ids(
    state: redis.Redis, eager: Identity, valkey: Valkey
) -> None:
    # Given a living process, and a server that is emptied
    first = eager.derived_id("k", "POST /v1/jobs")
    state.flushall()

    # When it and a new process make an id of the same key
    again = eager.derived_id("k", "POST /v1/jobs")

    # Then it is one id: otherwise one key would book twice
    assert first == again == id_of_a_program(valkey)


@pytest.mark.usefixtures("state")
def test_while_the_state_is_away_ids_are_made_as_before(valkey: Valkey) -> None:
    own = Identity(connections.connect(valkey.url(), 0.3), fresh_seconds=0.0)
    first = own.derived_id("k", "route")
    with valkey.frozen():
        assert own.derived_id("k", "route") == first


def test_an_id_cannot_be_computed_from_its_key(api: Api) -> None:
    # Given a job with a key that somebody else knows
    found = api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key="order-1").json["id"]

    # Then no digest of the key and the route leads to it
    for parts in (("order-1", "", "POST /v1/jobs"), ("order-1", "POST /v1/jobs")):
        digest = hashlib.sha256("\0".join(parts).encode()).digest()
        assert base64.b32encode(digest).decode().lower()[:26] != found


def test_the_secret_is_shown_nowhere(api: Api) -> None:
    api.post("/v1/jobs", {"type": "echo"}, Idempotency_Key="a")
    secret = api.state.get(keys.id_secret())
    assert len(secret) == 64
    for path in ("/v1/stats", "/v1/jobs", "/readyz", "/docs/openapi.json"):
        assert secret not in api.get(path).text
    assert api.state.get(keys.id_secret()) == secret
