"""The state on a Valkey Cluster of three primaries: tests of the scripts pass there, and keys may be with several."""

import subprocess
import sys
from pathlib import Path

import pytest

from tasks_app import keys
from tests.valkey_cluster import ValkeyCluster

ROOT = Path(__file__).parents[2]
CHOSEN = ["inventory_stock", "deciding", "unique_jobs", "limits"]


@pytest.mark.timeout(400)  # half a minute, on a machine with nothing else to do
def test_the_tests_of_the_scripts_pass_on_a_cluster() -> None:
    files = [f"tests/integration/test_{name}.py" for name in CHOSEN]
    command = [sys.executable, "-m", "pytest", "-q", "--on-cluster", "-p", "no:cacheprovider", *files]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-3000:]


def test_keys_of_one_request_may_live_with_several_primaries(cluster: ValkeyCluster) -> None:
    with cluster.whole() as client:
        client.flushall()
        pipe = client.pipeline(transaction=False)
        for key in "abc":
            pipe.set(key, key)
            pipe.get(key)
        pipe.time()
        answers = pipe.execute()
        assert answers[:6] == [True, "a", True, "b", True, "c"]
        assert len({cluster.owner(key).port for key in "abc"}) > 1


def test_a_node_that_lost_its_scripts_gets_them_again(cluster: ValkeyCluster) -> None:
    with cluster.whole() as client:
        script = client.register_script("return KEYS[1]")
        assert script(keys=[keys.events()]) == keys.events()
        client.script_flush()
        assert script(keys=[keys.events()]) == keys.events()
