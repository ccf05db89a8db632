"""`python -m tests.machine`: sees to the programs that tests drive and Python does not bring: Chromium and curl."""

import contextlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

PLACE = Path(__file__).resolve().parent.parent / "var/machine"  # what this machine's packages gave, without root
BIN = PLACE / "bin"  # `make test` puts it last on PATH
UNPACKED = PLACE / "root"
BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
PROGRAMS = {"chromium": "usr/lib/chromium/chromium", "curl": "usr/bin/curl"}  # Debian's package, and the program in it
ADVICE = {
    "chromium": "install Chromium or Chrome, or name one: make test CHROMIUM=/path/to/chrome",
    "curl": "install curl",
}


def browser() -> str | None:
    """A Chromium or Chrome that starts; the variable CHROMIUM names another."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    return next((path for path in map(_found, names) if path and _starts(path)), None)


def missing() -> list[str]:
    """Which of the programs are not here, by the names of their Debian packages."""
    return [name for name, path in (("chromium", browser()), ("curl", _found("curl"))) if path is None]


def install(packages: list[str]) -> str:
    """Get packages from Debian's registry, as root for the machine, else for this clone. Returns what went wrong."""
    if not shutil.which("apt-get"):
        return "only Debian's packages can be installed by themselves"
    try:
        if os.geteuid() == 0:
            _run("apt-get", "-qq", "update")
            _run("apt-get", "-qq", "-y", "--no-install-recommends", "install", *packages)
        else:
            _unpack(packages)
    except subprocess.CalledProcessError as error:
        return (error.stdout.decode(errors="replace").strip().splitlines() or ["apt-get failed"])[-1]
    except (subprocess.TimeoutExpired, OSError) as error:
        return str(error)
    return ""


def _unpack(packages: list[str]) -> None:
    """
    Without root: apt-get with directories of its own downloads the packages and all that they need and the machine
    lacks; they are unpacked side by side, and a script for each program says where its libraries and fonts are.
    """
    lists, cache = PLACE / "lists", PLACE / "cache"
    for directory in (lists / "partial", cache / "archives/partial", UNPACKED, BIN):
        directory.mkdir(parents=True, exist_ok=True)
    # Without a lock apt-get does not ask to be root, and needs none: the directories are ours alone.
    options = ["-qq", "-o", "Debug::NoLocking=1", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}"]
    _run("apt-get", *options, "update")
    _run("apt-get", *options, "--download-only", "-y", "--no-install-recommends", "install", *packages)
    for archive in sorted((cache / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), str(UNPACKED))
    libraries = [path for path in (UNPACKED / "usr/lib").glob("*-linux-gnu*") if path.is_dir()]
    search = ":".join(str(path) for path in (*libraries, *(UNPACKED / "lib").glob("*-linux-gnu*")))
    fonts = "" if Path("/etc/fonts/fonts.conf").exists() else f"FONTCONFIG_SYSROOT='{UNPACKED}' "
    for package in packages:
        script = BIN / package
        program = UNPACKED / PROGRAMS[package]
        script.write_text(f"#!/bin/sh\nexec env {fonts}LD_LIBRARY_PATH='{search}' '{program}' \"$@\"\n")
        script.chmod(0o755)
    for directory in (lists, cache):
        shutil.rmtree(directory)


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{BIN}")


def _starts(path: str) -> bool:
    """Ubuntu has a `chromium-browser` that only says where the browser is."""
    with contextlib.suppress(subprocess.SubprocessError, OSError):
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    return False


def _run(*command: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=True, timeout=900,
    )  # fmt: skip


def main() -> int:
    """Install what is missing. Returns 1, and says in a sentence what to do, when something still is."""
    lacking = missing()
    if not lacking:
        return 0
    print(f"Installing {' and '.join(lacking)} for the tests", flush=True)
    trouble = install(lacking)
    for name in missing():
        why = f" ({trouble})" if trouble else ""
        print(f"usher: the tests need {name}, and it could not be installed{why}: {ADVICE[name]}.", file=sys.stderr)
    return 1 if missing() else 0


if __name__ == "__main__":
    sys.exit(main())
