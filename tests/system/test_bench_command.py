"""`usher bench` against a running Usher."""

import json
import subprocess
import sys
from pathlib import Path

from tests.system.usher import Usher

ROOT = Path(__file__).parents[2]


def test_it_counts_its_reservations_and_closes_its_product(shared_usher: Usher) -> None:
    words = ["bench", "--url", shared_usher.http.url, "--reservations", "30", "--callers", "3", "--json"]
    command = [sys.executable, "-m", "usher", *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (ended.returncode, ended.stderr) == (0, "")
    found = json.loads(ended.stdout)
    assert (found["reservations"], found["refused"], found["failed"]) == (30, 0, 0)
    assert 0 < found["p50_ms"] <= found["p99_ms"]
    product = shared_usher.http.get(f"/v1/products/{found['product']}")
    assert (product["status"], product["held"]) == ("closed", 30)
