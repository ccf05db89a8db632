"""A host made of namespaces: its own network, and its own copy of the folders in which an installation writes."""

import subprocess
from pathlib import Path

OWN = ("/etc", "/opt", "/run", "/srv", "/usr/local", "/var", str(Path.home()))
HOLDER = """
set -e
mount --make-rprivate /
for folder in $FOLDERS; do
    mkdir -p "$PLACE$folder/upper" "$PLACE$folder/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$PLACE$folder/upper,workdir=$PLACE$folder/work" "$folder"
done
hostname "$NAME"
ip link set lo up
echo ready
exec sleep infinity
"""


class Host:
    """One host, named `name` and with one address in the network 10.80.0.0/24."""

    def __init__(self, name: str, place: Path, variables: dict[str, str]) -> None:
        self.name = name
        self._space = f"usher-{name}"
        self._variables = variables
        ip("netns", "add", self._space)
        self._holder = subprocess.Popen(
            ["ip", "netns", "exec", self._space, "unshare", "--mount", "--uts", "sh", "-c", HOLDER],
            env={**variables, "NAME": name, "PLACE": str(place), "FOLDERS": " ".join(OWN)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._holder.stdout is not None
        if self._holder.stdout.readline() != "ready\n":
            raise SystemExit(f"two hosts: the host {name} could not be made (are you root, and is there overlayfs?).")

    def join(self, bridge: str, address: str) -> None:
        """Connect it with the others by a cable to this bridge."""
        ip("link", "add", f"u-{self.name}", "type", "veth", "peer", "name", "eth0", "netns", self._space)
        ip("link", "set", f"u-{self.name}", "master", bridge, "up")
        ip("-n", self._space, "address", "add", f"{address}/24", "dev", "eth0")
        ip("-n", self._space, "link", "set", "eth0", "up")

    def run(self, script: str, folder: Path, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run lines of a shell here as root, each of which must succeed; its output is in the result."""
        inside = ["nsenter", "-t", str(self._holder.pid), "--net", "--mount", "--uts"]
        command = [*inside, f"--wd={folder}", "sh", "-eu", "-c", script]
        done = subprocess.run(
            command, env=self._variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
        )
        if check and done.returncode:
            raise SystemExit(f"two hosts: on {self.name} a block ended with code {done.returncode}:\n{done.stdout}")
        return done

    def processes(self) -> list[int]:
        """Everything that runs here, the holder included."""
        found = subprocess.run(["ip", "netns", "pids", self._space], capture_output=True, text=True, check=True)
        return [int(pid) for pid in found.stdout.split()]

    def close(self) -> None:
        """End everything that runs here, and take the host away."""
        for pid in self.processes():
            subprocess.run(["kill", "-KILL", str(pid)], check=False, stderr=subprocess.DEVNULL)
        self._holder.kill()
        self._holder.wait()
        # The space goes at some later moment, and its cable with it: a next run would find the cable.
        subprocess.run(["ip", "link", "del", f"u-{self.name}"], check=False, stderr=subprocess.DEVNULL)
        ip("netns", "del", self._space)


def ip(*words: str) -> None:
    """One command of iproute2. Raises CalledProcessError."""
    subprocess.run(["ip", *words], check=True)
