"""What one owner made is another's neither to see, nor to change, nor to collide with."""

import pytest

from tasks_app.access import Role
from tests.integration.access.access_kit import Gate, made_by
from tests.integration.api_system import assert_problem

JOB = {"type": "resize_image"}


@pytest.fixture
def ada(stocked: Gate):
    return stocked.caller("ada", Role.CLIENT)


@pytest.fixture
def bob(stocked: Gate):
    return stocked.caller("bob", Role.CLIENT)


def test_what_is_anothers_looks_as_if_it_were_unknown(ada, bob):
    made = made_by(bob)
    for kind, path in (
        ("job_id", "/v1/jobs/{}"),
        ("batch_id", "/v1/batches/{}"),
        ("job_id", "/v1/stream?topic=job:{}"),
    ):
        anothers, unknown = ada.get(path.format(made[kind])), ada.get(path.format("a" * 26))
        assert anothers.json == unknown.json
        assert anothers.status_code == 404


def test_another_key_of_the_owner_goes_on_where_the_first_ended(stocked, ada):
    made = made_by(ada)
    second = stocked.caller("ada", Role.CLIENT)
    assert second.get(f"/v1/jobs/{made['job_id']}").json["state"] == "queued"
    assert second.post(f"/v1/reservations/{made['reservation_id']}/confirm").status_code == 202


def test_two_owners_may_use_the_same_idempotency_key(ada, bob):
    ids = [caller.post("/v1/jobs", JOB, Idempotency_Key="order-7").json["id"] for caller in (ada, bob, ada)]
    assert ids[0] == ids[2] != ids[1]
    assert [caller.get(f"/v1/jobs/{ids[0]}").status_code for caller in (ada, bob)] == [200, 404]


def test_a_rotated_key_finds_the_requests_of_the_old_one(stocked, ada):
    first = ada.post("/v1/jobs", JOB, Idempotency_Key="order-7").json["id"]
    again = stocked.caller("ada", Role.CLIENT).post("/v1/jobs", JOB, Idempotency_Key="order-7")
    assert (again.json["id"], again.headers["Idempotent-Replayed"]) == (first, "true")


def test_a_batch_of_a_keyed_request_is_all_its_owners(ada, bob):
    batch = ada.post("/v1/jobs", [JOB, JOB], Idempotency_Key="batch-7").json
    assert [ada.get(f"/v1/jobs/{job}").status_code for job in batch["jobs"]] == [200, 200]
    assert [bob.get(f"/v1/jobs/{job}").status_code for job in batch["jobs"]] == [404, 404]
    assert ada.get(f"/v1/batches/{batch['id']}/jobs").json["jobs"]


def test_lines_and_deduplicated_notifications_are_their_owners(ada, bob):
    line = b'{"channel": "webhook", "to": "https://example.org/hook", "message": "Hello", "dedup_key": "once"}\n'
    for caller in (ada, bob):
        answer = caller._client.post(
            "/v1/notifications", data=line, content_type="application/x-ndjson", headers=caller.headers
        )
        assert (answer.json["taken"], answer.json["duplicates"]) == (1, 0)
        assert len(caller.get(f"/v1/batches/{answer.json['id']}/jobs").json["jobs"]) == 1


def test_nobody_replaces_anothers_unique_job(ada, bob):
    unique = {"key": "report", "on_conflict": "replace"}
    first = ada.post("/v1/jobs", {**JOB, "data": {"of": "ada"}, "unique": unique}).json["id"]
    second = bob.post("/v1/jobs", {**JOB, "data": {"of": "bob"}, "unique": unique}).json["id"]
    assert first != second
    assert ada.get(f"/v1/jobs/{first}").json["data"] == {"of": "ada"}
    assert ada.get(f"/v1/jobs/{first}").json["unique"]["key"] == "report"


def test_an_owners_own_unique_job_is_replaced_as_ever(ada):
    unique = {"key": "report", "on_conflict": "replace"}
    ids = {ada.post("/v1/jobs", {**JOB, "data": {"n": n}, "unique": unique}).json["id"] for n in range(3)}
    assert len(ids) == 1
    assert ada.get(f"/v1/jobs/{ids.pop()}").json["data"] == {"n": 2}


def test_a_list_has_the_callers_own(ada, bob):
    mine = {ada.post("/v1/jobs", JOB).json["id"] for _ in range(3)}
    for _ in range(3):
        bob.post("/v1/jobs", JOB)
    assert {job["id"] for job in ada.get("/v1/jobs").json["jobs"]} == mine


@pytest.mark.parametrize("topic", ["type:resize_image", "show:hamlet", "product:hamlet"])
def test_a_client_watches_no_topic_that_names_what_others_do(ada, topic):
    assert_problem(ada.get(f"/v1/stream?topic={topic}"), 403, "not_permitted")


def test_what_was_made_before_there_were_keys_is_no_clients(stocked):
    # Given a job that a program made, without a key
    made = stocked.nobody().post("/v1/jobs", JOB).json["id"]
    # Then a client does not see it, an operator does
    assert stocked.caller("ada", Role.CLIENT).get(f"/v1/jobs/{made}").status_code == 404
    assert stocked.caller("ada", Role.OPERATOR).get(f"/v1/jobs/{made}").status_code == 200


def test_a_client_lists_its_own_batches_and_so_does_a_key_with_scopes(stocked, ada, bob):
    own, others = ([caller.post("/v1/jobs", [JOB, JOB]).json["id"] for _ in range(3)] for caller in (ada, bob))

    def listed(caller):
        page = caller.get("/v1/batches?limit=2").json
        more = caller.get(f"/v1/batches?limit=500&cursor={page['cursor']}").json
        return sorted(one["id"] for one in page["batches"] + more["batches"])

    assert listed(ada) == sorted(own)
    assert listed(stocked.caller("ada", Role.OPERATOR, scopes=("type:resize_image",))) == sorted(own)
    assert listed(stocked.caller("ops", Role.VIEWER)) == sorted(own + others)
