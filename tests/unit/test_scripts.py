"""Scripts are put together from what they use of their parts."""

import re
from pathlib import Path

import pytest

from tasks_app import scripts
from tasks_app.scripts import job_script, with_what_it_uses
from tasks_app.staging import LUA as INTAKE
from tasks_app.staging import TAKING
from worker.job_store import LUA, PARTS

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
INVENTORY = LUA.parent / "inventory/prelude.lua"
PARTS_OF_SCRIPTS = sorted({*scripts.SHARED, *TAKING, INVENTORY, *(part for parts in PARTS.values() for part in parts)})


def test_a_script_has_what_it_names_and_what_that_names_in_their_order():
    text = with_what_it_uses("return middle(1)\n", [PART])
    assert re.findall(r"^local (?:function )?(\w+)", text, re.MULTILINE) == ["first", "inner", "middle"]
    assert text.endswith("  return inner(x) -- and not unused\nend\nreturn middle(1)\n")


def test_a_name_in_a_remark_is_not_used():
    assert with_what_it_uses("return 1 -- as unused\n-- or middle\n", [PART]) == "return 1 -- as unused\n-- or middle\n"


def test_what_declares_nothing_stays_with_what_it_names():
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
    part = "".join(f"local function f{n}() return {n} end\n" for n in range(2 * scripts.LEVEL + 1))
    text = with_what_it_uses("return f0() + f32()\n", ["".join(part)])
    assert text.count("(function()") == 0
    everything = " + ".join(f"f{n}()" for n in range(2 * scripts.LEVEL + 1))
    text = with_what_it_uses(f"return {everything}\n", [part])
    assert text.count("return (function()\n") == 2
    assert text.endswith("\nend)()\nend)()\n")


def test_a_later_part_uses_an_earlier_one():
    parts = [PART, "local function far() return middle(2) end\n"]
    assert with_what_it_uses("return far()\n", parts).count("local") == 4


@pytest.mark.parametrize("path", PARTS_OF_SCRIPTS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_line_of_a_part_is_lost_where_all_of_it_is_used(path: Path):
    text = path.read_text()
    code = [line for line in text.splitlines() if line and not line.startswith("--")]
    everything = " ".join(re.findall(r"\w+", text)) + "\n"
    lines = with_what_it_uses(everything, [text]).replace(everything, "").splitlines()
    assert [line for line in lines if line not in ("return (function()", "end)()")] == code


def test_a_script_that_needs_little_has_little():
    assert job_script(LUA / "begin.lua").count("local function") < 5
    assert "attempt_failed" not in job_script(INTAKE / "submit.lua", *TAKING)
