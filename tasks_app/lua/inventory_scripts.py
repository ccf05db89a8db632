"""The scripts of shows, products and their agenda: one file for each operation, after the files that all share."""

from functools import cache

from tasks_app.lua.job_scripts import IN_ANY_MEMORY, text, with_what_it_uses

# The files that all scripts of an inventory share, in their order; a script gets what it uses of them.
SHARED = ("names", "pseudonyms", "counters", "holds", "finding", "ledger", "answers", "deadlines", "refusals", "finish")
# Functions that few changes call, and functions that only reservations call (tasks_app/lua/job_scripts.py, `SELDOM`).
_SELDOM = (
    *("impossible", "refuse", "expire", "pseudonym", "units_of", "know"),
    *("remember", "findable", "add_metadata_lists"),
)
_RESERVING = ("reap", "refusal_now", "refusal")
# In a script of jobs `now` is a number, and its shared files use the same names: so this wraps all in a function.
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
    A whole script, `inventory/...` or `agenda/...`: the clock, the shared functions that it uses, the operation.

    `clock` is Lua that defines `now()`, unix ms. A test passes its own, to move time without changing the code under
    test.
    """
    shared = _shared() if name.startswith("inventory/") else []
    body = with_what_it_uses(text(name), shared, _seldom(name))
    return IN_ANY_MEMORY + "\n".join((text("inventory/clock") if clock is None else clock, body))


def within_jobs(operation: str) -> str:
    """
    The same operation for a script of jobs: `at_inventory({meta key}, {requests, declared keys in JSON, latest ms})`
    returns what the script returns, or raises its error before it has changed anything.
    """
    name = f"inventory/{operation}"
    return _IN_A_JOB_SCRIPT.format(with_what_it_uses(text(name), _shared(), _seldom(name)))


@cache
def together(operation: str, clock: str | None = None) -> str:
    """The script that does this operation in several shows and products, or in none: inventory/together."""
    moment = (text("inventory/clock") if clock is None else clock) + "\nlocal now = now()\n"
    return IN_ANY_MEMORY + "\n".join((moment, within_jobs(operation), text("inventory/together")))


def _seldom(name: str) -> tuple[tuple[str, ...], ...]:
    return (_SELDOM,) if name == "inventory/reserve" else (_SELDOM, _RESERVING)


def _shared() -> list[str]:
    return [text(f"inventory/{part}") for part in SHARED]
