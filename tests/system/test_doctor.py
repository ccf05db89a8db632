"""`usher doctor` beside a whole Usher, and after it."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from tests.system.up import REPOSITORY, Up

Eventually = Callable[..., None]


def doctor(up: Up, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Its exit code, and what it says to either side, in the folder of this Usher."""
    given = {name: str(port) for name, port in up.ports.items()} | {"PYTHONPATH": str(REPOSITORY)} | environment
    command = [sys.executable, "-m", "usher", "doctor", *arguments]
    ended = subprocess.run(
        command, cwd=up.root, env=os.environ | given, capture_output=True, text=True, timeout=60, check=False
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_a_healthy_usher_has_no_finding_and_a_stopped_one_an_error(up: Up, eventually: Eventually) -> None:
    # Given a whole Usher
    shutil.copy(REPOSITORY / "Procfile", up.root)
    process = up.start()
    eventually(up.is_up, 60, "the system did not come up")

    # When the doctor comes, it looks at everything and finds nothing
    def report() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(doctor(up, "--json")[1])
        return found

    eventually(lambda: report()["status"] == "ok", 30)
    assert (report()["findings"], report()["unseen"]) == ([], [])
    code, said, complaint = doctor(up)
    assert (code, complaint) == (0, "")
    assert said.startswith("Nothing is wrong; ")

    # When all is stopped, that is an error
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    code, said, complaint = doctor(up)
    assert (code, complaint) == (2, "")
    assert said.startswith("error: The bundled server is expected at ")


def test_settings_that_are_wrong_are_an_error(up: Up) -> None:
    code, said, complaint = doctor(up, PORT="x")
    assert (code, said) == (2, "")
    assert complaint.startswith("usher: PORT is ")
