"""Gets the packages of the peer in Node, once, into var/."""

import shutil
import subprocess
from pathlib import Path

from benchmarks.processes import ROOT, StartError

WANTED = ROOT / "benchmarks/bullmq/package.json"
PLACE = ROOT / "var/bullmq"
INSTALLED = PLACE / "installed.json"  # the packages of the last installation
SECONDS = 180


def installed() -> Path:
    """
    The folder with the packages that package.json names, for NODE_PATH. Installs them if it names others than before.

    Raises StartError, with a sentence, if node or npm is missing, or npm fails.
    """
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            raise StartError(f"there is no {program} here")
    wanted = WANTED.read_text(encoding="utf-8")
    if not INSTALLED.exists() or INSTALLED.read_text(encoding="utf-8") != wanted:
        _install(wanted)
    return PLACE / "node_modules"


def _install(wanted: str) -> None:
    PLACE.mkdir(parents=True, exist_ok=True)
    (PLACE / "package.json").write_text(wanted, encoding="utf-8")
    # No lock: npm would write into it where each package came from. The measured versions are exact nevertheless.
    command = ["npm", "install", "--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error"]
    try:
        done = subprocess.run(command, cwd=PLACE, capture_output=True, text=True, check=False, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        raise StartError(f"npm did not install its packages within {SECONDS} s") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["nothing"]
        raise StartError(f"npm could not install its packages and said: {said[0]}")
    INSTALLED.write_text(wanted, encoding="utf-8")
