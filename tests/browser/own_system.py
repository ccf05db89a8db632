"""A whole system of a test's own: a server, a web process and one worker, which a test may harm or fill as it likes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.browser.guarded_site import GuardedSite
from tests.integration.api_system import ROOT, WORKER


class OwnSystem(GuardedSite):
    """No test of another file sees it. `worker` is the worker's process."""

    def __init__(self, directory: Path, **of_worker: str) -> None:
        super().__init__(directory)
        names = of_worker | {"REDIS_URL": self.valkey.url(0), "BROKER_URL": self.valkey.url(1)}
        command = [sys.executable, "-m", "celery", *WORKER, "--without-gossip", "--without-mingle"]
        with (directory / "worker.log").open("wb") as log:
            self.worker = subprocess.Popen(command, cwd=ROOT, env=os.environ | names, stdout=log, stderr=log)

    def is_ready(self) -> bool:
        assert self.worker.poll() is None
        return self.ask("/readyz")[0] == 200

    def stop(self) -> None:
        self.worker.kill()
        self.worker.wait(20)
        super().stop()
