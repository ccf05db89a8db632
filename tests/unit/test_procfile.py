"""The Procfile's reader, and the content of ours."""

import shlex
import sys
from pathlib import Path

import pytest

from ops.errors import StartError
from ops.procfile import own, parse, read


def test_parse_keeps_order_and_commands() -> None:
    text = '# first\n\nweb: gunicorn "api:app()" --bind :${PORT:-1245}\n  worker:   celery -n worker@%h  \n'

    commands = parse(text)

    assert list(commands.items()) == [
        ("web", 'gunicorn "api:app()" --bind :${PORT:-1245}'),
        ("worker", "celery -n worker@%h"),
    ]


@pytest.mark.parametrize("line", ["web", "web:", "a name: true", ": true"])
def test_parse_names_the_line_that_is_wrong(line: str) -> None:
    with pytest.raises(StartError, match="Line 2 of the Procfile is not"):
        parse(f"redis: true\n{line}\n")


def test_parse_refuses_a_name_twice() -> None:
    with pytest.raises(StartError, match="Line 3 of the Procfile names `web` a second time"):
        parse("web: a\nworker: b\nweb: c\n")


def test_read_names_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="cannot be read: No such file"):
        read(tmp_path / "Procfile")


def test_read_refuses_a_file_without_processes(tmp_path: Path) -> None:
    (tmp_path / "Procfile").write_text("# nothing\n")

    with pytest.raises(StartError, match="names no process"):
        read(tmp_path / "Procfile")


def test_the_procfile_of_this_repository_names_every_process() -> None:
    commands = read(Path(__file__).parents[2] / "Procfile")

    assert set(commands) == {"redis", "seller", "worker", "notifier", "flower", "web"}


def test_a_folder_without_a_procfile_has_the_processes_of_this_repository() -> None:
    commands = {name: command.replace(shlex.quote(sys.executable), "python", 1) for name, command in own().items()}

    assert commands == read(Path(__file__).parents[2] / "Procfile")
