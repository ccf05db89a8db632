"""The chapters of docs/operations.md about deploying name files, units, commands and metrics that there are."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from deploy.two_hosts import checks
from deploy.two_hosts.document import Block, blocks
from tests.deploying import DEPLOY, ROOT, check_command

DOCUMENT = ROOT / "docs/operations.md"
TEXT = DOCUMENT.read_text()
BLOCKS = blocks(DOCUMENT)
UNITS = {path.name for path in (DEPLOY / "systemd").iterdir()}
OTHERS = {"valkey-server", "redis-server", "nginx", "prometheus"}  # services of the distribution


def commands(script: str) -> list[list[str]]:
    """What follows each `usher` or `usher-here` of a script, as words."""
    found = re.findall(r"(?:(?<!/)usher-here|-- usher|run --rm web) ([^#|>;&)\n]+)", script)
    return [shlex.split(one) for one in found]


@pytest.mark.parametrize("block", BLOCKS, ids=range(1, len(BLOCKS) + 1))
def test_a_block_is_a_script_for_one_or_both_hosts(block: Block) -> None:
    assert subprocess.run(["sh", "-n"], input=block.script, text=True, check=False).returncode == 0
    for name in re.findall(r"deploy/[\w./*-]+", block.script):
        assert list(ROOT.glob(name)), name
    for line in re.findall(r"systemctl (?:enable|disable|restart|stop|start)(?: --now)? ([\w. -]+)", block.script):
        for name in line.split():
            assert name in OTHERS or {name, f"{name}.service"} & UNITS, name


def test_the_commands_of_usher_are_real() -> None:
    found = [words for script in re.findall(r"```sh\n(.*?)```", TEXT, re.DOTALL) for words in commands(script)]
    assert ["key", "create", "admin", "--role", "admin"] in found
    for words in found:
        check_command(words)


def test_every_unit_is_installed_and_enabled_somewhere() -> None:
    told = " ".join(block.script for block in BLOCKS)
    for name in UNITS - {"usher-.service.d", "environment", "usher-here"}:
        assert name.removesuffix(".service") in told, name


def test_the_files_that_the_blocks_write_are_those_that_the_units_read() -> None:
    told = " ".join(block.script for block in BLOCKS)
    for path in (DEPLOY / "systemd").rglob("*"):
        if path.is_file() and path.suffix in (".service", ".conf"):
            for place in re.findall(r"/etc/usher/(?:secrets/)?([\w.-]+)", path.read_text()):
                assert place in told or place in ("tls", "secrets", "valkey.key"), place


def test_a_block_that_does_not_say_where_it_runs_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.md").write_text("## Two hosts\n\n```sh\nreboot\n```\n\n## Else\n")
    with pytest.raises(ValueError, match="A block begins with 'reboot', not with where it runs"):
        blocks(tmp_path / "text.md")


def test_what_the_run_looks_at_afterwards_are_scripts() -> None:
    for what, (host, script) in checks.FACTS.items():
        assert host in ("front", "back")
        assert subprocess.run(["bash", "-n"], input=script, text=True, check=False).returncode == 0, what
