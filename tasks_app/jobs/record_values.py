"""
Data and results of jobs as a record keeps them: JSON, or a shorter form for what most jobs about reservations have.

- Data with only lines, or with lines and a customer: `[customer or "", pool, quantity, pool, quantity, ...]`.
- The result `{"outcome": "held"}`: only the word. null: nothing.

The scripts do the same: `kept_result` in tasks_app/lua/jobs/results.lua, `given` in tasks_app/lua/jobs/requests.lua.
"""

import re
from collections.abc import Mapping
from typing import Any

from tasks_app.text import decoded, encoded

_OUTCOME = re.compile(r'{"outcome":"(?!(?:true|false|null)")([a-z]+)"}')


def kept_data(data: Mapping[str, Any]) -> str:
    """A job's data as the record keeps them. Raises as `encoded` does."""
    short = _short(data) if "lines" in data else None
    if short:
        try:
            return encoded(short)
        except ValueError:
            pass  # the long form below raises it about the data as given
    return encoded(data)


def data_of(text: str) -> Any:
    """A job's data as they were given, from the record. Raises ValueError for a text that is not JSON."""
    kept = decoded(text)
    if not isinstance(kept, list) or len(kept) < 3:
        return kept
    lines = [{"pool": pool, "quantity": quantity} for pool, quantity in zip(kept[1::2], kept[2::2], strict=True)]
    return {"lines": lines, "customer": kept[0]} if kept[0] else {"lines": lines}


def kept_result(text: str) -> str | None:
    """A result, given as JSON, as the record keeps it; None = nothing."""
    outcome = _OUTCOME.fullmatch(text)
    return outcome[1] if outcome else None if text == "null" else text


def result_of(text: str | None) -> Any:
    """The result, from what the record keeps. Raises ValueError for a text that is not JSON."""
    if text is None:
        return None
    is_word = text.isalpha() and text not in ("true", "false", "null")
    return {"outcome": text} if is_word else decoded(text)


def _short(data: Mapping[str, Any]) -> list[Any] | None:
    """The short form; None unless it reads back unchanged: only these names in this order, and these types."""
    names, customer, lines = tuple(data), data.get("customer", ""), data["lines"]
    if names != ("lines",) and (names != ("lines", "customer") or type(customer) is not str or not customer):
        return None
    if type(lines) is not list or not lines:
        return None
    short = [customer]
    for line in lines:
        if type(line) is not dict or tuple(line) != ("pool", "quantity"):
            return None
        pool, quantity = line.values()
        if type(pool) is not str or type(quantity) is not int:
            return None
        short += (pool, quantity)
    return short
