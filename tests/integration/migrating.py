"""Tries a step of a migration: whole, cut short after each of its parts, and twice, on the same data each time."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import redis

from tasks_app.migration.ground import Ground
from tasks_app.migration.migration import OTHERS_SECONDS, Migration, Step
from tasks_app.migration.steps import STEPS
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tests.channels import RECIPIENTS

LayOut = Callable[[redis.Redis], object]


class Killed(BaseException):
    """As SIGKILL: nothing after it runs."""


def killed_after(step: Step, parts: int) -> Step:
    """The step, whose process is killed once so many parts are done."""

    def cut(ground: Ground) -> Iterator[int]:
        for done, count in enumerate(step(ground), 1):
            yield count
            if done == parts:
                ground._token = "dead"  # it releases no lock
                raise Killed

    return cut


def everything(state: redis.Redis) -> dict[str, Any]:
    """Key -> its whole value, whatever its type."""
    read: dict[str, Callable[[str], Any]] = {
        "string": state.get,
        "hash": state.hgetall,
        "list": lambda key: state.lrange(key, 0, -1),
        "set": state.smembers,
        "zset": lambda key: state.zrange(key, 0, -1, withscores=True),
        "stream": state.xrange,
    }
    return {key: read[state.type(key)](key) for key in sorted(state.scan_iter())}


def lay_down(state: redis.Redis, stored: Mapping[str, Any]) -> None:
    """Write what a file of layouts/ has: key -> {type, value}."""
    for key, of in stored.items():
        value = of["value"]
        match of["type"]:
            case "string":
                state.set(key, value)
            case "hash":
                state.hset(key, mapping=value)
            case "list":
                state.rpush(key, *value)
            case "set":
                state.sadd(key, *value)
            case "zset":
                state.zadd(key, dict(value))
            case "stream":
                for entry_id, fields in value:
                    state.xadd(key, fields, id=entry_id)


def laid_out(state: redis.Redis) -> redis.Redis:
    """Data of this layout, seen by a connection of a program that knows all layouts."""
    state.client_setname("usher:999:test")
    state.hset(keys.layout(), "version", str(LAYOUT))
    state.mset({f"old:{name}": value for name, value in OLD.items()})
    return state


def bring_up(state: redis.Redis, steps: Sequence[Step] = STEPS, others_seconds: float = OTHERS_SECONDS) -> list[str]:
    """Run the migration to the end of `steps`; returns what it said. It waits so long for older programs to end."""
    said: list[str] = []
    Migration(state, RECIPIENTS, said.append, steps, others_seconds=others_seconds).bring_up()
    return said


def migrated(state: redis.Redis, number: int, lay_out: LayOut) -> None:
    """
    STEPS[number] on what `lay_out` writes to the empty server: the result is the same whether it runs whole, is killed
    after any of its parts and started again, or runs once more when it is done. Then later steps follow.
    """
    up_to = STEPS[: number + 1]

    def begin() -> None:
        state.flushall()
        lay_out(state)
        state.client_setname("usher:999:test")  # the test's own connection is not an older program
        if number:
            state.hset(keys.layout(), "version", str(number))

    begin()
    parts = 0

    def counted(ground: Ground) -> Iterator[int]:
        nonlocal parts
        for count in STEPS[number](ground):
            parts += 1
            yield count

    bring_up(state, [*up_to[:-1], counted])
    assert parts, "the step found nothing to do"
    whole = everything(state)
    for kept in range(1, parts + 1):
        begin()
        try:
            bring_up(state, [*up_to[:-1], killed_after(STEPS[number], kept)])
        except Killed:
            state.delete(keys.layout_lock())  # as it would end by itself, a few seconds later
        else:
            raise AssertionError(f"it was to be killed after part {kept}")
        bring_up(state, up_to)
        assert everything(state) == whole, f"killed after part {kept}"
    state.hset(keys.layout(), "version", str(number))
    bring_up(state, up_to)
    assert everything(state) == whole, "done twice"
    bring_up(state)  # for today's code to read


OLD = {"a": "1", "b": "2", "c": "3"}


def rename(ground: Ground) -> Iterator[int]:
    """A step: `old:*` become `new:*`, one key per part."""
    for found in ground.keys("old:*"):
        for key in found:
            ground.run("redis.call('RENAME', ARGV[1], ARGV[2])\n", key, key.replace("old", "new"))
            yield 1


ONE_MORE = (*STEPS, rename)


def moved(state: redis.Redis) -> dict[str, str]:
    return {key.partition(":")[2]: state.get(key) for key in state.scan_iter("new:*")}
