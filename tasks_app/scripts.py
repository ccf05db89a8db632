"""Loads the job scripts: what a script uses of that which all of them may share (SHARED), then the script itself."""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

NAMES = ("names", "line", "events", "waking", "unique", "prelude")
SHARED = [Path(__file__).with_name("lua") / f"{name}.lua" for name in NAMES]
# What ends or frees something must go on where the server's memory is full, or it would stay so: a script that forgets
# writes a little, too. Only what takes new work in is refused then, so beyond the limit is what was taken before it.
IN_ANY_MEMORY = "#!lua flags=allow-oom\n"  # Redis 7.0

# A statement of the outermost level begins at a line's beginning, and goes on until the next one begins.
_STATEMENT = re.compile(r"^(?!end\b)[a-z].*\n(?:(?!(?!end\b)[a-z]).*(?:\n|\Z))*", re.MULTILINE)
_DECLARED = re.compile(r"local (?:function (\w+)|(\w+(?:, \w+)*))")
_REMARK = re.compile(r"^(?:--.*)?\n", re.MULTILINE)  # lines that have no code
_COMMENT = re.compile(r"(?:^|(?<=\s))-- .*$", re.MULTILINE)
_WORD = re.compile(r"[A-Za-z_]\w*")


@cache
def job_script(path: Path, *parts: Path | str, takes_in: bool = False) -> str:
    """
    The whole text of the job script in the file `path`, ready for EVALSHA, with what it uses of the `parts` before it.
    Those are files, or Lua that is there as it stands. `takes_in`: the server may refuse it.
    """
    shared = [part.read_text() for part in (*SHARED, *(part for part in parts if isinstance(part, Path)))]
    own = "".join([*(part for part in parts if isinstance(part, str)), path.read_text()])
    return ("" if takes_in else IN_ANY_MEMORY) + with_what_it_uses(own, shared)


def with_what_it_uses(script: str, parts: Sequence[str]) -> str:
    """
    The script after those statements of the parts that declare what it names, or what these name, and so on: a server
    makes the functions of a script anew at each call, and those of all parts take it 20 us. A statement that declares
    nothing stays, and so does each of a name that is declared twice.
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
    return "".join(statements[number] for number in sorted(kept)) + script


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_COMMENT.sub("", text)))
