"""Builds a wheel from a folder, and installs it alone into an environment of its own."""

import subprocess
import sys
import sysconfig
from pathlib import Path


def built(source: Path, directory: Path) -> Path:
    """
    The wheel of this folder, built into the directory as `python -m build` does: first the source distribution, from
    that the wheel. It needs no network.
    """
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(directory), str(source)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = directory.glob("*.whl")
    return made


def installed(wheel: Path, home: Path) -> Path:
    """
    The Python of a new environment in `home`, which has the wheel and sees the third-party packages of this one, but
    nothing of the clone.
    """
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    (packages,) = home.glob("lib/python*/site-packages")
    (packages / "needed.pth").write_text("\n".join({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}))
    python = home / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--python", str(python)]
    done = subprocess.run(
        [*pip, "install", "--no-deps", "--no-index", str(wheel)], cwd=home, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return python
