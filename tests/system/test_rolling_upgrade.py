"""A release takes over from the one before it, process by process, while callers go on: nothing lost, nothing twice."""

import re
import subprocess
import tarfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ops.guard import Guard
from tests.deadlines import until
from tests.system.client import at_once
from tests.system.load import Load
from tests.system.nodes import NotifierContainer, SellerContainer, WorkerContainer, WorkerNode
from tests.system.processes import ROOT
from tests.system.stage import Stage
from tests.system.whole import Whole

LAYOUT = re.compile(rb"^LAYOUT = \d+", re.MULTILINE)
LAYOUT_FILE = "tasks_app/state/layout.py"
STOP_SECONDS = 30
KINDS = (SellerContainer, WorkerContainer, NotifierContainer)


def git(*words: str) -> bytes:
    """What git prints; nothing if it cannot."""
    done = subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, check=False)
    return done.stdout if done.returncode == 0 else b""


@pytest.fixture(scope="module")
def earlier(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """
    The tree of the commit before this one. Where there is none (a copy without git, a clone of one commit), or where it
    has another layout, so that the two may not work side by side, this tree itself: that shows the exchange alone.
    """
    ours, theirs = (
        LAYOUT.findall(text) for text in ((ROOT / LAYOUT_FILE).read_bytes(), git("show", f"HEAD~1:{LAYOUT_FILE}"))
    )
    if ours != theirs:
        return ROOT
    place = tmp_path_factory.mktemp("earlier")
    with tarfile.open(fileobj=BytesIO(git("archive", "--format=tar", "HEAD~1"))) as tar:
        tar.extractall(place, filter="data")
    return place


class Releases:
    """A system of the earlier release, whose processes are exchanged for those of this one."""

    def __init__(self, directory: Path, guard: Guard, earlier: Path, ends: ExitStack) -> None:
        self._ends = ends
        self._old, self._new = Stage(directory, guard, earlier), Stage(directory, guard)
        self._whole = Whole(self._old, ends, {kind.__name__: kind for kind in KINDS})
        self.usher = self._whole.usher
        earlier_names = {node.hostname() for node in self._whole.workers.values()}
        self.names = {"earlier": earlier_names, "this": set[str]()}

    def exchange(self, kind: type[WorkerContainer]) -> None:
        """Start a worker of this release beside the earlier one, which then ends in its own time."""
        earlier = self._whole.workers[kind.__name__]
        node = WorkerNode(self._new.worker(kind, self._whole.settings), earlier.app)
        self._ends.callback(node.teardown)
        node.ready()
        self.names["this"].add(node.hostname())
        earlier.kill("SIGTERM")
        assert earlier.container.wait(STOP_SECONDS) == 0

    def exchange_web(self) -> None:
        """End the earlier web process, and start one of this release at its port."""
        port = urlsplit(self._whole.web.url).port
        self._whole.web.kill("SIGTERM")
        assert self._whole.web.wait(STOP_SECONDS) == 0
        self._whole.web = self._new.web(self._whole.settings, port)
        self._whole.web.ready()


@pytest.fixture
def releases(tmp_path: Path, guard: Guard, earlier: Path) -> Iterator[Releases]:
    with ExitStack() as ends:
        yield Releases(tmp_path, guard, earlier, ends)


@pytest.mark.timeout(240)
def test_a_release_takes_over_under_load_and_nothing_is_lost_or_done_twice(releases: Releases) -> None:
    # Given load on a system of the earlier release
    usher = releases.usher
    path = usher.show("upgraded", seats=100_000)
    notes, batches = [usher.submit("note") for _ in range(20)], []
    with Load(usher, path, callers=8) as load:

        def go_on() -> None:
            """Some of everything, done by whoever is there at this moment."""
            load.wait_for(202, 50, 30)
            notes.extend(usher.submit("note") for _ in range(20))
            batches.append(
                usher.notify([{"to": f"{len(batches)}-{number}", "message": "hello"} for number in range(100)])
            )

        # When each process is exchanged for this release's, one after the other
        go_on()
        for kind in KINDS:
            releases.exchange(kind)
            go_on()
        releases.exchange_web()
        go_on()

    # Then every reservation is held once, every job done once, and every notification sent once
    assert load.outcomes() == {"held": len(load.ids)}
    assert sorted(usher.held("upgraded")) == sorted(load.ids.values())
    done = at_once(usher.finished, notes, 8)
    assert Counter(job["state"] for job in done) == {"complete": len(notes)}
    assert [usher.marks(job) for job in notes] == [["done"]] * len(notes)
    for batch in batches:
        until(lambda: usher.counts(batch) == {"complete": 100}, 30, lambda: usher.told(batch))  # noqa: B023
    usher.assert_true_numbers("upgraded")

    # And both releases had a hand in it
    hands = {job["worker"] for job in done}
    assert hands & releases.names["earlier"]
    assert hands & releases.names["this"]
