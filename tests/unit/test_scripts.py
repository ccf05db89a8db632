"""Scripts are put together from the parts that they use."""

import re

import pytest
import redis

from tasks_app.jobs.controls import PARTS as OF_CONTROLS
from tasks_app.jobs.staging import TAKING
from tasks_app.lua import inventory_scripts as lua
from tasks_app.lua import job_scripts
from tasks_app.lua.job_scripts import FOLDER, SELDOM, job_script, with_what_it_uses
from worker.jobs.deciding import OPERATIONS
from worker.jobs.job_store import PARTS

PART = """-- a part

local first, second = 1, {
  'two',
}

-- Used by `middle`, and by it alone.
local function inner(x) return x + first end
local function middle(x)
  return inner(x) -- and not unused
end
local function unused() return second end
"""
OF_INVENTORY = [f"inventory/{name}" for name in lua.SHARED]
OF_DECIDING = "slot", "requests"
ALL_PARTS = {**PARTS, **OF_CONTROLS, "bulk": ("changing",)}
OF_JOBS = {*job_scripts.SHARED, *TAKING, *(part for parts in ALL_PARTS.values() for part in parts)}
PARTS_OF_SCRIPTS = sorted([*OF_INVENTORY, *(f"jobs/{part}" for part in OF_JOBS)])


def test_a_script_has_the_functions_that_it_names_and_those_that_they_name_in_order():
    text = with_what_it_uses("return middle(1)\n", [PART])
    assert re.findall(r"^local (?:function )?(\w+)", text, re.MULTILINE) == ["first", "inner", "middle"]
    assert text.endswith("  return inner(x) -- and not unused\nend\nreturn middle(1)\n")


def test_a_name_in_a_comment_does_not_count_as_used():
    assert with_what_it_uses("return 1 -- as unused\n-- or middle\n", [PART]) == "return 1 -- as unused\n-- or middle\n"


def test_a_statement_that_declares_nothing_stays_with_the_names_in_it():
    part = "local limit = 5\nif limit > 3 then\n  error('too many')\nend\n"
    assert with_what_it_uses("return 1\n", [part]) == part + "return 1\n"


def test_functions_of_a_seldom_group_are_made_when_one_of_them_is_called():
    text = with_what_it_uses("return middle(1)\n", [PART], [["inner", "middle", "unused"]])
    assert text == (
        "local seldom_0\nlocal first, second = 1, {\n  'two',\n}\n"
        "seldom_0 = function()\nlocal function inner(x) return x + first end\nlocal function middle(x)\n"
        "  return inner(x) -- and not unused\nend\nlocal all = { inner = inner, middle = middle }\n"
        "seldom_0 = function() return all end\nreturn all\nend\nreturn seldom_0().middle(1)\n"
    )


def test_groups_and_common_functions_call_each_other():
    text = with_what_it_uses("return middle(1)\n", [PART], [["inner"], ["middle"]])
    assert "return seldom_0().inner(x)" in text
    assert text.endswith("return seldom_1().middle(1)\n")


def test_many_statements_are_in_levels():
    part = "".join(f"local function f{n}() return {n} end\n" for n in range(2 * job_scripts.LEVEL + 1))
    text = with_what_it_uses("return f0() + f32()\n", ["".join(part)])
    assert text.count("(function()") == 0
    everything = " + ".join(f"f{n}()" for n in range(2 * job_scripts.LEVEL + 1))
    text = with_what_it_uses(f"return {everything}\n", [part])
    assert text.count("return (function()\n") == 2
    assert text.endswith("\nend)()\nend)()\n")


def test_a_later_part_uses_an_earlier_one():
    parts = [PART, "local function far() return middle(2) end\n"]
    assert with_what_it_uses("return far()\n", parts).count("local") == 4


@pytest.mark.parametrize("name", PARTS_OF_SCRIPTS)
def test_no_line_of_a_part_is_lost_where_all_of_it_is_used(name: str):
    text = job_scripts.text(name)
    code = [line for line in text.splitlines() if line and not line.startswith("--")]
    everything = " ".join(re.findall(r"\w+", text)) + "\n"
    lines = with_what_it_uses(everything, [text]).replace(everything, "").splitlines()
    assert [line for line in lines if line not in ("return (function()", "end)()")] == code


