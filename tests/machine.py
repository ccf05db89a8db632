"""`python -m tests.machine`: installs what tests need beside Python: a browser, its driver, curl, nginx, promtool."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright._impl._driver import compute_driver_executable

PLACE = Path(__file__).resolve().parent.parent / "var/machine"  # programs from this machine's packages, without root
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
ADVICE = {
    "chromium": "install Chromium or Chrome, or name one: make test CHROMIUM=/path/to/chrome",
    "curl": "install curl",
    "libatomic1": "install the library libatomic, which Playwright's node is linked with",
    "nginx": "install nginx",
    "prometheus": "put Prometheus' program promtool on the PATH",
}
ALONE = "prometheus"  # an installation would start a server, and only promtool is wanted
NODE = BIN / "node"  # there if Playwright's own lacked a library


def browser() -> str | None:
    """A Chromium or Chrome that starts; the variable CHROMIUM names another."""
    names = [os.environ["CHROMIUM"]] if os.environ.get("CHROMIUM") else BROWSERS
    return next((path for path in map(_found, names) if path and _starts(path)), None)


def node() -> str | None:
    """The node program for Playwright, once it starts."""
    path = str(NODE) if NODE.exists() else str(compute_driver_executable()[0])
    return path if _starts(path) else None


def nginx() -> str | None:
    """The program nginx; Debian has it where only root's PATH leads."""
    return _found("nginx") or shutil.which("nginx", path="/usr/sbin")


def promtool() -> str | None:
    """Prometheus' own program that checks and evaluates alert rules."""
    return _found("promtool")


STARTED = ("nginx",)  # packages that start a server on the whole machine as they are installed: they are only unpacked
LOOKS: dict[str, Callable[[], str | None]] = {  # from Debian's package
    "chromium": browser,
    "curl": lambda: _found("curl"),
    "libatomic1": node,
    "nginx": nginx,
    "prometheus": promtool,
}


def missing() -> list[str]:
    """The packages whose programs are missing here."""
    return [package for package, look in LOOKS.items() if look() is None]


def install(packages: list[str]) -> str:
    """Get packages from Debian's registry, as root for the machine, otherwise for this clone. Returns the error."""
    if not shutil.which("apt-get"):
        return "only Debian's packages can be installed by themselves"
    try:
        if ALONE in packages:
            _take_promtool()
            packages = [package for package in packages if package != ALONE]
        if os.geteuid() == 0:
            if installed := [package for package in packages if package not in STARTED]:
                _run("apt-get", "-qq", "update")
                _run("apt-get", "-qq", "-y", "--no-install-recommends", "install", *installed)
            packages = [package for package in packages if package in STARTED]
        if packages:
            _unpack(packages)
    except subprocess.CalledProcessError as error:
        return (error.stdout.decode(errors="replace").strip().splitlines() or ["apt-get failed"])[-1]
    except (subprocess.TimeoutExpired, OSError) as error:
        return str(error)
    return ""


def _unpack(packages: list[str]) -> None:
    """
    Without root: apt-get with directories of its own downloads the packages, and all packages that they need and the
    machine lacks; they are unpacked side by side, and a script for each program says where its libraries and fonts are.
    """
    lists, cache = PLACE / "lists", PLACE / "cache"
    options = _options(lists, cache)
    _run("apt-get", *options, "--download-only", "-y", "--no-install-recommends", "install", *packages)
    for archive in sorted((cache / "archives").glob("*.deb")):
        _run("dpkg-deb", "-x", str(archive), str(UNPACKED))
    # Some libraries lie one directory deeper than the loader looks, such as those of PulseAudio.
    search = ":".join(
        sorted({str(path.parent) for path in UNPACKED.rglob("lib*.so*")}, key=lambda at: (at.count("/"), at))
    )
    fonts = PLACE / "fonts.conf"  # a machine without a font has no list of fonts either
    places = "".join(f"<dir>{root}/usr/share/fonts</dir>" for root in ("", UNPACKED))
    fonts.write_text(f"<fontconfig>{places}<cachedir>{PLACE}/fonts</cachedir></fontconfig>\n")
    settings = f"FONTCONFIG_FILE='{fonts}' LD_LIBRARY_PATH='{search}'"
    programs = {
        "chromium": UNPACKED / "usr/lib/chromium/chromium",
        "curl": UNPACKED / "usr/bin/curl",
        "libatomic1": Path(compute_driver_executable()[0]),
        "nginx": UNPACKED / "usr/sbin/nginx",
    }
    for package in packages:
        script = NODE if package == "libatomic1" else BIN / package
        script.write_text(f"#!/bin/sh\nexec env {settings} '{programs[package]}' \"$@\"\n")
        script.chmod(0o755)
    for directory in (lists, cache):
        shutil.rmtree(directory)


def _take_promtool() -> None:
    """Unpack only promtool from its package; it needs no library but libc."""
    with tempfile.TemporaryDirectory() as place:
        options = _options(Path(place) / "lists", Path(place) / "cache")
        _run("apt-get", *options, "download", ALONE, cwd=place)
        [archive] = Path(place).glob("*.deb")
        _run("dpkg-deb", "-x", str(archive), f"{place}/package")
        shutil.move(f"{place}/package/usr/bin/promtool", BIN / "promtool")


def _options(lists: Path, cache: Path) -> list[str]:
    """For apt-get with directories of its own, whose lists are made first."""
    for directory in (lists / "partial", cache / "archives/partial", UNPACKED, BIN):
        directory.mkdir(parents=True, exist_ok=True)
    # Without a lock apt-get does not ask for root, and needs no lock: the directories are only ours.
    options = ["-qq", "-o", "Debug::NoLocking=1", "-o", f"Dir::State::Lists={lists}", "-o", f"Dir::Cache={cache}"]
    options += ["-o", "APT::Sandbox::User="]  # as root it would download as a user who may not write here
    _run("apt-get", *options, "update")
    return options


def _found(program: str) -> str | None:
    return shutil.which(program, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{BIN}")


def _starts(path: str) -> bool:
    """Ubuntu has a `chromium-browser` that only says where to find the browser."""
    with contextlib.suppress(subprocess.SubprocessError, OSError):
        return subprocess.run([path, "--version"], capture_output=True, timeout=30, check=False).returncode == 0
    return False


def _run(*command: str, cwd: str | None = None) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C"}
    subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        check=True, timeout=900,
    )  # fmt: skip


def main() -> int:
    """Install what is missing. Returns 1, and says in a sentence what to do, if something is still missing."""
    lacking = missing()
    if not lacking:
        return 0
    print(f"Installing {' and '.join(lacking)} for the tests", flush=True)
    trouble = install(lacking)
    lacking = missing()
    why = f" ({trouble})" if trouble else ""
    for name in lacking:
        print(f"usher: the tests need {name}, and it could not be installed{why}: {ADVICE[name]}.", file=sys.stderr)
    return 1 if lacking else 0


if __name__ == "__main__":
    sys.exit(main())
