"""A restore that is killed at any moment leaves the old data or the new."""

import subprocess
import sys
from pathlib import Path

from tests.integration.restore_kit import fact, snapshot_of_new, with_server

# Restores, and is killed before a given one of its changes to the directories after the trial.
CRASHING = """
import os, sys
from pathlib import Path
from ops import restore

class Wish:
    def to_end(self):
        return False

number, counted = int(sys.argv[3]), -1

def count(event, arguments):
    global counted
    writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & (os.O_WRONLY | os.O_CREAT)
    if counted >= 0 and (writes or event in ("os.rename", "os.link", "os.remove", "os.mkdir", "os.rmdir")):
        counted += 1
        if counted == number:
            os._exit(9)

def loads(*arguments):
    global counted
    answer = trial(*arguments)
    counted = 0
    return answer

trial, restore._loads = restore._loads, loads
sys.addaudithook(count)
restore.restore(Path(sys.argv[1]), Path(sys.argv[2]), Wish())
"""


def test_a_crash_at_any_moment_leaves_the_old_data_or_the_new(tmp_path):
    # Given a restore that is killed before its first change of the directories, before its second, and so on
    dump = snapshot_of_new(tmp_path)
    found, number = [], 0
    crashed = True
    while crashed:
        number += 1
        copy = tmp_path / f"crash-{number}" / "redis"
        with_server(copy, lambda client: client.set("fact", "old"))
        command = [sys.executable, "-c", CRASHING, str(dump), str(copy), str(number)]
        ended = subprocess.run(command, cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False)
        assert ended.returncode in (0, 9), ended.stderr
        crashed = ended.returncode == 9

        # When a server starts on the data, then it has the old or the new, and takes new facts
        found.append(fact(copy))
        with_server(copy, lambda client: client.set("fact", "later"))
        assert fact(copy) == "later"

    # Then these are first the old data, and from one moment on the new
    turn = found.index("new")
    assert found == ["old"] * turn + ["new"] * (len(found) - turn)
    assert 3 < turn < len(found) - 1
