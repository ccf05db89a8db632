"""Loads the job scripts: what all of them share (SHARED), then the script itself."""

from functools import cache
from pathlib import Path

NAMES = ("names", "line", "events", "waking", "unique", "prelude")
SHARED = [Path(__file__).with_name("lua") / f"{name}.lua" for name in NAMES]
# What ends or frees something must go on where the server's memory is full, or it would stay so: a script that forgets
# writes a little, too. Only what takes new work in is refused then, so beyond the limit is what was taken before it.
IN_ANY_MEMORY = "#!lua flags=allow-oom\n"  # Redis 7.0


@cache
def job_script(path: Path, *parts: Path | str, takes_in: bool = False) -> str:
    """
    The whole text of the job script in the file `path`, ready for EVALSHA, with the `parts` of which it makes use
    before it, files or Lua. `takes_in`: the server may refuse it.
    """
    texts = [part if isinstance(part, str) else part.read_text() for part in (*SHARED, *parts, path)]
    return ("" if takes_in else IN_ANY_MEMORY) + "".join(texts)
