"""Gives scripts the names of keys: the functions of tasks_app/state build them for Python and for Lua alike."""

import re
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import NamedTuple

from tasks_app.state import access_keys, customer_keys, history_keys, inventory_keys, keys, script_keys, worker_keys

MODULES: tuple[ModuleType, ...] = (
    *(keys, script_keys, inventory_keys, worker_keys, access_keys, history_keys),
    customer_keys,
)
_CALL = re.compile(r"\bKEY\.(\w+)\(")
_SIMPLE = re.compile(r"[\w.]+(?:\[[^\[\]]*\]|\(.*\))?")  # binds tighter than `..`
_FAMILY = f"{keys.JOBS}:"  # Lua has it in FAMILY (jobs/names.lua, inventory/names.lua)


def with_key_names(lua: str) -> str:
    """
    The text, in which Lua that builds the name of a key stands for each `KEY.<function>(<arguments>)`: `KEY.log(id)`
    becomes `FAMILY .. 'log:' .. id`. The function is one of MODULES. What it costs a script is the concatenation that
    it would have written itself. Raises LookupError for a function that is not there, TypeError for wrong arguments.
    """
    written, at = "", 0
    while found := _CALL.search(lua, at):
        call = _arguments(lua, found.end())
        written += lua[at : found.start()] + _built(_function(found[1]), call.arguments)
        at = call.end
    return written + lua[at:]


class _Call(NamedTuple):
    arguments: list[str]
    end: int  # where the text goes on behind the closing parenthesis


def _function(name: str) -> Callable[..., str]:
    for module in MODULES:
        if (found := vars(module).get(name)) is not None:
            return found  # type: ignore[no-any-return]
    raise LookupError(f"KEY.{name}: no module of keys has this function.")


def _arguments(lua: str, start: int) -> _Call:
    """The arguments of a call, which may be calls as well; `start` is behind the opening parenthesis."""
    depth, parts, begin = 0, [], start
    for at in range(start, len(lua)):
        if lua[at] in "([{":
            depth += 1
        elif lua[at] in ")]}" and depth:
            depth -= 1
        elif lua[at] in ",)" and not depth:
            parts.append(lua[begin:at].strip())
            begin = at + 1
            if lua[at] == ")":
                return _Call([part for part in parts if part], at + 1)
    raise SyntaxError(f"no end of the call: {lua[start : start + 40]}")


def _built(function: Callable[..., str], arguments: list[str]) -> str:
    """Lua that builds what the function builds: a marker stands for each argument that is not a literal."""
    values = [one[1:-1] if one.startswith("'") else f"\0{number}\0" for number, one in enumerate(arguments)]
    name = function(*values)
    if not name.startswith(_FAMILY):
        raise LookupError(f"{name!r} is not among the keys that scripts may build.")
    return " .. ".join(["FAMILY", *_pieces(name.removeprefix(_FAMILY), arguments)])


def _pieces(name: str, arguments: list[str]) -> Iterator[str]:
    for number, piece in enumerate(name.split("\0")):
        if number % 2:
            argument = arguments[int(piece)]
            yield argument if _SIMPLE.fullmatch(argument) else f"({argument})"
        elif piece:
            yield f"'{piece}'"
