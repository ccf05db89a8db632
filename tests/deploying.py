"""What the files of deploy/ must agree with: settings, commands, ports, and how long a stop takes."""

from pathlib import Path

import click

from api import gunicorn_conf
from tasks_app.configuration.settings import Settings
from usher.commands import commands

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PROCESSES = ("web", "seller", "worker", "notifier", "flower")
# Of other programs: gunicorn's list of proxies, Python, the shell, and the name of a worker for its own health check.
OTHERS = {"FORWARDED_ALLOW_IPS", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "PATH", "NODE"}
DEFAULTS = {name: field.default for name, field in Settings.model_fields.items()}
PORT, FLOWER_PORT = DEFAULTS["port"], DEFAULTS["flower_port"]


def variables() -> set[str]:
    """The variables of all settings; that of a secret may end in _FILE, and then names the file that has the secret."""
    found = set(OTHERS)
    for name, field in Settings.model_fields.items():
        choices = getattr(field.validation_alias, "choices", [f"USHER_{name.upper()}"])
        variable = str(choices[0])
        found |= {variable} if field.repr else {variable, f"{variable}_FILE"}
    return found


def check_command(words: list[str]) -> str:
    """Raises click.UsageError unless `usher` has this command with these options; returns the command's name."""
    name, command, rest = commands.resolve_command(click.Context(commands), list(words))
    assert command is not None
    command.make_context(str(name), rest)
    return str(name)


def least_stop_seconds(process: str) -> float:
    """How long a process may take to end after SIGTERM, with the default settings."""
    sends = DEFAULTS["connect_timeout_seconds"] + DEFAULTS["answer_timeout_seconds"]
    return {
        "web": gunicorn_conf.graceful_timeout,
        "worker": DEFAULTS["time_limit_seconds"],
        "notifier": sends,
        "seller": 1,
        "flower": 1,
    }[process]
