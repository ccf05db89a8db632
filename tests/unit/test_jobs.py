"""Job, NewJob and their rules, without any server."""

import json

from tasks_app.jobs.job import Backoff, Job, NewJob, fresh_id


def test_ids_are_26_characters_of_base32():
    job_id = fresh_id()
    assert len(job_id) == 26
    assert set(job_id) <= set("abcdefghijklmnopqrstuvwxyz234567")


def test_fresh_ids_differ():
    assert len({fresh_id() for _ in range(1_000)}) == 1_000


def test_a_record_leaves_out_defaults():
    assert NewJob("email", {"to": "ada"}).record() == ["t", "email", "d", '{"to":"ada"}']


def test_a_record_read_back_is_the_job_that_was_asked_for():
    # Given a job with every option
    options = {"priority": -5, "attempts": 3, "ttl_ms": 500, "title": "Mail", "target": "show:x", "batch": "b"}
    asked = NewJob("email", {"to": "ada"}, fingerprint="f", backoff=Backoff("fixed", 10), **options)

    # When its record is read as the scripts complete it
    fields = asked.record()
    record = dict(zip(fields[::2], fields[1::2], strict=True)) | {"state": "queued", "created": "7"}
    job = Job.from_record(asked.id, record)

    # Then nothing was lost
    assert (job.type, job.data, job.fingerprint, job.attempts_max) == ("email", {"to": "ada"}, "f", 3)
    assert (job.priority, job.ttl_ms, job.title, job.target, job.batch) == (-5, 500, "Mail", "show:x", "b")
    assert json.loads(record["backoff"]) == ["fixed", 10, 600_000, 0]


def test_attempts_made_leave_out_deliveries_that_were_written_off():
    record = {"type": "t", "state": "active", "data": "{}", "created": "1", "claims": "5", "off": "2"}
    assert Job.from_record("id", record).attempts_made == 3
