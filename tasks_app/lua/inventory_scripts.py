"""The scripts of inventories and their agenda: one operation, one file, with what all of them share before it."""

from functools import cache

from tasks_app.lua.job_scripts import IN_ANY_MEMORY, text, with_what_it_uses

SHARED = ("prelude", "deadlines", "finish")  # parts of the scripts of an inventory, in their order
# Functions that few changes call, and those that none but reservations do (tasks_app/lua/job_scripts.py, `SELDOM`).
_SELDOM = ("impossible", "refuse", "expire", "units_of", "know", "remember")
_RESERVING = ("reap", "misfit_now", "misfit")
# In a script of jobs `now` is a number, and names of the prelude would be those of the jobs: hence a function.
_IN_A_JOB_SCRIPT = """
local function at_inventory(KEYS, ARGV)
local moment = now
local function now() return moment end
{}
end
"""


@cache
def load(name: str, clock: str | None = None) -> str:
    """
    A whole script, `inventory/...` or `agenda/...`: the clock, what it uses of what they share, the operation.

    `clock` is Lua that defines `now()`, unix ms. A test gives its own, and so moves time without touching
    what it tests.
    """
    shared = _shared() if name.startswith("inventory/") else []
    body = with_what_it_uses(text(name), shared, _seldom(name))
    return IN_ANY_MEMORY + "\n".join((text("inventory/clock") if clock is None else clock, body))


def within_jobs(operation: str) -> str:
    """
    The same operation for a script of jobs: `at_inventory({meta key}, {requests, latest ms})`, which returns what the
    script returns, or raises its error before it has changed anything.
    """
    name = f"inventory/{operation}"
    return _IN_A_JOB_SCRIPT.format(with_what_it_uses(text(name), _shared(), _seldom(name)))


def _seldom(name: str) -> tuple[tuple[str, ...], ...]:
    return (_SELDOM,) if name == "inventory/reserve" else (_SELDOM, _RESERVING)


def _shared() -> list[str]:
    return [text(f"inventory/{part}") for part in SHARED]
