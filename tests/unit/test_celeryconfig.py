"""What the settings must never say again, whoever edits them."""

import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from celery import Celery
from celery.app.defaults import SETTING_KEYS

import celeryconfig
from tasks_app.jobs.messages import LEVELS, QUEUES, level_of

SETTINGS = {name: value for name, value in vars(celeryconfig).items() if name in SETTING_KEYS}
NOT_SETTINGS = {"Any", "Exchange", "Queue", "JOBS", "QUEUES"}
OPTIONS = celeryconfig.broker_transport_options


@pytest.mark.parametrize("package", ["celery", "kombu"])
def test_the_celery_patches_meet_the_versions_they_were_written_for(package: str) -> None:
    assert version(package) == "5.7.0"


def test_every_name_is_a_setting_of_celery() -> None:
    names = {name for name in vars(celeryconfig) if not name.startswith("__")}
    assert names - NOT_SETTINGS == set(SETTINGS)


def test_only_json_is_accepted_and_sent() -> None:
    assert SETTINGS["accept_content"] == ["json"]
    assert SETTINGS["task_serializer"] == SETTINGS["event_serializer"] == "json"


def test_nothing_repeats_a_publish_by_itself() -> None:
    assert "retry_on_timeout" not in OPTIONS
    assert SETTINGS["task_publish_retry"] is False


def test_messages_are_routed_by_queue_name_only() -> None:
    unwanted = ("task_routes", "task_default_exchange", "task_default_routing_key", "task_default_exchange_type")
    assert not set(unwanted) & set(SETTINGS)


def test_every_queue_has_an_exchange_and_a_routing_key_of_its_own() -> None:
    app = Celery(set_as_current=False)
    app.config_from_object("celeryconfig")
    bindings = [(queue.exchange.name, queue.routing_key) for queue in app.amqp.queues.values()]
    assert sorted(bindings) == sorted((name, name) for name in QUEUES)


def test_every_level_of_priority_has_a_list_of_its_own() -> None:
    levels = {level_of(priority) for priority in (*LEVELS, LEVELS[-1] + 1)}
    assert sorted(levels) == OPTIONS["priority_steps"]


def test_no_result_is_stored() -> None:
    assert SETTINGS["task_ignore_result"] is True
    assert "result_backend" not in SETTINGS


def test_a_call_outlasts_a_blocking_pop_and_is_the_only_wait() -> None:
    assert 1 < OPTIONS["socket_timeout"] <= 2
    assert OPTIONS["socket_connect_timeout"] <= OPTIONS["socket_timeout"]


def test_a_lost_lock_of_the_restorer_is_shorter_than_the_visibility_timeout() -> None:
    assert OPTIONS["unacked_mutex_expire"] <= 30 < OPTIONS["visibility_timeout"]


def test_reading_the_settings_loads_nothing_of_the_worker() -> None:
    code = "import sys; from tasks_app.celery import app; app.conf.task_queues; app.amqp.queues;"
    code += "sys.exit([name for name in sys.modules if name.split('.')[0] in ('worker', 'api')] or 0)"
    subprocess.run([sys.executable, "-c", code], cwd=Path(celeryconfig.__file__).parent, check=True, timeout=60)
