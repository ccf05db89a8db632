"""The command line: which program each process becomes, and one sentence for each error."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import click
import pytest

from ops import programs
from tasks_app.jobs.messages import QUEUES
from usher import __version__, commands

ROOT = Path(__file__).parents[2]
PRINTING = """
import os, sys
from usher.__main__ import main
os.execv = lambda _, words: print(*words[1:])
sys.exit(main())
"""
CELERY = "-m celery --quiet -A tasks_app.celery"
QUIET = "--without-gossip --without-mingle -E"


def usher(*arguments, cwd=ROOT, code=None, **environment):
    """Its exit code, and its output on both streams."""
    command = [sys.executable, "-c", code, *arguments] if code else [sys.executable, "-m", "usher", *arguments]
    names = os.environ | {"PYTHONPATH": str(ROOT)} | environment
    ended = subprocess.run(command, cwd=cwd, env=names, capture_output=True, text=True, timeout=60, check=False)
    return ended.returncode, ended.stdout, ended.stderr


@pytest.mark.parametrize(
    ("arguments", "environment", "program"),
    [
        ("web", {}, "-m gunicorn -c python:api.gunicorn_conf api.app:create_app()"),
        ("seller --name s@h", {}, f"{CELERY} worker -Q reservations -P prefork -c 1 -n s@h {QUIET}"),
        (
            "seller --name s@h",
            {"USHER_SELLER_CONCURRENCY": "3"},
            f"{CELERY} worker -Q reservations -P prefork -c 3 -n s@h {QUIET}",
        ),
        ("worker --name w@h", {}, f"{CELERY} worker -Q jobs -P prefork -c 2 -n w@h {QUIET}"),
        ("worker --name w@h --concurrency 5", {}, f"{CELERY} worker -Q jobs -P prefork -c 5 -n w@h {QUIET}"),
        ("notifier --name n@h", {}, f"{CELERY} worker -Q notifications -P threads -c 32 -n n@h {QUIET}"),
        ("notifier --name n@h --threads 7", {}, f"{CELERY} worker -Q notifications -P threads -c 7 -n n@h {QUIET}"),
        (
            "flower",
            {"FLOWER_PORT": "1234"},
            f"{CELERY} flower --conf={ROOT}/worker/flower/flower_conf.py --purge_offline_workers=300"
            " --url_prefix=flower --read_only --address=127.0.0.1 --port=1234",
        ),
    ],
)
def test_a_command_becomes_its_program(arguments, environment, program):
    code, out, _ = usher(*arguments.split(), code=PRINTING, **environment)
    assert (code, out) == (0, f"{program}\n")


def test_two_workers_on_one_machine_have_two_names():
    """During an upgrade both exist; a process that becomes a program keeps its number."""
    assert f"seller-{os.getpid()}@%h" in programs.worker("seller", "reservations", "prefork", 1, None)


def test_every_queue_has_a_command():
    texts = [usher(name, code=PRINTING)[1] for name in ("seller", "worker", "notifier")]
    assert {text.split(" -Q ")[1].split()[0] for text in texts} == set(QUEUES)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("wrokr", "No such command 'wrokr'."),
        ("up now", "Got unexpected extra argument (now)."),
        ("up --snapshot", "Option '--snapshot' requires an argument."),
        ("worker --concurrency many", "Invalid value for '--concurrency': 'many' is not a valid integer range."),
        ("notifier --threads 0", "Invalid value for '--threads': 0 is not in the range 1<=x<=1000."),
    ],
)
def test_bad_usage_is_one_sentence(arguments, sentence, capsys):
    assert commands.run(arguments.split()) == 2
    assert capsys.readouterr() == ("", f"usher: {sentence}\n")


def test_a_folder_that_cannot_be_entered_is_named(tmp_path):
    code, _, said = usher("up", "--root", str(tmp_path / "none"))
    assert (code, said) == (1, f"usher: {tmp_path}/none cannot be entered: No such file or directory.\n")


def test_every_command_and_option_says_what_it_is_for():
    for command in commands.commands.commands.values():
        assert command.help
        assert all(option.help for option in command.params if isinstance(option, click.Option)), command.name


@pytest.mark.parametrize("name", ["worker/__init__.py", "api.py"])
def test_a_file_that_would_hide_a_part_of_usher_is_named(name, tmp_path):
    """Python looks into the current folder first."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).touch()
    code, _, said = usher("snapshot", cwd=tmp_path, REDIS_PORT="1")
    assert (code, said) == (1, f"usher: {name} in this folder hides Usher's own package of that name: rename it.\n")


def test_a_folder_that_is_no_package_hides_nothing(tmp_path):
    (tmp_path / "api").mkdir()
    assert "No server answers" in usher("snapshot", cwd=tmp_path, REDIS_PORT="1")[2]


def test_a_python_without_the_needed_packages_gets_a_sentence():
    ended = subprocess.run(
        [sys.executable, "-S", "-m", "usher", "up"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert ended.stderr == "usher: click is not installed for this Python; in a clone use `make run`.\n"


def test_ctrl_c_ends_a_command_without_a_complaint():
    # Given a snapshot of a server that does not answer
    with socket.create_server(("127.0.0.1", 0)) as silent:
        names = os.environ | {"REDIS_URL": f"redis://127.0.0.1:{silent.getsockname()[1]}/0"}
        command = [sys.executable, "-m", "usher", "snapshot"]
        with subprocess.Popen(
            command, cwd=ROOT, env=names, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)

                # When Ctrl-C is pressed
                process.send_signal(signal.SIGINT)
                said, _ = process.communicate(timeout=20)

    assert (process.returncode, said) == (130, "")


def test_the_version_is_printed(capsys):
    assert (commands.run(["--version"]), capsys.readouterr().out) == (0, f"usher {__version__}\n")
