"""Users' programs import `usher` and nothing else; it costs nothing until a name is used."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import usher
import usher.channels
import usher.course
import usher.logs
import usher.testing

ROOT = Path(__file__).parents[2]
OURS = {"usher", "api", "worker", "tasks_app", "ops"}
PROGRAMS = [
    *sorted((ROOT / "examples").glob("*.py")),
    *(ROOT / "chaos" / name for name in ("handlers.py", "program.py")),
    ROOT / "tests" / "system" / "own_handlers.py",
    ROOT / "tests" / "integration" / "api_handlers.py",
    ROOT / "benchmarks" / "handlers.py",
]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
FRONTS = {
    "usher": usher,
    "usher.testing": usher.testing,
    "usher.course": usher.course,
    "usher.channels": usher.channels,
    "usher.logs": usher.logs,
}


def ways_past_the_front(text):
    """Each import of our code that bypasses `usher`, or takes a name that it does not offer."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in OURS)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in OURS:
            offered = FRONTS[node.module].__all__ if node.module in FRONTS else ()
            yield from (f"{node.module}.{name.name}" for name in node.names if name.name not in offered)


@pytest.mark.parametrize("path", PROGRAMS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_user_s_program_imports_only_usher(path):
    assert list(ways_past_the_front(path.read_text())) == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_the_programs_of_the_documents_import_only_usher(document):
    assert [line for block in BLOCK.findall(document.read_text()) for line in ways_past_the_front(block)] == []


@pytest.mark.parametrize(
    "line",
    ["import worker", "from worker.jobs import handler", "from usher import nonsense", "import tasks_app.errors"],
)
def test_an_import_past_the_front_is_found(line):
    assert list(ways_past_the_front(line))


def test_every_name_exists_for_programs_and_for_type_checkers():
    tree = ast.parse(Path(usher.__file__).read_text())
    (checked,) = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    told = {(node.module, name.name) for node in checked.body for name in node.names}
    assert told == {(home, name) for home, names in usher._HOMES.items() for name in names}
    for name in usher.__all__:
        assert getattr(usher, name).__name__ == name


def test_the_manual_names_every_name():
    missing = {name for name in usher.__all__ if not re.search(rf"\b{name}\b", usher.__doc__)}
    assert missing == {"IllegalTransitionError"}  # a simulation raises it, whose manual is docs/jobs.md


def test_an_unknown_name_is_no_attribute():
    with pytest.raises(ImportError, match="nonsense"):
        from usher import nonsense  # noqa: F401


def loaded(code):
    """The modules of a Python after it has run this code."""
    code += "; import sys; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in ended.stdout.split()}


def test_an_import_of_usher_loads_nothing():
    assert loaded("import usher") & {*OURS, "celery", "redis", "pydantic", "click"} == {"usher"}


def test_all_of_usher_loads_neither_the_web_nor_the_channels():
    modules = loaded("from usher import *; import usher.testing, usher.course")
    assert "celery" in modules
    assert modules & {"flask", "gunicorn", "gevent", "apprise", "pywebpush", "requests", "api", "ops"} == set()
