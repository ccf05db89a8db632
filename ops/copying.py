"""Copies keys of any type from one server to another, by commands that every version knows."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import redis

CHUNK = 1_000  # members of a value in one command
Words = tuple[Any, ...]  # a command
Ask = Callable[..., Any]  # a method of redis-py's pipelines; their types do not know values in bytes


class Kind(NamedTuple):
    """How a type of keys is read and written: its size, all of it, its parts, and a part as the words of a command."""

    size: Callable[[Any, bytes], Any]
    read: Callable[[Any, bytes], Any]
    parts: Callable[[Any, bytes], Iterable[Any]]
    write: Callable[[bytes, Any], list[Words]]


def copy(source: redis.Redis, target: redis.Redis, names: Sequence[bytes]) -> None:
    """
    Copy these keys from `source`, whose values come as bytes and on which nobody writes, to `target`, which has none of
    them: some round trips for all small ones together, and some for each large one.

    Deadlines of keys are kept. Groups of readers of a stream and deadlines of single fields are not: Usher has none.
    """
    told = _ask(source, names, lambda pipe, name: pipe.type(name))
    kinds = {name: KINDS[kind.decode()] for name, kind in told.items() if kind != b"none"}
    sizes = _ask(source, kinds, lambda pipe, name: kinds[name].size(pipe, name))
    small = [name for name, size in sizes.items() if size <= CHUNK]
    values = _ask(source, small, lambda pipe, name: kinds[name].read(pipe, name))
    _tell(target, (words for name, value in values.items() for words in kinds[name].write(name, value)))
    for name in sizes.keys() - values.keys():
        for value in kinds[name].parts(source, name):
            _tell(target, kinds[name].write(name, value))
    streams = [name for name in kinds if kinds[name] is KINDS["stream"]]
    about = _ask(source, streams, lambda pipe, name: pipe.xinfo_stream(name))
    _tell(target, (words for name in streams for words in _end(name, about[name])))
    deadlines = _ask(source, kinds, lambda pipe, name: pipe.pexpiretime(name))
    _tell(target, (("PEXPIREAT", name, at_ms) for name, at_ms in deadlines.items() if at_ms >= 0))


def _ask(server: redis.Redis, names: Iterable[bytes], question: Ask) -> dict[bytes, Any]:
    """The answers to the same question about each key, in one round trip."""
    asked = list(names)
    if not asked:
        return {}
    with server.pipeline(transaction=False) as pipe:
        for name in asked:
            question(pipe, name)
        return dict(zip(asked, pipe.execute(), strict=True))


def _tell(server: redis.Redis, commands: Iterable[Words]) -> None:
    with server.pipeline(transaction=False) as pipe:
        execute: Ask = pipe.execute_command  # which is untyped
        for words in commands:
            execute(*words)
        pipe.execute()


def _end(name: bytes, about: dict[str, Any]) -> list[Words]:
    """A stream's last id and how many entries it ever had; entries that were cut off count as well."""
    last, deleted = about["last-generated-id"], about["max-deleted-entry-id"]
    words: list[Words] = []
    if not about["length"]:  # a key without an entry comes only from an entry that went
        entry = b"0-1" if last == b"0-0" else last
        words = [("XADD", name, entry, "f", "v"), ("XDEL", name, entry)]
    return [*words, ("XSETID", name, last, "ENTRIESADDED", about["entries-added"], "MAXDELETEDID", deleted)]


def _in_chunks(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk


def _fields(pairs: Iterable[tuple[Any, Any]]) -> list[Any]:
    return [part for pair in pairs for part in pair]


def _ranges(size: Callable[[], int], read: Callable[[int, int], Any]) -> Iterator[Any]:
    for start in range(0, size(), CHUNK):
        yield read(start, start + CHUNK - 1)


def _entries(server: Any, name: bytes) -> Iterator[Any]:
    after: Any = "-"
    while found := server.xrange(name, min=after, count=CHUNK):
        yield found
        after = b"(" + found[-1][0]


KINDS = {
    "string": Kind(
        lambda pipe, name: pipe.exists(name),
        lambda pipe, name: pipe.get(name),
        lambda _, __: [],
        lambda name, value: [("SET", name, value)],
    ),
    "hash": Kind(
        lambda pipe, name: pipe.hlen(name),
        lambda pipe, name: pipe.hgetall(name),
        lambda server, name: map(dict, _in_chunks(server.hscan_iter(name, count=CHUNK))),
        lambda name, value: [("HSET", name, *_fields(value.items()))],
    ),
    "set": Kind(
        lambda pipe, name: pipe.scard(name),
        lambda pipe, name: pipe.smembers(name),
        lambda server, name: _in_chunks(server.sscan_iter(name, count=CHUNK)),
        lambda name, value: [("SADD", name, *value)],
    ),
    "list": Kind(
        lambda pipe, name: pipe.llen(name),
        lambda pipe, name: pipe.lrange(name, 0, -1),
        lambda server, name: _ranges(lambda: server.llen(name), lambda start, end: server.lrange(name, start, end)),
        lambda name, value: [("RPUSH", name, *value)],
    ),
    "zset": Kind(
        lambda pipe, name: pipe.zcard(name),
        lambda pipe, name: pipe.zrange(name, 0, -1, withscores=True),
        lambda server, name: _ranges(
            lambda: server.zcard(name), lambda start, end: server.zrange(name, start, end, withscores=True)
        ),
        lambda name, value: [("ZADD", name, *_fields((repr(score), member) for member, score in value))],
    ),
    "stream": Kind(
        lambda pipe, name: pipe.xlen(name),
        lambda pipe, name: pipe.xrange(name),
        _entries,
        lambda name, value: [("XADD", name, entry, *_fields(fields.items())) for entry, fields in value],
    ),
}
