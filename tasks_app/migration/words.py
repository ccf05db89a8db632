"""
Layout 0 to 1, for data of the first releases: ledgers, jobs and answers get the words of the API, lists their keys,
shows and products their codes and looks. Things that have them already are left alone.
"""

import base64
import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from tasks_app.errors import InvalidAddressError
from tasks_app.text import decoded, encoded_leniently

AT_ONCE = 200
COPY = "ledger"  # scripts in lua/layout
# In these states a job may still be worked on, or read.
STATES = ("queued", "delayed", "active", "complete", "failed", "cancelled")
Data = dict[str, Any]


def reword(ground: Any) -> Iterator[int]:
    """The whole rewording, part by part."""
    for kind in ("show", "product"):
        for name in ground.run("return redis.call('SMEMBERS', '{inventories}:' .. ARGV[1])\n", kind):
            target = f"{kind}:{name}"
            yield from _ledger(ground, target)
            yield from _answers(ground, target)
            code = base64.b32encode(hashlib.sha256(target.encode()).digest()).decode().lower()[:6]
            ground.run("looks", target, f"{code} {target}")
            yield 1
    for job_type, change in _JOBS.items():
        for state in STATES:
            yield from _jobs(ground, f"{{jobs}}:index:{job_type}:{state}", change)
    for found in ground.keys("{notices}:suppressed:*"):
        for key in found:
            yield from _suppressed(ground, key)
    for found in ground.keys("{notices}:pause:*"):
        yield ground.run("rests", *found)


def _ledger(ground: Any, target: str) -> Iterator[int]:
    """Copies a ledger under the same ids, as streams cannot be edited; its first entry tells if that is needed."""
    first = ground.run("return redis.call('XRANGE', '{' .. ARGV[1] .. '}:log', '-', '+', 'COUNT', 1)\n", target)
    if not first or entry_of(*_event(first[0])) == _event(first[0])[1]:
        return
    while entries := ground.run("ledger_next", target, AT_ONCE):
        flat = [part for entry in entries for part in (entry[0], *_fields(entry[1]))]
        yield ground.run(COPY, target, *flat)
    ground.run("ledger_end", target)
    yield 1


def _event(entry: Any) -> tuple[str, Data]:
    fields = dict(zip(entry[1][::2], entry[1][1::2], strict=True))
    return fields["event"], decoded(fields["data"])


def _fields(flat: list[str]) -> list[str]:
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
    data = entry_of(fields["event"], decoded(fields["data"]))
    return [fields["v"], fields["event"], fields["id"], _text(data)]


def entry_of(event: str, data: Data) -> Data:
    """The data of an entry of the ledger, in today's words."""
    words = dict(data)
    if event == "created":
        words["pools"] = {name: _capacity(pool) for name, pool in data["pools"].items()}
    if "lines" in data:
        words["lines"] = _lines(data["lines"])
    if "customer" in data:
        words["customer"] = data["customer"] or None
    return _renamed(words, {"expires": "expires_ms", "op": "job"})


def _answers(ground: Any, target: str) -> Iterator[int]:
    """The stored answers to repeated changes; the field with their time becomes at_ms."""
    for cursor, pairs in _scanned(ground, "HSCAN", f"{{{target}}}:ops"):
        changed: list[str] = []
        for name, text in pairs:
            answer = decoded(text)
            if "at" in answer:
                changed += [name, _text(_renamed(answer, {"at": "at_ms"}))]
        if changed:
            yield ground.run("answers", f"{{{target}}}:ops", *changed)
        del cursor


def _jobs(ground: Any, index: str, change: Callable[[Data], Data]) -> Iterator[int]:
    for _, pairs in _scanned(ground, "ZSCAN", index):
        ids = [job_id for job_id, _ in pairs]
        texts = ground.run("job_data", *ids)
        changed: list[str] = []
        for job_id, text in zip(ids, texts, strict=True):
            words = _changed(change, text)
            if words and words != text:
                changed += [job_id, words]
        if changed:
            yield ground.run("job_words", *changed)


def _changed(change: Callable[[Data], Data], text: str | None) -> str | None:
    """A job's data, reworded; unreadable data stay as they are, and their job will fail and say so."""
    try:
        return _text(change(decoded(text or "")))
    except (ValueError, TypeError, LookupError, AttributeError):
        return text


def _suppressed(ground: Any, key: str) -> Iterator[int]:
    """Lists addresses under today's keys, in each way they can be read: better too many suppressed than too few."""
    channel = key.rpartition(":")[2]
    for _, pairs in _scanned(ground, "HSCAN", key):
        for name, _ in pairs:
            found: dict[str, None] = {}
            for text in (name, f"+{name}") if name.isdecimal() else (name,):
                try:
                    found[ground.recipients.recipient(channel, text).key] = None
                except InvalidAddressError:
                    continue
            if found and name not in found:
                yield ground.run("suppressed", key, name, *found)


def _scanned(ground: Any, command: str, key: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    cursor = "0"
    script = "return redis.call(ARGV[1], ARGV[2], ARGV[3], 'COUNT', ARGV[4])\n"
    while True:
        cursor, flat = ground.run(script, command, key, cursor, AT_ONCE)
        if flat:
            yield cursor, list(zip(flat[::2], flat[1::2], strict=True))
        if cursor == "0":
            return


def _reservation(data: Data) -> Data:
    words = data | {"lines": _lines(data["lines"])} if "lines" in data else data
    return _seconds(words, {"hold_ms": "hold_seconds"})


def _definition(data: Data) -> Data:
    words = (
        data | {"pools": {name: _capacity(pool) for name, pool in data["pools"].items()}} if "pools" in data else data
    )
    return _seconds(words, {"hold_ms": "hold_seconds", "hold_max_ms": "hold_max_seconds"})


_JOBS: dict[str, Callable[[Data], Data]] = {
    "reserve_seat": _reservation,
    "reserve_stock": _reservation,
    "create_inventory": _definition,
    "extend": lambda data: _seconds(data, {"extend_ms": "seconds"}),
}


def _lines(lines: list[Any]) -> list[Any]:
    return [line if isinstance(line, dict) else {"pool": line[0], "quantity": line[1]} for line in lines]


def _capacity(pool: Any) -> Any:
    return pool if isinstance(pool, dict) else {"capacity": pool}


def _renamed(data: Data, names: dict[str, str]) -> Data:
    return {names.get(name, name): value for name, value in data.items()}


def _seconds(data: Data, names: dict[str, str]) -> Data:
    return {names.get(name, name): value / 1000 if name in names and value else value for name, value in data.items()}


def _text(data: Data) -> str:
    return encoded_leniently(data)  # the first encoder wrote values that JSON does not have
