"""Loads the job scripts: the shared functions of prelude.lua, then the script itself."""

from functools import cache
from pathlib import Path

PRELUDE = Path(__file__).with_name("lua") / "prelude.lua"


@cache
def job_script(path: Path) -> str:
    """The whole text of the job script in the file `path`, ready for EVALSHA."""
    return PRELUDE.read_text() + path.read_text()
