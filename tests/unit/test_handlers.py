"""Registering handlers: a handler that cannot work is refused at the start, in one sentence."""

import functools

import pytest

from tasks_app.celery import app
from tasks_app.jobs import messages
from tasks_app.program import own_usher
from tests.jobs import options
from worker.jobs.handlers import gradually, handler, registry, together
from worker.tasks import KILL_AFTER_SECONDS, load_handlers

pytestmark = pytest.mark.usefixtures("own_handlers")


@pytest.mark.parametrize("name", ["release", "reserve_seat"])
def test_a_handler_cannot_take_the_place_of_another(name):
    with pytest.raises(ValueError, match="two handlers"):
        handler(name)(lambda job: None)


@pytest.mark.parametrize("name", ["", "a:b", "celery.group", "x" * 65])
def test_a_type_that_no_job_can_have_is_refused(name):
    with pytest.raises(ValueError, match="cannot be the type"):
        handler(name)(lambda job: None)


@pytest.mark.parametrize("text", ["import nowhere", "def (", "1 / 0"])
def test_a_module_that_cannot_be_imported_ends_the_start_with_one_sentence(tmp_path, monkeypatch, text):
    (tmp_path / "broken_handlers.py").write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(SystemExit, match="USHER_HANDLERS: the module 'broken_handlers' cannot be imported: "):
        load_handlers(["broken_handlers"])


def produce(job):
    yield job


async def produce_later(job):
    yield job


async def return_later(jobs):
    return jobs


@pytest.mark.parametrize(
    ("register", "function"),
    [
        (handler, produce),
        (handler, produce_later),
        (handler, functools.partial(produce_later)),
        (together, return_later),
        (gradually, return_later),
        (gradually, produce_later),
        (handler, 5),
    ],
)
def test_a_function_that_cannot_be_run_is_refused(register, function):
    with pytest.raises(ValueError, match="the handler of 'odd' "):
        register("odd")(function)


@pytest.mark.parametrize("limit", [0, -1, float("inf"), float("nan"), True, "1", 1e9])
def test_an_impossible_time_limit_is_refused(limit):
    with pytest.raises(ValueError, match="the time limit of 'odd' must be"):
        handler("odd", time_limit_seconds=limit)(lambda job: None)


def test_a_type_has_the_limit_of_its_handler_or_of_the_settings_ours_too():
    settings = options(time_limit_seconds=20, message_time_limit_seconds=40)
    registry.pop(messages.EXTEND)
    handler("usual")(lambda job: None)
    together("quick", time_limit_seconds=0.5)(lambda jobs: jobs)
    together(messages.EXTEND)(lambda jobs: jobs)
    assert [registry[name].limit_ms(settings) for name in ("usual", "quick", messages.EXTEND)] == [20_000, 500, 40_000]


def test_celery_kills_a_job_that_exceeds_the_limit_of_its_type():
    limits = {name: app.tasks[name].time_limit for name in messages.OWN_TYPES}
    assert limits == dict.fromkeys(
        messages.OWN_TYPES, own_usher().settings.message_time_limit_seconds + KILL_AFTER_SECONDS + 1
    )  # and a turn
