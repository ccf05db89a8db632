"""The contracts between the rooms hold, and fail when somebody breaks them."""

import ast
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
    """The rooms without their caches, to be broken."""
    for room in ("api", "worker", "tasks_app", "ops", "chaos"):
        shutil.copytree(ROOT / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_are_kept(copy):
    assert lint(copy).returncode == 0


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("api/inventory/shows.py", "import worker.inventory.inventory", "both meet in tasks_app"),
        ("api/inventory/shows.py", "import redis", "knows neither Redis nor Celery"),
        ("worker/jobs/run.py", "import flask", "know no HTTP"),
        ("tasks_app/jobs/job.py", "import tasks_app.jobs.intake", "Inside a subject"),
        ("worker/tasks.py", "import worker.inventory.inventory", "through the handlers"),
        ("tasks_app/jobs/job.py", "import tasks_app.inventory.audit", "The subjects of tasks_app"),
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
    types = {*messages.QUEUE_OF_TYPE, messages.CANARY}
    assert types <= set(app.tasks)
    assert types - {messages.CANARY} <= set(registry)


@pytest.mark.parametrize("room", ["api", "worker", "tasks_app"])
def test_no_encoder_writes_numbers_that_are_not_finite(room):
    for path in (ROOT / room).rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "json.dumps":
                assert "allow_nan=False" in ast.unparse(call), f"{path}:{call.lineno}"


@pytest.mark.parametrize("script", sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("*/lua/**/*.lua")))
def test_every_script_that_tells_something_ends_with_writing_it(script):
    text = (ROOT / script).read_text()
    tells = re.search(r"\b(tell|call_off|queue_again|attempt_failed|settle_from|take)\(", text)
    if tells and not script.endswith(
        ("/prelude.lua", "/events.lua", "/settling.lua", "/taking.lua")
    ):  # those are parts of scripts
        assert re.search(r"\bwakes\(\)|write_events\(\)$", "\n".join(text.splitlines()[-2:]), re.MULTILINE)
