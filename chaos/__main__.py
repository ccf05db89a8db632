"""`make chaos SEED=7 SECONDS=120`: one run, its report, and 1 as the exit code when an invariant is broken."""

import argparse
import secrets
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from chaos.plan import plan
from chaos.report import told
from chaos.run import Run
from chaos.system import ROOT, StartError

RUNS = ROOT / "var" / "chaos"
MOST_SECONDS = 86_400


def seconds_of(text: str) -> float:
    """Raises ValueError for what is no span that a run may have."""
    seconds = float(text)
    if not 1 <= seconds <= MOST_SECONDS:
        raise ValueError
    return seconds


def main(arguments: list[str] | None = None) -> int:
    """0 = all invariants hold, 1 = one is broken, or the system did not come up; then the directory is kept."""
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=int, help="of the plan and of the load; without one, any")
    parser.add_argument("--seconds", type=seconds_of, default=120.0, help="of faults, 1 to 86400")
    parser.add_argument(
        "--directory", type=Path, help="an empty one, which is kept; without one, a new one in var/chaos"
    )
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    faults = plan(seed, options.seconds)
    print(f"chaos: seed {seed}, {options.seconds:g} s, {len(faults)} faults", flush=True)
    if options.directory is None:
        RUNS.mkdir(mode=0o700, parents=True, exist_ok=True)
        directory = Path(tempfile.mkdtemp(prefix=f"seed-{seed}-", dir=RUNS))
    else:
        directory = options.directory.resolve()
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C does, it ends what was started
    run = Run(directory, seed, faults, options.seconds)
    try:
        run.carry_out()
        broken = run.judged()
        print("\n".join(told(run.history(), broken)))
        failure = f"{len(broken)} invariants are broken" if broken else ""
    except (StartError, TimeoutError) as error:
        failure = f"the system does not come up, so nothing can be judged: {error}"
    if failure:
        print(f"\nThe plan of seed {seed}:\n" + "\n".join(map(str, faults)))
        print(f"\nchaos: {failure}\nchaos: {directory} is kept: history.jsonl, usher.log.")
        print(f"chaos: again: make chaos SEED={seed} SECONDS={options.seconds:g}")
        return 1
    if options.directory is None:
        shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
