"""The packages of the clients: installed alone, with nothing of Usher's beside them, and not in Usher's own wheel."""

import json
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.system.wheels import built, installed

ROOT = Path(__file__).parents[3]
PYTHON, JAVASCRIPT = ROOT / "clients" / "python", ROOT / "clients" / "javascript"
PROGRAM = """
from usher_client import UsherClient

with UsherClient("http://127.0.0.1:9") as usher:
    state: str = usher.get_job("a").state
    number: int = usher.get_job("a").state  # type: ignore[assignment]
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(PYTHON, tmp_path_factory.mktemp("client"))


def test_the_wheel_of_the_client_holds_its_package_alone(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    files = {path.relative_to(PYTHON).as_posix() for path in (PYTHON / "usher_client").iterdir() if path.is_file()}
    assert names == files
    assert "usher_client/py.typed" in names
    (metadata,) = [name for name in zipfile.ZipFile(wheel).namelist() if name.endswith("/METADATA")]
    text = zipfile.ZipFile(wheel).read(metadata).decode()
    assert [line for line in text.splitlines() if line.startswith("Requires-Dist")] == ["Requires-Dist: httpx<1,>=0.28"]


def test_a_program_with_the_client_alone_runs_and_its_types_are_checked(wheel: Path, tmp_path: Path) -> None:
    # Given an environment that has the wheel, and the third-party packages of this one, but nothing of Usher's
    python = str(installed(wheel, tmp_path / "environment"))
    (tmp_path / "shop.py").write_text(PROGRAM)

    # When it is imported, and a program's types are checked
    loaded = "import sys, usher_client; print(*{name.split('.')[0] for name in sys.modules})"
    modules = subprocess.run([python, "-I", "-c", loaded], capture_output=True, text=True, check=True).stdout.split()
    checked = subprocess.run(
        [python, "-m", "mypy", "--strict", "--cache-dir=types", "shop.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    # Then it needs nothing of Usher's, and its types are known
    assert {*modules} & {"usher", "api", "worker", "tasks_app", "ops", "flask", "celery", "redis", "pydantic"} == set()
    assert "httpx" in modules
    assert checked.returncode == 0, checked.stdout


def test_the_javascript_package_names_files_that_are_there_and_needs_nothing() -> None:
    package = json.loads((JAVASCRIPT / "package.json").read_text())
    assert {*package["files"]} == {path.name for path in JAVASCRIPT.iterdir()} - {"package.json"}
    assert not {"dependencies", "devDependencies", "scripts"} & set(package)
    named = {package["main"], package["types"], *package["exports"]["."].values()}
    assert {name.removeprefix("./") for name in named} <= {*package["files"]}
