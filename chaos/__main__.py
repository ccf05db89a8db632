"""`make chaos SEED=7 SECONDS=120`: one run, its report, and exit code 1 if an invariant is broken."""

import argparse
import re
import secrets
import shutil
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from chaos.caller import UnreadableError
from chaos.plan import plan
from chaos.report import told
from chaos.run import Run
from chaos.system import ROOT, StartError

RUNS = ROOT / "var" / "chaos"
MOST_SECONDS = 86_400


def seconds_of(text: str) -> float:
    """The length of a run. Raises ArgumentTypeError for a text that is none."""
    with suppress(ValueError):
        if 1 <= (seconds := float(text)) <= MOST_SECONDS:
            return seconds
    raise argparse.ArgumentTypeError(f"a number of seconds from 1 to {MOST_SECONDS}, not {text!r}")


def seed_of(text: str) -> int:
    """A seed. Raises ArgumentTypeError for a text that is none."""
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"a whole number of at most 18 digits, not {text!r}")
    return int(text)


def main(arguments: list[str] | None = None, runs: Path = RUNS, kind: type[Run] = Run) -> int:
    """
    0 = all invariants hold, 1 = one is broken, or the run cannot be judged; then the directory is kept, a new one in
    `runs` unless the arguments name one. `kind`: of the run.
    """
    parser = argparse.ArgumentParser(prog="make chaos", description=__doc__)
    parser.add_argument("--seed", type=seed_of, help="of the plan and of the load; without one, any")
    parser.add_argument("--seconds", type=seconds_of, default=120.0, help="of faults, 1 to 86400")
    parser.add_argument(
        "--directory", type=Path, help="an empty one, which is kept; without one, a new one in var/chaos"
    )
    options = parser.parse_args(arguments)
    seed = secrets.randbelow(1_000_000) if options.seed is None else options.seed
    faults = plan(seed, options.seconds)
    print(f"chaos: seed {seed}, {options.seconds:g} s, {len(faults)} faults", flush=True)
    try:
        directory = _directory(options.directory, seed, runs)
    except OSError as error:
        parser.error(f"there is no directory to run in: {error}")
    run = kind(directory, seed, faults, options.seconds)
    try:
        run.carry_out()
        broken = run.judged()
        print("\n".join(told(run.history(), broken)))
        failure = f"{len(broken)} invariants are broken" if broken else ""
    except (StartError, UnreadableError) as error:
        failure = f"nothing can be judged, for the system cannot be started or read: {error}"
    except KeyboardInterrupt:
        print(f"\nchaos: stopped. {directory} is kept.")
        return 130
    if failure:
        print(f"\nThe plan of seed {seed}:\n" + "\n".join(map(str, faults)))
        print(f"\nchaos: {failure}\nchaos: {directory} is kept: history.jsonl, usher.log.")
        print(f"chaos: again: make chaos SEED={seed} SECONDS={options.seconds:g}")
        return 1
    if options.directory is None:
        shutil.rmtree(directory)
    return 0


def _directory(wanted: Path | None, seed: int, runs: Path) -> Path:
    """A new directory in `runs`, unless one is wanted. Raises OSError, also if the wanted one is not empty."""
    if wanted is None:
        runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        return Path(tempfile.mkdtemp(prefix=f"seed-{seed}-", dir=runs))
    wanted.mkdir(mode=0o700, parents=True, exist_ok=True)
    if any(wanted.iterdir()):
        raise FileExistsError(f"{wanted} is not empty")
    return wanted.resolve()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # as Ctrl-C does, it ends all that was started
    sys.exit(main())