def test_a_script_that_needs_little_has_little():
    assert job_script("begin").count("local function") < 5
    assert "attempt_failed" not in job_script("submit", *TAKING)


# ---- All of them ----

SELDOM_NAMES = [name for group in SELDOM for name in group]
ALONE = {*OF_JOBS, *OF_DECIDING}
JOB_SCRIPTS = sorted({file.stem for file in (FOLDER / "jobs").glob("*.lua")} - ALONE)
TAKE_IN = ("submit", "commit", "fill")


def own_texts(name: str) -> list[str]:
    """The head of a job script, before the rest as it stands in its file; deciding includes an inventory operation."""
    return [lua.within_jobs(one) for one in sorted(set(OPERATIONS.values()))] if name == "decide" else ["\n"]


def whole_texts() -> dict[str, str]:
    """Every script that is sent to a server, by its name."""
    found = {}
    for name in JOB_SCRIPTS:
        parts = TAKING if name in TAKE_IN else ALL_PARTS.get(name, ())
        parts = OF_DECIDING if name == "decide" else parts
        for number, own in enumerate(own_texts(name)):
            found[f"{name}-{number}"] = job_script(name, own, *parts)
    for path in sorted([*(FOLDER / "inventory").glob("*.lua"), *(FOLDER / "agenda").glob("*.lua")]):
        name = f"{path.parent.name}/{path.stem}"
        if name not in OF_INVENTORY and path.stem != "clock":
            found[name.replace("/", "-")] = lua.load(name)
    return found


def code_of(text: str) -> str:
    """The text without comments and strings."""
    return re.sub(r"--[^\n]*", "", re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", text))


@pytest.mark.parametrize("name", sorted({*ALONE, *JOB_SCRIPTS}))
def test_functions_made_at_their_call_are_only_called(name: str):
    """As a value it would be nil: only its calls go by what makes it."""
    names = "|".join(SELDOM_NAMES)
    code = code_of(job_scripts.text(f"jobs/{name}"))
    assert re.findall(rf"(?<![\w.:])(?:{names})\b(?!\()[^\n]*", code) == []
    assert re.findall(rf"(?<![\w.:])(?:{names})\s+[(]", code) == []  # a call that the loader would not see as one


def test_each_of_them_is_one_function_of_the_parts():
    parts = [job_scripts.text(f"jobs/{part}") for part in ALONE]
    declared = [name for part in parts for name in re.findall(r"^local function (\w+)", part, re.MULTILINE)]
    assert {name: declared.count(name) for name in SELDOM_NAMES} == dict.fromkeys(SELDOM_NAMES, 1)


@pytest.mark.parametrize("name", JOB_SCRIPTS)
def test_no_script_calls_a_function_of_its_own_by_such_a_name(name: str):
    """The call would go to the other one."""
    for own in own_texts(name):
        code = code_of(own + job_scripts.text(f"jobs/{name}"))
        declared = {
            one for names in re.findall(r"\blocal (?:function )?(\w+(?:, \w+)*)", code) for one in names.split(", ")
        }
        called = {*re.findall(r"(?<![\w.:])(?<!function )(\w+)\(", code)}
        assert not declared & called & {*SELDOM_NAMES}


@pytest.mark.parametrize(("name", "text"), whole_texts().items(), ids=lambda given: given[:30].partition("\n")[0])
def test_a_server_takes_each_script(state: redis.Redis, name: str, text: str):
    """A server refuses a function that uses more than 60 variables of those around it, or has more than 200."""
    assert state.script_load(text), name


def test_the_limit_of_variables_is_that_of_a_server(state: redis.Redis):
    def text(count: int) -> str:
        part = "".join(f"local function f{n}() return {n} end\n" for n in range(count + job_scripts.LEVEL))
        named = " + ".join(f"f{n}()" for n in range(count + job_scripts.LEVEL))
        return with_what_it_uses(f"return {named}\n", [part])

    used = 60 // job_scripts.LEVEL * job_scripts.LEVEL  # whole levels around the innermost one
    assert state.script_load(text(used))
    with pytest.raises(redis.ResponseError, match="60 upvalues"):
        state.script_load(text(used + job_scripts.LEVEL))
