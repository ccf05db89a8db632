"""The Procfile under a runner that is not ours: honcho, which gives each line a port of its own, as Heroku does."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops.procfile import read
from tests.servers import free_port
from tests.system.client import Client
from tests.system.clone import Folder
from tests.system.processes import ROOT


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Folder]:
    made = Folder(tmp_path / "folder")
    made.root.mkdir()
    shutil.copy(ROOT / "Procfile", made.root)
    yield made
    made.close()


@pytest.mark.timeout(180)
def test_the_api_listens_at_the_port_that_the_runner_was_given(folder: Folder, eventually: Callable[..., None]) -> None:
    # Given a start by honcho with a port
    port = free_port()
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    running = folder.start(
        f"exec {sys.executable} -m honcho start",
        PORT=str(port),
        PATH=path,
        PYTHONPATH=str(ROOT),
        USHER_WEB_PROCESSES="1",
    )
    client = Client(f"http://127.0.0.1:{port}")

    def is_ready() -> bool:
        assert running.process.poll() is None, running.output()
        try:
            return client("GET", "/readyz", timeout=2).status_code == 200
        except OSError:
            return False

    # When everything is up, then a reservation is made there, and Ctrl-C ends every process
    eventually(is_ready, 90, "not ready under honcho")
    made = client("POST", "/v1/products/2/reservations", {"quantity": 1}, wait_seconds=10)
    client.close()
    assert (made.status_code, made.json()["state"]) == (201, "held"), made.text
    running.interrupt()
    assert running.output().count(" stopped (rc=") == len(read(folder.root / "Procfile"))
