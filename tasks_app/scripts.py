"""Loads the job scripts: the shared functions of prelude.lua, then the script itself."""

from functools import cache
from pathlib import Path

PRELUDE = Path(__file__).with_name("lua") / "prelude.lua"
# What ends or frees something must go on where the server's memory is full, or it would stay so: a script that forgets
# writes a little, too. Only what takes new work in is refused then, so beyond the limit is what was taken before it.
IN_ANY_MEMORY = "#!lua flags=allow-oom\n"  # Redis 7.0


@cache
def job_script(path: Path, takes_in: bool = False) -> str:
    """The whole text of the job script in the file `path`, ready for EVALSHA. `takes_in`: the server may refuse it."""
    return ("" if takes_in else IN_ANY_MEMORY) + PRELUDE.read_text() + path.read_text()
