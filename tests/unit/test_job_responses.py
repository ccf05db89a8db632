"""The answer to a request that queued a job, for each end of the job."""

import json
from dataclasses import replace

import pytest
from flask import Flask, Response

from api.http import answer
from api.jobs.responses import respond
from tasks_app.jobs import Job, State

ID = "mfzwizlomfzwizlomfzwizlomf"
QUEUED = Job.from_record(ID, {"type": "echo", "state": "queued", "data": "{}", "created": "1"})
FAILED = replace(QUEUED, state=State.FAILED, error={"code": "error", "message": "no"})
COMPLETE = replace(QUEUED, state=State.COMPLETE, result={"outcome": "refused", "code": "hold_not_found"})


@pytest.fixture(autouse=True)
def _in_a_request():
    with Flask("any").test_request_context():
        yield


def done(job: Job) -> Response:
    return answer({"done": job.id}, 200)


def nothing(_: Job) -> None:
    return None


def said(response: Response) -> tuple[int, str]:
    body = json.loads(response.data)
    return response.status_code, body.get("code") or body.get("state") or body.get("done")


def test_an_unfinished_job_is_accepted_with_its_state_or_the_given_one():
    assert said(respond(ID, True, None, nothing)) == (202, "queued")
    assert said(respond(ID, True, replace(QUEUED, state=State.ACTIVE), nothing)) == (202, "active")
    for job in (None, replace(QUEUED, state=State.ACTIVE)):
        assert said(respond(ID, True, job, nothing, state="sending")) == (202, "sending")


def test_a_job_that_ended_without_doing_anything_is_a_problem():
    assert said(respond(ID, True, FAILED, nothing)) == (500, "job_failed")
    assert said(respond(ID, True, replace(FAILED, state=State.CANCELLED), nothing)) == (409, "cancelled")


def test_a_job_that_did_its_work_although_it_failed_gets_its_answer():
    assert said(respond(ID, True, FAILED, done, refusals={})) == (200, ID)


def test_a_refusal_is_a_problem_only_where_a_route_has_refusals():
    refused = respond(ID, True, COMPLETE, done, refusals={"reservation": ID})
    assert said(refused) == (404, "hold_not_found")
    assert json.loads(refused.data)["reservation"] == ID
    assert said(respond(ID, True, COMPLETE, done)) == (200, ID)
