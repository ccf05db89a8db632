"""Scripts build the names of keys by the functions that Python calls."""

import re

import pytest

from tasks_app.lua.job_scripts import FOLDER
from tasks_app.lua.key_names import MODULES, with_key_names
from tasks_app.state import keys

# A migration writes names out: it has to find what an older release stored, whatever the names are today.
SCRIPTS = [path for path in FOLDER.glob("*/*.lua") if path.parent.name not in ("layout", "notifications")]


@pytest.mark.parametrize(
    ("written", "built"),
    [
        ("KEY.types()", "FAMILY .. 'types'"),
        ("KEY.log(id)", "FAMILY .. 'log:' .. id"),
        ("KEY.log(ids[i])", "FAMILY .. 'log:' .. ids[i]"),
        ("KEY.index(type, 'queued')", "FAMILY .. 'index:' .. type .. ':queued'"),
        ("KEY.index(f[2], state)", "FAMILY .. 'index:' .. f[2] .. ':' .. state"),
        ("KEY.batch_jobs(batch)", "FAMILY .. 'batch:' .. batch .. ':jobs'"),
        ("KEY.lingering(lane_of(type))", "FAMILY .. 'lingering:' .. lane_of(type)"),
        ("KEY.meters()", "FAMILY .. 'meters'"),
        ("KEY.meters(type)", "FAMILY .. 'meters:' .. type"),
        ("KEY.log(a or b)", "FAMILY .. 'log:' .. (a or b)"),
        ("f(KEY.job(x), KEY.log(x))", "f(FAMILY .. 'job:' .. x, FAMILY .. 'log:' .. x)"),
    ],
)
def test_a_call_becomes_what_python_builds(written, built):
    assert with_key_names(f"a {written} b") == f"a {built} b"


def test_a_text_without_a_name_stays_as_it_is():
    assert with_key_names("return redis.call('GET', KEYS[1])") == "return redis.call('GET', KEYS[1])"


@pytest.mark.parametrize(
    ("written", "trouble"),
    [
        ("KEY.nothing(id)", LookupError),  # no such function
        ("KEY.dead_messages()", LookupError),  # in the broker's database
        ("KEY.log()", TypeError),
        ("KEY.log(a, b)", TypeError),
        ("KEY.log(a", SyntaxError),
    ],
)
def test_a_wrong_name_is_trouble_at_once(written, trouble):
    with pytest.raises(trouble):
        with_key_names(written)


def test_no_two_modules_of_keys_have_the_same_function():
    named = [name for module in MODULES for name, one in vars(module).items() if callable(one)]
    assert len(named) == len(set(named)) > 50


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_no_script_builds_a_name_itself(path):
    code = re.sub(r"--.*", "", path.read_text())
    built = re.findall(rf"FAMILY \.\.|KEYS\[\d\] \.\.|{re.escape(keys.JOBS)}", code)
    assert built == []


def test_scripts_use_many_names_and_all_of_them_are_there():
    used = {name for path in SCRIPTS for name in re.findall(r"KEY\.(\w+)\(", path.read_text())}
    assert len(used) > 30
    assert used <= {name for module in MODULES for name in vars(module)}
