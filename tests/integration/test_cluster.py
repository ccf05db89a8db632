"""The state on a Valkey Cluster of three primaries: every script runs there, and keys may be on several of them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks_app.jobs.controls import PARTS as OF_CONTROLS
from tasks_app.jobs.staging import TAKING
from tasks_app.lua import inventory_scripts as lua
from tasks_app.lua import job_scripts
from tasks_app.migration.ground import Ground
from tasks_app.migration.migration import CLUSTERED, Migration
from tasks_app.migration.steps import STEPS
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tasks_app.state.record_names import STORED
from tests.channels import RECIPIENTS
from tests.integration import test_layout_3
from tests.integration.migrating import bring_up
from tests.valkey_cluster import ValkeyCluster
from worker.jobs.deciding import OPERATIONS
from worker.jobs.job_store import PARTS

ROOT = Path(__file__).parents[2]
CHOSEN = [
    *("inventory_stock", "inventory_together", "deciding", "unique_jobs", "job_store", "job_controls", "pauses"),
    *(
        "waits",
        "steering",
        "deciding_damage",
        "wake_ups",
        "doubts",
        "doubts_of_the_killed",
        "agenda",
        "meters",
        "census",
    ),
    *("edits", "deletions", "reductions", "cancellations", "enlisting", "reservation_lists", "noted_changes"),
    *("numbered", "job_edits", "history", "failure_groups", "sandbox"),
    *("forgetting_customers", "bulk_operations"),
    "cluster",
]
OF_ACCESS = [f"tests/integration/access/test_{name}.py" for name in ("allowances", "stream_quotas")]
DECIDE, TOGETHER = "jobs/decide", "inventory/together"
# Files that other scripts include.
PARTS_ALONE = {
    *(f"jobs/{name}" for name in (*job_scripts.SHARED, *TAKING, "slot", "requests", "owned")),
    *(f"jobs/{part}" for parts in (*PARTS.values(), *OF_CONTROLS.values()) for part in parts),
    *(f"inventory/{name}" for name in (*lua.SHARED, "clock")),
}
# Scripts of every migration, and those that a cluster goes through.
OF_CLUSTERS = {f"layout/{name}" for name in ("declare", "end", "release", "withdraw", "letters", "uncount")}


def every_script() -> set[frozenset[str]]:
    """All scripts but migrations from before clusters; each by the names of the files whose first lines are in it."""
    names = {
        file.relative_to(job_scripts.FOLDER).with_suffix("").as_posix() for file in job_scripts.FOLDER.rglob("*.lua")
    }
    names -= {
        *PARTS_ALONE,
        DECIDE,
        TOGETHER,
        *(name for name in names if name.startswith("layout/") and name not in OF_CLUSTERS),
    }
    deciding = {frozenset({DECIDE, f"inventory/{name}"}) for name in OPERATIONS.values()}
    together = {frozenset({TOGETHER, f"inventory/{name}"}) for name in ("reserve", "confirm", "extend", "release")}
    return {frozenset({name}) for name in names} | deciding | together


def run_by(texts: list[str]) -> set[frozenset[str]]:
    """The same for the scripts that a cluster was given."""
    first_lines = {name: job_scripts.text(name).splitlines()[0] for one in every_script() for name in one}
    return {frozenset(name for name, line in first_lines.items() if line in text) for text in texts}


@pytest.mark.timeout(400)  # a minute, on a machine with nothing else to do
def test_the_tests_of_the_scripts_pass_on_a_cluster_and_run_each_of_them(tmp_path: Path) -> None:
    files = ["tests/integration/limits", *OF_ACCESS, *(f"tests/integration/test_{name}.py" for name in CHOSEN)]
    command = [sys.executable, "-m", "pytest", "-q", "--on-cluster", "-p", "no:cacheprovider", *files]
    command += ["--scripts-run", str(tmp_path / "run"), "--deselect", f"tests/integration/test_cluster.py::{THIS}"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-10_000:]
    missing = every_script() - run_by(json.loads((tmp_path / "run").read_text()))
    assert sorted(sorted(one) for one in missing) == []


THIS = test_the_tests_of_the_scripts_pass_on_a_cluster_and_run_each_of_them.__name__


def test_data_on_a_cluster_are_brought_to_a_later_layout(cluster: ValkeyCluster) -> None:
    with cluster.whole() as client:
        # Given data of this layout on a cluster, and a release with one step more
        client.flushall()
        client.hset(keys.layout(), "version", str(LAYOUT))
        client.set(f"{keys.JOBS}:old", "1")

        def rename(ground: Ground) -> Iterator[int]:
            ground.run("redis.call('RENAME', ARGV[1] .. ':old', ARGV[1] .. ':new')\n", keys.JOBS)
            yield 1

        # When it starts, then they have its layout
        Migration(client, RECIPIENTS, lambda _: None, (*STEPS, rename)).bring_up()
        assert client.get(f"{keys.JOBS}:new") == "1"
        assert client.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}
        assert LAYOUT >= CLUSTERED

        # And a migration that finds older programs at work undoes its beginning
        ground = Ground(client, "mine", RECIPIENTS)
        assert ground.take()
        assert ground.run("declare", LAYOUT + 2)
        ground.run("withdraw")
        ground.run("release")
        assert client.hgetall(keys.layout()) == {"version": str(LAYOUT + 1)}
        assert ground.take()


def test_data_of_a_cluster_of_layout_2_are_brought_up(cluster: ValkeyCluster) -> None:
    with cluster.whole() as client:
        client.flushall()
        test_layout_3.lay_out(client)
        client.hset(keys.layout(), "version", "2")
        said = bring_up(client)
        assert client.hgetall(keys.layout()) == {"version": str(LAYOUT)}, said
        names = {name for job in test_layout_3.SEEN["jobs"] for name in client.hkeys(keys.job(job))}
    assert names.isdisjoint(STORED)
    assert set(STORED.values()) <= names


def test_keys_of_one_request_may_be_on_several_primaries(cluster: ValkeyCluster) -> None:
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
