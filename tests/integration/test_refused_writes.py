"""A server that answers but refuses writes, as on a full disk, counts as away: nothing breaks, and it passes."""

import logging

import pytest
import redis
from redis.connection import DefaultParser

from tasks_app.errors import StateUnavailableError
from tasks_app.state import connections, keys
from tests.integration.api_system import assert_problem
from tests.jobs import TYPE, new, options, read, slot_claims, take_in
from worker.jobs.job_store import JobStore
from worker.jobs.leases import LeaseKeeper

WAYS = ("disk", "replicas")
WRITE = "return redis.call('SET', KEYS[1], '1')"


def alone(client, command):
    command(client)


def in_a_pipeline(client, command):
    pipeline = client.pipeline(transaction=False)
    command(pipeline)
    pipeline.execute()


def in_a_transaction(client, command):
    pipeline = client.pipeline(transaction=True)
    command(pipeline)
    pipeline.execute()


def plain(client):
    client.set("a", 1)


def scripted(client):
    client.eval(WRITE, 1, "a")


@pytest.mark.parametrize("why", WAYS)
@pytest.mark.parametrize("command", [plain, scripted])
@pytest.mark.parametrize("run", [alone, in_a_pipeline, in_a_transaction])
def test_a_refused_write_means_that_the_state_is_unavailable(valkey, state, why, command, run):
    with valkey.refusing_writes(why), pytest.raises(StateUnavailableError), connections.translated():
        run(state, command)
    run(state, command)


@pytest.mark.parametrize(
    "answer",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "READONLY You can't write against a read only replica.",
        "LOADING Valkey is loading the dataset in memory",
        "BUSY Valkey is busy running a script.",
        "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
        "CLUSTERDOWN The cluster is down",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "UNBLOCKED force unblock from blocking operation, instance state changed (master -> replica?)",
        "ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -MISCONF Redis is configured to save",
        "ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -OOM command not allowed",
    ],
)
def test_every_temporary_refusal_of_a_server_means_that_the_state_is_unavailable(answer):
    with pytest.raises(StateUnavailableError), connections.translated():
        raise DefaultParser.parse_error(answer)


@pytest.mark.parametrize(
    "answer",
    ["WRONGTYPE Operation against a key", "ERR no such key", "BUSYGROUP Group exists", "BUSYKEY Target exists"],
)
def test_an_error_of_the_command_itself_stays_an_error(answer):
    with pytest.raises(redis.ResponseError), connections.translated():
        raise DefaultParser.parse_error(answer)


@pytest.mark.parametrize("why", WAYS)
def test_leases_are_kept_again_once_writes_are_allowed(valkey, state, eventually, caplog, why):
    # Given a claimed job whose lease cannot be renewed for a while
    store, job = JobStore(state, options()), new()
    take_in(state, job)
    claims = slot_claims(store, [job.id])
    with LeaseKeeper(store, 1.0).holding(claims):
        with valkey.refusing_writes(why):
            eventually(lambda: "not renewed" in caplog.text)
        refused = state.zscore(keys.index(TYPE, "active"), job.id)

        # Then it is renewed afterwards
        eventually(lambda: state.zscore(keys.index(TYPE, "active"), job.id) > refused)
    assert all(record.levelno == logging.WARNING for record in caplog.records if record.name == "worker.jobs.leases")


class Stumbling(JobStore):
    """Its first renewal ends in an unexpected error."""

    stumbled = False

    def renew(self, claims):
        if not self.stumbled:
            self.stumbled = True
            raise RuntimeError("unthought of")
        return super().renew(claims)


def test_leases_are_kept_after_an_unexpected_error(state, eventually, caplog):
    store, job = Stumbling(state, options()), new()
    take_in(state, job)
    claims = slot_claims(store, [job.id])
    first = state.zscore(keys.index(TYPE, "active"), job.id)
    with LeaseKeeper(store, 1.0).holding(claims):
        eventually(lambda: state.zscore(keys.index(TYPE, "active"), job.id) > first)
    assert "unthought of" in caplog.text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/jobs", {"type": "echo"}),
        ("POST", "/v1/products/1/reservations", {}),
        ("POST", "/v1/notifications", [{"to": "ada", "message": "Moved"}]),
        ("PUT", "/v1/suppressions/any/ada", {"why": "asked"}),
    ],
)
def test_callers_are_told_to_try_again_and_reads_are_answered(api, api_system, method, path, body):
    with api_system.valkey.refusing_writes("disk"):
        answer = api.call(method, path, body)
        assert api.status("/v1/products/1") == 200
    assert_problem(answer, 503, "state_unavailable")
    assert int(answer.headers["Retry-After"]) > 0


def test_workers_do_jobs_that_come_after_writes_were_refused(api, api_system, eventually):
    with api_system.valkey.refusing_writes("disk"):
        assert_problem(api.post("/v1/jobs", {"type": "echo"}), 503, "state_unavailable")
    job_id = api.post("/v1/jobs", {"type": "echo", "data": {"a": 1}}).json["id"]
    eventually(lambda: read(api_system.state, job_id).state == "complete", 30)
