"""`make audit` against a test's own index: it names pins that are behind, and calls nothing unknown new."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import pytest

from ops import pins

REPOSITORY = Path(__file__).parents[2]


class Index(ThreadingHTTPServer):
    """A package index that has one file for each name; pip reads no more of it than its name."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Pages)
        self.versions = {name: version(name) for name in pins.direct()}


class Pages(BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        name = self.path.strip("/").rpartition("/")[2]
        newest = self.server.versions.get(name)
        body = f'<a href="/f/{name.replace("-", "_")}-{newest}-py3-none-any.whl">x</a>'.encode() if newest else b""
        self.send_response(200 if newest else 404)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def index() -> Iterator[Index]:
    with Index() as made:
        threading.Thread(target=made.serve_forever, daemon=True).start()
        yield made
        made.shutdown()


def audit(url: str) -> tuple[int, str]:
    """Its exit code and output."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    own = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": url, "PIP_RETRIES": "0", "PIP_NO_CACHE_DIR": "1"}
    command = [sys.executable, "-m", "ops.pins"]
    ended = subprocess.run(
        command, cwd=REPOSITORY, env=inherited | own, capture_output=True, text=True, timeout=100, check=False
    )
    assert "Traceback" not in ended.stderr
    return ended.returncode, ended.stdout + ended.stderr


def test_only_pins_that_are_behind_are_named(index: Index) -> None:
    url = f"http://127.0.0.1:{index.server_port}/simple"
    count = len(index.versions)
    assert audit(url) == (0, f"The {count} direct dependencies are the newest.\n")

    index.versions |= {"celery": "99.1", "jinja2": "99.2", "ruff": version("ruff")}
    code, said = audit(url)
    assert (code, said.splitlines()) == (
        1,
        [
            f"celery {version('celery')} is behind: 99.1 is out.",
            "Newer versions for indirect dependencies: jinja2 99.2. `make lock` takes those that the others allow.",
        ],
    )


def test_a_package_that_the_index_does_not_have_is_not_called_new(index: Index) -> None:
    del index.versions["celery"]
    code, said = audit(f"http://127.0.0.1:{index.server_port}/simple")
    assert (code, said) == (2, "usher: the package index has no celery, so nobody can say what is behind.\n")


def test_with_a_silent_index_the_answer_is_unknown() -> None:
    code, said = audit("http://127.0.0.1:1/simple")
    assert (code, said) == (2, "usher: the package index has no package, so nobody can say what is behind.\n")
