"""
A worker's app for test_upstream.py: the real settings and patches, with tasks that leave a mark in a file.

WITHOUT=<modules of worker/celery_patches> leaves patches out, to see their tests fail.
"""

import importlib
import os
import time
from pathlib import Path
from typing import Any

from tasks_app.program import own_usher

app = own_usher().celery
app.conf.imports = ()

if "VISIBILITY_SECONDS" in os.environ:
    seconds = float(os.environ["VISIBILITY_SECONDS"])
    app.conf.broker_transport_options = {**app.conf.broker_transport_options, "visibility_timeout": seconds}

for name in filter(None, os.environ.get("WITHOUT", "").split(",")):
    if name == "consumer":
        importlib.import_module("worker.celery_patches").install()
        app.conf.worker_consumer = "celery.worker.consumer:Consumer"
    else:
        module: Any = importlib.import_module(f"worker.celery_patches.{name}")
        module.mend = lambda: None


def leave(mark: str) -> None:
    with Path(os.environ["MARKS"]).open("a") as file:
        file.write(f"{mark}\n")


@app.task(name="mark")
def mark(text: str) -> None:
    leave(text)


@app.task(name="linger")
def linger(text: str, seconds: float) -> None:
    leave(f"{text} begun")
    time.sleep(seconds)
    leave(f"{text} done")
