"""`make chaos` with a fixed seed: a short run does the harm that it reports, and every invariant holds."""

import subprocess
import sys
from pathlib import Path

import pytest

from chaos.history import History, read
from chaos.plan import plan
from tests.system.processes import ROOT

SEED, SECONDS = 13, 14.0


@pytest.mark.timeout(300)
def test_a_short_run_does_the_harm_of_its_plan_and_breaks_no_invariant(tmp_path: Path) -> None:
    # When
    command = [sys.executable, "-m", "chaos", "--seed", str(SEED), "--seconds", str(SECONDS), "--directory", tmp_path]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280, check=False)

    # Then
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.splitlines()[-1] == "all invariants hold"

    # And each fault hit something, while much was asked, answered, published and done
    history = History(list(read(tmp_path / "history.jsonl", tmp_path / "program.jsonl", tmp_path / "effects.jsonl")))
    assert [one["name"] for one in history.of("hurt")] == [fault.kind for fault in plan(SEED, SECONDS)]
    assert [one for one in history.of("healed") if one["met"].startswith("nobody")] == []
    kinds = {one["what"] for one in history.of("asked")}
    assert kinds == {"create", "reserve", "confirm", "release", "extend", "job", "notify", "rules", "unique"}
    assert all(history.of(kind) for kind in ("answered", "broken", "told", "called", "did", "heard", "found"))
