"""Unique jobs from a program: if another job stands for a job, the program has that one, and hears of its end."""

import pytest

from tasks_app.errors import NotUniqueError
from tests.jobs import TYPE, read
from tests.processing import processing


def test_both_creators_hear_of_the_job_that_is_done(here, queue):
    heard = []
    first, second = (queue.create(TYPE, {"n": n}).unique("k").on("complete", heard.append) for n in (1, 2))
    queue.save([first, second])
    assert (second.id, first.conflict, second.conflict) == (first.id, "", "returned")
    with processing(lambda job: job.data["n"]):
        assert queue.wait([first, second], 20)
    assert (heard, second.result) == ([1, 1], 1)


def test_a_job_that_is_over_is_heard_of_at_once(here, queue):
    first = queue.create(TYPE, {}).unique("k", 600)
    with processing(lambda _: "done"):
        first.save()
        assert queue.wait([first], 20)
    second = queue.create(TYPE, {}).unique("k", 600).save()
    assert queue.wait([second], 5)
    assert (second.id, second.result) == (first.id, "done")


def test_replaced_and_refused(here, queue, state):
    first = queue.create(TYPE, {"n": 1}).unique("k").delay(60_000).save()
    second = queue.create(TYPE, {"n": 2}).unique("k", on_conflict="replace").delay(60_000).save()
    assert (second.id, second.conflict, read(state, first.id).data) == (first.id, "replaced", {"n": 2})
    with pytest.raises(NotUniqueError) as caught:
        queue.create(TYPE, {}).unique("k", on_conflict="refuse").save()
    assert caught.value.context["job"] == first.id
    assert len(queue._listener.followed()) == 2


@pytest.mark.parametrize("given", [("",), ("k" * 201,), (5,), ("k", "never"), ("k", 0), ("k", True), ("k", 1, "x")])
def test_wrong_options_are_refused(queue, given):
    with pytest.raises(ValueError, match=r"key|unique|on_conflict"):
        queue.create(TYPE, {}).unique(*given)
