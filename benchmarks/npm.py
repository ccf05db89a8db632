"""Gets the packages of the peer in Node, once, into var/."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT, StartError

WANTED = ROOT / "benchmarks/bullmq/package.json"
PLACE = ROOT / "var/bullmq"
INSTALLED = "installed.json"  # in that folder: the packages of the last installation
SECONDS = 180


def installed(place: Path = PLACE) -> Path:
    """
    The folder in `place` with the packages that package.json names, for NODE_PATH. Installs them if it names others
    than before.

    Raises StartError, with a sentence, if node or npm is missing, or npm fails.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise StartError(f"there is no {program} here")
    wanted = WANTED.read_text(encoding="utf-8")
    last = place / INSTALLED
    if not last.exists() or last.read_text(encoding="utf-8") != wanted:
        _install(place, wanted)
    return place / "node_modules"


def _install(place: Path, wanted: str) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text(wanted, encoding="utf-8")
    # No lock: npm would write into it where each package came from. The measured versions are exact nevertheless.
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise StartError(f"npm did not install its packages within {SECONDS} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise StartError(f"npm could not install its packages and said: {said[0]}")
    (place / INSTALLED).write_text(wanted, encoding="utf-8")
