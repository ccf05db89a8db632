"""The wheel in an empty folder, outside the clone: a program with its own handlers and tests, and `usher up`."""

import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.system.client import Client
from tests.system.clone import Folder
from tests.system.processes import ROOT
from tests.system.wheels import built, installed

PACKAGES = ("usher", "ops", "api", "worker", "tasks_app")
NOT_FOR_USERS = "ops/pins.py"
JOBS = """
from usher import ActiveJob, PermanentError, handler


@handler("resize_image")
def resize(job: ActiveJob) -> dict[str, str]:
    if "path" not in job.data:
        raise PermanentError("a path is needed")
    job.progress(1, 2)
    return {"path": job.data["path"] + ".small"}
"""
SHOP = """
from usher import CreatedJob, create_queue


def order(path: str) -> CreatedJob:
    return create_queue().create("resize_image", {"path": path}).attempts(3).save()
"""
TESTS = """
from shop import jobs, orders
from usher import create_queue
from usher.testing import Simulation


def test_an_image_is_ordered() -> None:
    with create_queue().test_mode as captured:
        orders.order("a.png")
        assert [(job.type, job.data) for job in captured.jobs] == [("resize_image", {"path": "a.png"})]


def test_an_image_is_resized_though_a_worker_dies() -> None:
    with Simulation(create_queue()) as simulation:
        job = orders.order("a.png")
        simulation.crash_after_effect(job)
        assert (simulation.job(job).state, simulation.job(job).result) == ("complete", {"path": "a.png.small"})
"""
EXPECTED = "2 passed"


def files(package: str) -> set[str]:
    """The files of a package that git has, and new ones that it does not have yet, with paths from the root."""
    found = {path.relative_to(ROOT).as_posix() for path in (ROOT / package).rglob("*") if path.is_file()}
    return {path for path in found if "__pycache__" not in path}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(ROOT, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's own environment, which sees Usher's dependencies, but not the clone."""
    home = tmp_path_factory.mktemp("installed") / "environment"
    installed(wheel, home)
    return home


@pytest.fixture
def shop(
    environment: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, set_variables: Callable[..., None]
) -> Iterator[Folder]:
    """An empty folder with a program in it; the wheel's programs are on PATH."""
    monkeypatch.delenv("PYTHONPATH", raising=False)
    set_variables(PATH=f"{environment / 'bin'}{os.pathsep}{os.environ['PATH']}")
    folder = Folder(tmp_path / "folder")
    (folder.root / "shop").mkdir(parents=True)
    (folder.root / "shop" / "jobs.py").write_text(JOBS)
    (folder.root / "shop" / "orders.py").write_text(SHOP)
    (folder.root / "test_shop.py").write_text(TESTS)
    yield folder
    folder.close()


def test_the_wheel_holds_what_usher_needs_to_run_and_nothing_else(wheel: Path) -> None:
    names = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    packaged = {file for package in PACKAGES for file in files(package)} - {NOT_FOR_USERS}
    assert names == packaged | {"celeryconfig.py"}
    for suffix in (".lua", ".html", ".js", ".css", ".svg", "py.typed"):
        assert [name for name in names if name.endswith(suffix)], suffix


def test_a_program_has_its_own_tests(shop: Folder) -> None:
    code, said = shop.run("python -m pytest -q -p no:cacheprovider")
    assert code == 0, said
    assert EXPECTED in said


def test_a_program_s_types_are_checked(shop: Folder) -> None:
    code, said = shop.run("python -m mypy --strict --cache-dir=../types -p shop")
    assert code == 0, said


def test_usher_is_not_the_clone_s(shop: Folder, environment: Path) -> None:
    code, said = shop.run("python -c 'import sys, usher; print(usher.__file__, *sys.path, sep=chr(10))'")
    file, *path = said.splitlines()
    assert code == 0, said
    assert Path(file).is_relative_to(environment)
    assert ROOT not in map(Path, path)


def test_usher_up_does_the_jobs_of_a_program_in_its_folder(shop: Folder, eventually: Callable[..., None]) -> None:
    # Given a start in the program's folder
    running = shop.start("exec usher up", USHER_HANDLERS="shop.jobs", USHER_WEB_PROCESSES="1")
    eventually(lambda: "Usher is up" in running.output() or running.process.poll() is not None, 90)
    assert running.process.poll() is None, running.output()

    # When a job of its type comes over HTTP, and a reader opens a page
    client = Client(f"http://127.0.0.1:{shop.ports['PORT']}")
    done = client("POST", "/v1/jobs", {"type": "resize_image", "data": {"path": "a.png"}}, wait_seconds=20)
    pages = [client("GET", path).status_code for path in ("/", "/docs", "/push")]
    client.close()

    # Then its handler has done it, Ctrl-C ends everything quietly, and the data are in the folder
    assert (done.status_code, done.json()["result"]) == (200, {"path": "a.png.small"}), done.text
    assert pages == [200] * 3
    assert running.interrupt() == 0, running.output()
    assert running.output().splitlines()[-2:] == ["usher    | stopping", "usher    | stopped"]
    assert "Traceback" not in running.output()
    assert (shop.root / "var" / "redis").is_dir()
