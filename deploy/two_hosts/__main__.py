"""
`python -m deploy.two_hosts`, by hand and as root on Debian or Ubuntu: does what docs/operations.md says, block by
block, on two hosts made of namespaces; then looks from outside whether Usher works there. Needs the packages nginx,
openssl, prometheus and valkey-server or redis-server, and iproute2, util-linux and overlayfs.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from deploy.two_hosts import stand_ins
from deploy.two_hosts.checks import check
from deploy.two_hosts.document import blocks
from deploy.two_hosts.host import Host, ip

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs/operations.md"
ADDRESSES = {"front": "10.80.0.1", "back": "10.80.0.2"}
BRIDGE = "usher-cable"
PROGRAMS = ("nginx", "openssl", "prometheus", "promtool", "ip", "nsenter", "unshare", "curl", "tar")


def main() -> int:
    """Returns 0 when everything worked; otherwise raises SystemExit with what did not."""
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if os.geteuid() or lacking:
        raise SystemExit(f"two hosts: needs root and these programs: {', '.join(lacking) or 'which are all here'}.")
    began = time.monotonic()
    # Not below a folder that the hosts have copies of: an overlay cannot lie in itself.
    with tempfile.TemporaryDirectory(prefix="usher-two-hosts-", dir="/tmp") as folder:
        place = Path(folder)
        variables = _prepared(place)
        _say(f"packages are at hand after {time.monotonic() - began:.0f} s")
        began = time.monotonic()
        hosts: dict[str, Host] = {}
        ip("link", "add", BRIDGE, "type", "bridge")
        try:
            ip("link", "set", BRIDGE, "up")
            for name, address in ADDRESSES.items():
                hosts[name] = Host(name, place / name, variables)
                hosts[name].join(BRIDGE, address)
                variables[f"{name}_pid"] = str(hosts[name].processes()[0])
            _follow(hosts)
            _say(f"the chapter is done after {time.monotonic() - began:.0f} s")
            check(hosts, _say)
        finally:
            _keep_logs(hosts)
            for host in hosts.values():
                host.close()
            ip("link", "del", BRIDGE)
    return 0


def _follow(hosts: dict[str, Host]) -> None:
    for number, block in enumerate(blocks(DOCUMENT), start=1):
        for name in block.hosts:
            began = time.monotonic()
            hosts[name].run(block.script, ROOT)
            _say(f"block {number} on {name}: {time.monotonic() - began:.1f} s")


def _prepared(place: Path) -> dict[str, str]:
    """The variables of all shells: stand-ins first on PATH, and packages from a folder, as there is no network."""
    packages = place / "packages"
    pip = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "-d", str(packages)]
    subprocess.run([*pip, "--require-hashes", "-r", str(ROOT / "requirements.txt")], check=True)
    subprocess.run([*pip, "hatchling", "setuptools", "wheel"], check=True)  # these build some of them, and Usher
    stand_ins.write(place / "bin")
    path = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    pip_settings = {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(packages)}
    return {"PATH": path, "HOME": str(Path.home()), "LC_ALL": "C.UTF-8", **pip_settings}


def _keep_logs(hosts: dict[str, Host]) -> None:
    """The services' output, for whoever looks why something went wrong."""
    kept = ROOT / "var/two_hosts"
    kept.mkdir(parents=True, exist_ok=True)
    for name, host in hosts.items():
        said = host.run("tail -n 100 /var/log/*.service.log", ROOT, check=False).stdout
        (kept / f"{name}.log").write_text(said)


def _say(what: str) -> None:
    print(f"two hosts: {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
