"""Every process that reads a wrong setting ends with one sentence that names it, and shows no part of a secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ops import procfile

REPOSITORY = Path(__file__).parents[2]
SECRET = "hunter2"
NO_FILE = f"/nowhere/{SECRET}"
COMMANDS = procfile.read(REPOSITORY / "Procfile") | {
    "up": "python -m usher up",
    "snapshot": "python -m usher snapshot",
}
FAULTS = {
    "PORT": ("many", 'PORT is "many", but must be a whole number.'),
    "FLOWER_PORT": ("many", 'FLOWER_PORT is "many", but must be a whole number.'),
    "REDIS_URL": (
        SECRET,
        "REDIS_URL must begin with redis://, rediss:// (TLS), unix:// (a socket) or redis+cluster://.",
    ),
    "BROKER_URL": (f"redis://:{SECRET}@:x/0", "BROKER_URL "),
    "USHER_PHONE_REGION": ("XX", "USHER_PHONE_REGION must be a country in two letters, such as DE."),
    "USHER_CHANNELS": (
        "loft.console",
        "USHER_CHANNELS names the module 'loft.console', whose last part must be a name",
    ),
    "USHER_RATES": ("pigeon=1", "USHER_RATES names 'pigeon', which is no channel; "),
    "USHER_HOLD_SECONDS": ("inf", 'USHER_HOLD_SECONDS is "inf", but must be a finite number.'),
    "REDIS_URL_FILE": (NO_FILE, "REDIS_URL_FILE names a file that cannot be read: No such file or directory."),
    "USHER_VAPID_KEY": (SECRET, "USHER_VAPID_KEY must be a private key on P-256: the base64url of its 32 bytes."),
    "USHER_WEBHOOK_SECRETS": (SECRET, "USHER_WEBHOOK_SECRETS must be `whsec_` and the base64 of 24 to 64 bytes."),
}
OF_APPRISE = {
    f"mailto://me:{SECRET}@example.org": "USHER_APPRISE_URL has no {to}, so every message would go to the same"
    " recipient.",
    f"nonsense://{SECRET}/{{to}}": "USHER_APPRISE_URL has a scheme that no service of Apprise has.",
}


def last_words(command: str, **environment: str) -> str:
    """Its output before it ends, which it must do by itself."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    ended = subprocess.run(
        ["sh", "-c", f"exec {command}"],
        cwd=REPOSITORY,
        env=os.environ | {"PATH": path, "REDIS_PORT": "1"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout
    return ended.stdout.strip()


@pytest.mark.parametrize("variable", FAULTS)
@pytest.mark.parametrize("process", sorted(COMMANDS))
def test_a_wrong_setting_is_one_sentence_for_every_process(process: str, variable: str) -> None:
    value, sentence = FAULTS[variable]
    said = last_words(COMMANDS[process], **{variable: value})
    assert said.startswith(f"usher: {sentence}")
    assert "\n" not in said
    assert SECRET not in said


@pytest.mark.parametrize("process", ["web", "seller", "notifier"])
def test_an_unreadable_channel_is_one_sentence_for_processes_that_read_it(process: str) -> None:
    said = last_words(COMMANDS[process], USHER_CHANNELS="nowhere.owl")
    why = "ModuleNotFoundError: No module named 'nowhere'"
    assert said.splitlines()[-1] == f"usher: USHER_CHANNELS: the module 'nowhere.owl' cannot be used: {why}"


@pytest.mark.parametrize("url", OF_APPRISE)
@pytest.mark.parametrize("process", ["worker", "notifier", "up"])
def test_a_url_without_one_recipient_is_refused_by_processes_that_send(process: str, url: str) -> None:
    said = last_words(COMMANDS[process], USHER_APPRISE_URL=url)
    assert said == f"usher: {OF_APPRISE[url]}"
