"""Flower's door: without a pass of the web process it answers nothing, and its one button cancels jobs."""

from collections.abc import Iterator

import pytest
import requests

from ops.guard import Guard
from tests.deadlines import until
from tests.system.nodes import HttpContainer
from tests.system.stage import Stage
from tests.system.test_flower import Flower
from tests.system.usher import Usher

PAGES = ["", "workers", "tasks", "broker", "metrics", "api/workers", "api/tasks", "api/queues/length", "nothing"]


@pytest.fixture(scope="module")
def container(shared_usher: Usher, tmp_path_factory: pytest.TempPathFactory, guard: Guard) -> Iterator[HttpContainer]:
    container = Stage(tmp_path_factory.mktemp("flower"), guard).flower(shared_usher.urls())
    assert container.ready()
    yield container
    container.teardown()


@pytest.fixture(scope="module")
def flower(shared_usher: Usher, container: HttpContainer) -> Flower:
    """Asked past the web process, as somebody on the same machine may."""
    return Flower(container.url.removesuffix("/healthcheck"), shared_usher.state.server.client())


@pytest.fixture(scope="module")
def site(
    shared_usher: Usher, container: HttpContainer, tmp_path_factory: pytest.TempPathFactory, guard: Guard
) -> Iterator[str]:
    """A web process that knows where this Flower is."""
    port = container.url.split(":")[2].split("/")[0]
    web = Stage(tmp_path_factory.mktemp("web"), guard).web({**shared_usher.urls(), "FLOWER_PORT": port})
    assert web.ready()
    yield web.url.removesuffix("/healthz")
    web.teardown()


@pytest.mark.parametrize("page", PAGES)
def test_without_a_pass_nothing_is_read(flower: Flower, page: str) -> None:
    for sent in ({}, {"X-Usher-Pass": "reads_1_" + "a" * 26}, {"X-Usher-Pass": "\xff"}):
        answer = requests.get(f"{flower.url}/{page}", headers=sent, timeout=10)
        assert answer.status_code == 403
        assert "@" not in answer.text  # no name of a worker
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_no_button_of_flowers_own_is_there_or_works(shared_usher: Usher, flower: Flower) -> None:
    worker = next(iter(shared_usher.setup.worker_cluster)).hostname()
    until(lambda: worker in flower.get("workers", refresh="1"), 30, lambda: "Flower hears of no worker")
    page = flower.ask(f"worker/{worker}", rights="acts").text
    assert "worker-pool-grow" not in page
    assert "worker-shutdown" not in page
    for path in (f"worker/shutdown/{worker}", f"worker/pool/grow/{worker}", "task/revoke/abc", "task/apply/note"):
        for rights in ("reads", "acts"):
            assert flower.ask(f"api/{path}", "POST", rights=rights).status_code == 403  # type: ignore[arg-type]
        assert requests.post(f"{flower.url}/api/{path}", timeout=10).status_code == 403


def test_the_web_process_shows_flower_and_its_files(site: str, flower: Flower) -> None:
    page = requests.get(f"{site}/flower", timeout=10)
    assert (page.status_code, page.url) == (200, f"{site}/flower/")
    assert "<title>Workers" in page.text
    assert "Set-Cookie" not in page.headers
    assert page.headers["Cache-Control"] == "no-store"
    file = requests.get(f"{site}/flower/static/js/flower.js", timeout=10)
    assert file.content == requests.get(f"{flower.url}/static/js/flower.js", timeout=10).content
    fresh = requests.get(file.url, headers={"If-None-Match": file.headers["ETag"]}, timeout=10)
    assert (fresh.status_code, fresh.content) == (304, b"")
    assert requests.head(f"{site}/flower/workers", timeout=10).ok
    assert requests.get(f"{site}/flower/task/nothing", timeout=10).status_code == 404
    assert requests.post(f"{site}/flower/api/worker/shutdown/a", timeout=10).status_code == 405


def test_the_button_of_a_row_cancels_the_job(shared_usher: Usher, site: str, flower: Flower) -> None:
    # Given a job that Flower shows as running
    job_id = shared_usher.submit("linger")
    flower.shows(job_id, "STARTED")
    assert 'id="task-terminate"' in requests.get(f"{site}/flower/task/{job_id}", timeout=10).text
    assert 'id="task-terminate"' not in flower.ask(f"task/{job_id}", rights="reads").text

    # When somebody presses the button, then it is cancelled; pressed again, a sentence says that it is over
    pressed = requests.post(f"{site}/flower/api/task/revoke/{job_id}", data={"terminate": "true"}, timeout=10)
    assert (pressed.status_code, pressed.json()) == (200, {"message": "The job is cancelled."})
    flower.shows(job_id, "REVOKED")
    assert shared_usher.job(job_id)["state"] == "cancelled"
    shared_usher.let_go(job_id)
    script = {"X-Requested-With": "XMLHttpRequest"}
    unknown = requests.post(f"{site}/flower/api/task/revoke/{'a' * 26}", headers=script, timeout=10)
    assert (unknown.status_code, unknown.headers["Content-Type"][:10]) == (404, "text/plain")
    assert "{" not in unknown.text


def test_while_flower_is_away_a_person_gets_a_page_and_a_program_a_problem(shared_usher: Usher) -> None:
    """The web process of the shared system has no Flower."""
    url = shared_usher.web.container.url.replace("/healthz", "/flower/")
    page = requests.get(url, headers={"Accept": "text/html,*/*"}, timeout=10)
    assert (page.status_code, page.headers["Content-Type"][:9], page.headers["Retry-After"]) == (503, "text/html", "1")
    assert "Flower does not answer" in page.text
    assert requests.get(url, timeout=10).json()["code"] == "flower_unavailable"
