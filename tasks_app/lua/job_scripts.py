"""Loads the scripts of jobs: what a script uses of that which all of them may share (SHARED), then the script."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tasks_app.own_types import OwnType
from tasks_app.state import in_script

FOLDER = Path(__file__).parent
SHARED = ("names", "line", "events", "waking", "unique", "prelude")
# What ends or frees something must go on where the server's memory is full, or it would stay so: a script that forgets
# writes a little, too. Only what takes new work in is refused then, so beyond the limit is what was taken before it.
IN_ANY_MEMORY = "#!lua flags=allow-oom\n"  # Redis 7.0

# Functions that a script makes only when it calls one of their group: an ordinary job, without a key or a unique key,
# without an error, behind slots that cope, calls none of them.
SELDOM = (
    ("is_shut", "slots", "waits_here", "call_lingering", "ready", "rouse"),
    ("line_of", "under_way", "starts", "left_of", "held_back", "note_start", "stand", "enter", "leave", "free"),
    (
        *("recount", "move", "backoff_ms", "count_outcome", "attempt_failed", "running", "ours", "call_off"),
        *("queue_again", "give_back", "unique_key", "lasts", "holder", "keep_unique"),
    ),
    ("met_key", "open_batch", "unsent", "forgotten", "wipe", "hold", "join", "replace"),
)

# Where a function is made, the server looks through all variables of the same function that others use. So after some
# statements the next ones are within another function.
LEVEL = 16

# A statement of the outermost level begins at a line's beginning, and goes on until the next one begins.
_STATEMENT = re.compile(r"^(?!end\b)[a-z].*\n(?:(?!(?!end\b)[a-z]).*(?:\n|\Z))*", re.MULTILINE)
_DECLARED = re.compile(r"local (?:function (\w+)|(\w+(?:, \w+)*))")
_REMARK = re.compile(r"^(?:--.*)?\n", re.MULTILINE)  # lines that have no code
_COMMENT = re.compile(r"(?:^|(?<=\s))-- .*$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_LANES = "{ " + ", ".join(f"{one} = '{one.queue}'" for one in OwnType) + " }"


def text(name: str) -> str:
    """
    The file `<name>.lua` of this folder, such as `inventory/reserve`, as it stands; where it says `LANES`, those of
    Usher's own types. Raises FileNotFoundError.
    """
    return (FOLDER / f"{name}.lua").read_text(encoding="utf-8").replace("{ LANES }", _LANES)


@cache
def job_script(name: str, *parts: str, takes_in: bool = False) -> str:
    """
    The whole text of the script `jobs/<name>`, ready for EVALSHA, with what it uses of the `parts` before it. Those are
    names of other files of jobs, or Lua that is there as it stands. `takes_in`: the server may refuse it.
    """
    shared = [_read(part) for part in (*SHARED, *(part for part in parts if "\n" not in part))]
    own = "".join([*(part for part in parts if "\n" in part), _read(name)])
    return ("" if takes_in else IN_ANY_MEMORY) + with_what_it_uses(own, shared, SELDOM)


def with_what_it_uses(script: str, parts: Sequence[str], seldom: Sequence[Sequence[str]] = ()) -> str:
    """
    The script after those statements of the parts that declare what it names, or what these name, and so on: a server
    makes the functions of a script anew at each call, and those of all parts take it 20 us. A statement that declares
    nothing stays, and so does each of a name that is declared twice. The functions of a group of `seldom`, which may be
    called and nothing else, are made when one of them is called.
    """
    statements = [statement for part in parts for statement in _STATEMENT.findall(_REMARK.sub("", part))]
    words = _words(script)
    kept: set[int] = set()
    for number in reversed(range(len(statements))):  # what a statement names comes before it
        declared = _DECLARED.match(statements[number])
        names = set((declared[1] or declared[2]).split(", ")) if declared else words
        if names & words:
            kept.add(number)
            words = words | _words(statements[number])
    return _made_when_called([statements[number] for number in sorted(kept)], script, seldom)


def _read(name: str) -> str:
    return in_script(text(f"jobs/{name}"))


def _made_when_called(statements: Sequence[str], script: str, seldom: Sequence[Sequence[str]]) -> str:
    """The statements and the script, in levels, and for each group what makes those of its functions that are there."""
    functions = {match[1]: one for one in statements if (match := _DECLARED.match(one)) and match[1]}
    groups = [[name for name in functions if name in group] for group in seldom]
    others = [one for one in statements if one not in [functions[name] for group in groups for name in group]]
    makers = []
    for number, group in enumerate(groups):
        if not group:
            continue
        members = "".join(_calling(groups, functions[name], number) for name in group)
        table = ", ".join(f"{name} = {name}" for name in group)
        returned = f"seldom_{number} = function() return all end\nreturn all\n"
        makers.append(f"seldom_{number} = function()\n{members}local all = {{ {table} }}\n{returned}end\n")
    common = [f"local seldom_{number}\n" for number, group in enumerate(groups) if group]
    common += [_calling(groups, one) for one in others]
    *outer, inner = ["".join(common[at : at + LEVEL]) for at in range(0, max(1, len(common)), LEVEL)]
    body = "".join([inner, *makers, _calling(groups, script)])
    return "return (function()\n".join([*outer, body]) + "end)()\n" * len(outer)


def _calling(groups: Sequence[Sequence[str]], text: str, own: int | None = None) -> str:
    """The text with calls of functions of all groups but its own going by what makes them."""
    for number, group in enumerate(groups):
        if group and number != own:
            call = rf"(?<![\w.:])(?<!function )({'|'.join(group)})\("
            text = re.sub(call, rf"seldom_{number}().\1(", text)
    return text


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_COMMENT.sub("", text)))
