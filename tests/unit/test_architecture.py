"""The contracts between the rooms hold, and a check fails when somebody breaks them."""

import ast
import importlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tasks_app.jobs import messages
from worker.jobs.handlers import registry
from worker.tasks import app

ROOT = Path(__file__).parents[2]
LINT = Path(sys.executable).with_name("lint-imports")


def lint(directory):
    return subprocess.run([LINT, "--no-cache"], cwd=directory, capture_output=True, text=True, check=False)


@pytest.fixture
def copy(tmp_path):
    """The rooms without their caches, for the test to break."""
    for room in ("usher", "api", "worker", "tasks_app", "ops", "chaos"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(copy):
    assert lint(copy).returncode == 0


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("api/inventory/shows.py", "import worker.inventory.inventory_store", "both meet in tasks_app"),
        ("api/inventory/shows.py", "import redis", "knows neither Redis nor Celery"),
        ("worker/jobs/run.py", "import flask", "know no HTTP"),
        ("tasks_app/jobs/job.py", "import tasks_app.jobs.intake", "Inside a subject"),
        ("worker/tasks.py", "import worker.inventory.inventory_store", "through the handlers"),
        ("tasks_app/jobs/job.py", "import tasks_app.inventory.audit", "The subjects of tasks_app"),
        ("ops/up.py", "import usher", "usher is the door"),
        ("chaos/plan.py", "import usher", "stands outside it"),
        ("worker/anything.py", "", "The subjects of worker"),
    ],
)
def test_a_broken_contract_is_named(copy, module, line, broken):
    with (copy / module).open("a") as file:
        file.write(f"\n{line}\n")
    result = lint(copy)
    assert result.returncode == 1
    assert broken in result.stdout


def test_every_type_that_the_api_submits_has_a_task_in_the_worker():
    types = {*messages.OWN_TYPES, messages.CANARY}
    assert types <= set(app.tasks)
    assert types - {messages.CANARY} <= set(registry)


@pytest.mark.parametrize("room", ["api", "worker", "tasks_app"])
def test_no_encoder_writes_numbers_that_are_not_finite(room):
    for path in (ROOT / room).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "json.dumps":
                assert "allow_nan=False" in ast.unparse(call), f"{path}:{call.lineno}"


@pytest.mark.parametrize("script", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/lua/**/*.lua")))
def test_every_script_that_publishes_events_ends_with_writing_them(script):
    text = (ROOT / script).read_text()
    tells = re.search(r"\b(tell|call_off|queue_again|attempt_failed|settle_from|take)\(", text)
    if tells and not script.endswith(
        ("/moving.lua", "/attempts.lua", "/events.lua", "/settling.lua", "/taking.lua", "/changing.lua")
    ):  # those are parts of scripts
        assert re.search(r"\bwakes\(\)|write_events\(\)$", "\n".join(text.splitlines()[-2:]), re.MULTILINE)


SUBJECTS = {
    path.parent.relative_to(ROOT).as_posix().replace("/", ".")
    for room in ("api", "worker", "tasks_app")
    for path in (ROOT / room).glob("*/__init__.py")
}
LATE = "worker.notifications.sending"  # its modules are imported when somebody uses them: some take most of a second


def subject_of(module):
    return ".".join(module.split(".")[:2])


def ways_around_a_front(path, text):
    """Each import that reaches into another subject's folder, or takes a name that its `__init__` does not offer."""
    own = subject_of(path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "."))
    for node in ast.walk(ast.parse(text)):
        names = [node.module] if isinstance(node, ast.ImportFrom) else []
        names += [name.name for name in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            subject = subject_of(name)
            if subject not in SUBJECTS or subject == own or name == LATE:
                continue
            offered = importlib.import_module(subject).__all__ if name == subject else ()
            if not {one.name for one in node.names} <= {*offered}:
                yield f"{path}:{node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("place", ["usher", "api", "worker", "tasks_app", "ops", "benchmarks"])
def test_a_subject_is_used_only_through_its_front(place):
    found = [line for path in (ROOT / place).rglob("*.py") for line in ways_around_a_front(path, path.read_text())]
    assert found == []


@pytest.mark.parametrize(
    "line",
    ["from tasks_app.jobs.intake import Intake", "import tasks_app.jobs.intake", "from tasks_app.jobs import identity"],
)
def test_a_way_around_a_front_is_found(line):
    assert list(ways_around_a_front(ROOT / "api/app.py", line))
    assert not list(ways_around_a_front(ROOT / "tasks_app/jobs/controls.py", line))


# Code that starts a process, or that Celery calls. All other code is given the Usher, or the parts that it needs.
OWN_ASKED = {
    "api/gunicorn_conf.py",
    "api/server/web_log.py",
    "tasks_app/celery.py",
    "tasks_app/program.py",
    "worker/boot.py",
    "worker/flower/flower_conf.py",
    "worker/bulk/bulk.py",
    "worker/customers/forgetting.py",
    "worker/inventory/cancellation.py",
    "worker/inventory/changes.py",
    "worker/inventory/overtaking.py",
    "worker/inventory/reservations.py",
    "worker/jobs/processor.py",
    "worker/jobs/turns.py",
    "worker/notifications/notifications.py",
}


def asks_for_the_own_usher(text):
    calls = (one.func for one in ast.walk(ast.parse(text)) if isinstance(one, ast.Call))
    return any(ast.unparse(one).rpartition(".")[2] in ("own_usher", "own_settings") for one in calls)


@pytest.mark.parametrize("room", ["api", "tasks_app", "worker"])
def test_only_where_a_process_starts_or_celery_calls_is_the_program_s_own_usher_asked_for(room):
    found = {path for path in (ROOT / room).rglob("*.py") if asks_for_the_own_usher(path.read_text())}
    assert {path.relative_to(ROOT).as_posix() for path in found} == {one for one in OWN_ASKED if one.startswith(room)}
