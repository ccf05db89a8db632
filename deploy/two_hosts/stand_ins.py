"""Programs that an installation asks for and a host made of namespaces lacks: systemd, a network for packages, sshd."""

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SYSTEMCTL = '#!/bin/sh\nexec env PYTHONPATH="{root}" "{python}" -m deploy.two_hosts.systemctl "$@"\n'
# What it would install is on the machine already, or this fails; `a || b` in the document then goes on with b.
APT_GET = """#!/bin/sh
for word in "$@"; do
    case "$word" in update | install | -*) continue ;; esac
    dpkg -s "$word" >/dev/null 2>&1 || { echo "no package $word"; exit 1; }
done
"""
# `scp [-p] FILE... HOST:PLACE`, where HOST_pid is set to a process of each host.
SCP = """#!/bin/sh
set -eu
[ "$1" = -p ] && shift
for last in "$@"; do :; done
eval "there=\\$${last%%:*}_pid"
for file in "$@"; do
    [ "$file" = "$last" ] && continue
    tar -cf - -C "$(dirname "$file")" "$(basename "$file")" | nsenter -t "$there" --mount tar -xpf - -C "${last#*:}"
done
"""


def write(folder: Path) -> None:
    """Write them into the folder, which is to be the first on PATH."""
    folder.mkdir(parents=True)
    programs = {"systemctl": SYSTEMCTL.format(root=ROOT, python=sys.executable), "apt-get": APT_GET, "scp": SCP}
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
