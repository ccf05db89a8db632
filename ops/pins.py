"""`python -m ops.pins`, which is `make audit`: which pins are older than the newest version in the package index."""

import json
import re
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent / "pyproject.toml"
LOCK = PROJECT.with_name("requirements-dev.txt")
PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check")
BEHIND, UNKNOWN = 1, 2  # exit codes
PATIENCE_SECONDS = 300


def direct() -> list[str]:
    """The dependencies that pyproject.toml names itself, in the index's spelling."""
    project = tomllib.loads(PROJECT.read_text())
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    return sorted({_spelled(re.split(r"[^A-Za-z0-9._-]", one, maxsplit=1)[0]) for one in wanted})


def judged() -> tuple[dict[str, tuple[str, str]], set[str]]:
    """
    Name -> the locked and the newest version, for packages that are behind; and the names of up-to-date packages.
    Packages that the index does not have are in neither. Raises ValueError when pip fails.
    """
    with ThreadPoolExecutor() as threads:
        old, new = threads.map(_listed, ("--outdated", "--uptodate"))
    return {name: (one["version"], one["latest_version"]) for name, one in old.items()}, set(new)


def main() -> int:
    """Print what is behind. Returns 0 = no direct dependency is behind, 1 = some are, 2 = unknown."""
    names = direct()
    try:
        found, newest = judged()
    except (ValueError, subprocess.TimeoutExpired):
        found, newest = {}, set()
    if missing := [name for name in names if name not in found and name not in newest]:
        whom = "no package" if len(missing) == len(names) else "no " + " and no ".join(missing)
        print(f"usher: the package index has {whom}, so nobody can say what is behind.", file=sys.stderr)
        return UNKNOWN
    own = {name: found.pop(name) for name in names if name in found}
    for name, (version, latest) in own.items():
        print(f"{name} {version} is behind: {latest} is out.")
    if found:
        others = ", ".join(f"{name} {latest}" for name, (_, latest) in found.items())
        print(f"Newer versions for indirect dependencies: {others}. `make lock` takes those that the others allow.")
    if not own:
        print(f"The {len(names)} direct dependencies are the newest.")
    return BEHIND if own else 0


def _listed(which: str) -> dict[str, dict[str, str]]:
    """The installed packages that are in the lock: the environment also has pip itself."""
    command = [*PIP, "list", which, "--format=json"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False)
    locked = {_spelled(line.partition("==")[0]) for line in LOCK.read_text().splitlines() if "==" in line}
    return {name: one for one in json.loads(ended.stdout) if (name := _spelled(one["name"])) in locked}


def _spelled(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()  # as the index spells it


if __name__ == "__main__":
    sys.exit(main())
