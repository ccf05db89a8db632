"""Loads the scripts of jobs: the shared functions (SHARED) that a script uses, then the script itself."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tasks_app.configuration import DEFAULT_CHANNEL
from tasks_app.lua.key_names import with_key_names
from tasks_app.own_types import OwnType
from tasks_app.state import in_script

FOLDER = Path(__file__).parent
SHARED = (
    *("names", "places", "limits", "backlog", "ages", "meters", "events", "waking", "unique"),
    *("moving", "results", "alike", "attempts", "claims", "pausing"),
)
# Scripts that end or free something must run even when the server's memory is full, or it would stay full: a script
# that forgets also writes a little. The server refuses only scripts that take new work in, so only work that was taken
# before can go beyond the limit.
IN_ANY_MEMORY = "#!lua flags=allow-oom\n"  # Redis 7.0
# Scripts that only read run even when the server refuses changes, since its disk is full or its replicas are missing.
READING = frozenset({"backlogs", "failures", "list", "oldest", "rates", "waiting", "window"})
ONLY_READS = "#!lua flags=no-writes\n"

# Functions that a script makes only when it calls a function of their group. An ordinary job calls none of them: it has
# no key, no unique key and no error, and the slots keep up.
SELDOM = (
    ("is_paused", "slots", "waits_here", "call_lingering", "in_ring", "ready", "rouse"),
    ("left_of", "is_key_paused", "rests_until", "note_start", "stand", "enter", "leave", "free"),
    (
        *(
            "recount",
            "move",
            "stand_at",
            "backoff_ms",
            "count_outcome",
            "attempt_failed",
            "running",
            "ours",
            "call_off",
        ),
        *("queue_again", "give_back", "lasts", "holder", "keep_unique"),
        *("kind_of", "group_failed", "ungroup_failed"),
    ),
    ("open_batch", "unsent", "forgotten", "wipe", "take_key", "join", "replace"),
)

# To make a function, the server searches all variables of the enclosing function that inner functions use. So after
# every LEVEL statements, the next ones go into another function inside it.
LEVEL = 16

# A statement of the outermost level begins at the start of a line and ends where the next one begins.
_STATEMENT = re.compile(r"^(?!end\b)[a-z].*\n(?:(?!(?!end\b)[a-z]).*(?:\n|\Z))*", re.MULTILINE)
_DECLARED = re.compile(r"local (?:function (\w+)|(\w+(?:, \w+)*))")
_REMARK = re.compile(r"^(?:--.*)?\n", re.MULTILINE)  # lines without code
_COMMENT = re.compile(r"(?:^|(?<=\s))-- .*$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")
_CHANNEL = f"'{DEFAULT_CHANNEL}'"
_LANES = "{ " + ", ".join(f"{one} = '{one.queue}'" for one in OwnType) + " }"


def text(name: str) -> str:
    """
    The file `<name>.lua` of this folder, such as `inventory/reserve`; with the lanes of Usher's own types in place of
    LANES, the default channel in place of its name, and Lua that builds the name of a key in place of each
    `KEY.<name>(...)`. Raises FileNotFoundError.
    """
    given = (FOLDER / f"{name}.lua").read_text(encoding="utf-8")
    return with_key_names(given.replace("{ LANES }", _LANES).replace("DEFAULT_CHANNEL", _CHANNEL))


@cache
def job_script(name: str, *parts: str, takes_in: bool = False) -> str:
    """
    The whole text of the script `jobs/<name>`, ready for EVALSHA, after what it uses of the `parts`. A part is the name
    of another file of jobs, or Lua text, which is copied as it is. `takes_in`: the server may refuse it when its memory
    is full.
    """
    shared = [_read(part) for part in (*SHARED, *(part for part in parts if "\n" not in part))]
    own = "".join([*(part for part in parts if "\n" in part), _read(name)])
    flags = ONLY_READS if name in READING else "" if takes_in else IN_ANY_MEMORY
    return flags + with_what_it_uses(own, shared, SELDOM)


def with_what_it_uses(script: str, parts: Sequence[str], seldom: Sequence[Sequence[str]] = ()) -> str:
    """
    The script, after the statements of the parts that declare the names it uses, the names that these use, and so on: a
    server makes the functions of a script at each call, and those of all parts take it 20 us. Statements that declare
    nothing stay, and so do all statements that declare the same name. The functions of a group in `seldom` may only be
    called; they are made when one of them is called.
    """
    statements = [statement for part in parts for statement in _STATEMENT.findall(_REMARK.sub("", part))]
    words = _words(script)
    kept: set[int] = set()
    for number in reversed(range(len(statements))):  # a statement uses only names declared before it
        declared = _DECLARED.match(statements[number])
        names = set((declared[1] or declared[2]).split(", ")) if declared else words
        if names & words:
            kept.add(number)
            words = words | _words(statements[number])
    return _made_when_called([statements[number] for number in sorted(kept)], script, seldom)


def _read(name: str) -> str:
    return in_script(text(f"jobs/{name}"))


def _made_when_called(statements: Sequence[str], script: str, seldom: Sequence[Sequence[str]]) -> str:
    """The statements and the script, in levels; for each group, a function that makes those of its members in use."""
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
    """The text; calls to functions of other groups than its own go through the function that makes the group."""
    for number, group in enumerate(groups):
        if group and number != own:
            call = rf"(?<![\w.:])(?<!function )({'|'.join(group)})\("
            text = re.sub(call, rf"seldom_{number}().\1(", text)
    return text


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_COMMENT.sub("", text)))
