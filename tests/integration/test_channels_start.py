"""A worker's first start makes the Web Push keys, so that browsers can subscribe before anything is sent."""

import os
import subprocess
import sys

from tasks_app.notifications import vapid
from tests.servers import Valkey


def test_a_worker_makes_the_keys_when_it_starts(valkey: Valkey, state, eventually):
    environment = {**os.environ, "REDIS_URL": valkey.url(), "BROKER_URL": valkey.url(1), "USHER_SEED": "none"}
    command = [sys.executable, "-m", "celery", "-A", "tasks_app.celery", "worker", "-Q", "jobs", "-P", "solo"]
    worker = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: vapid.public_key(state), seconds=60)
    finally:
        worker.terminate()
        worker.wait()
