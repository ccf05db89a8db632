"""The one loop that follows streams keeps its place, whatever happens."""

import logging
import threading
from collections.abc import Callable, Iterator

import pytest
import redis

from tasks_app.errors import LayoutError, StateUnavailableError
from tasks_app.events import ENTRIES_PER_READ, Entry, EventFollower, EventReader
from tests.servers import Valkey

STREAM = "{jobs}:a"
OTHER = "{jobs}:b"
log = logging.getLogger("follower")


@pytest.fixture
def reader(state: redis.Redis) -> EventReader:
    return EventReader(state, state)


def add(state: redis.Redis, *names: str, stream: str = STREAM) -> None:
    for name in names:
        state.xadd(stream, {"name": name})


def followed(reader: EventReader, take: Callable[[str], None], until: int, *streams: str) -> EventFollower:
    """Follow from the beginning until so many entries have come."""
    follows = EventFollower(reader, log, "it waits: %s", 10, 0.01)
    follows.after.update(dict.fromkeys(streams or (STREAM,), "0-0"))
    came: list[str] = []

    def taken(entry: Entry) -> None:
        came.append(entry.fields["name"])
        take(entry.fields["name"])

    follows.run(lambda: follows.after if len(came) < until else {}, taken)
    return follows


def test_every_entry_comes_once_and_in_its_order_from_all_streams(state, reader):
    add(state, *map(str, range(ENTRIES_PER_READ + 5)))
    add(state, "x", "y", stream=OTHER)
    found: list[str] = []
    follows = followed(reader, found.append, ENTRIES_PER_READ + 7, STREAM, OTHER)
    assert [name for name in found if name.isdigit()] == [str(n) for n in range(ENTRIES_PER_READ + 5)]
    assert [name for name in found if not name.isdigit()] == ["x", "y"]
    assert follows.at_end


def test_it_is_not_at_the_end_while_a_read_is_full(state, reader):
    add(state, *map(str, range(ENTRIES_PER_READ)))
    assert not followed(reader, lambda _: None, ENTRIES_PER_READ).at_end


def test_an_entry_that_cannot_be_taken_is_left_behind_and_told_with_its_traceback(state, reader, caplog):
    add(state, "good", "bad", "last")
    found: list[str] = []

    def take(name: str) -> None:
        if name == "bad":
            raise ValueError("a fault")
        found.append(name)

    followed(reader, take, 3)
    assert found == ["good", "last"]
    assert [(one.getMessage(), bool(one.exc_info)) for one in caplog.records] == [("it waits: a fault", True)]


def test_an_outage_is_told_once_and_the_place_is_kept(reader, state, caplog, valkey: Valkey):
    # Given a reader whose state is away for three reads
    add(state, "before", "after")
    real, away = reader.read, iter([False, True, True, True])
    found: list[str] = []

    def read(after: dict[str, str], block_ms: int) -> Iterator[Entry]:
        if next(away, False):
            raise StateUnavailableError
        return iter([next(real(after, block_ms))])

    reader.read = read  # type: ignore[method-assign]

    # Then what comes after it follows what came before it
    followed(reader, found.append, 2)
    assert found == ["before", "after"]
    assert len(caplog.records) == 1
    assert not caplog.records[0].exc_info


def test_a_fatal_error_ends_it(state, reader):
    add(state, "one")
    follows = EventFollower(reader, log, "it waits: %s", 10, 0.01)
    follows.after[STREAM] = "0-0"

    def take(_: Entry) -> None:
        raise LayoutError("other data")

    with pytest.raises(LayoutError):
        follows.run(lambda: follows.after, take, fatal=(LayoutError,))


def test_a_stream_is_joined_at_its_end_and_once(state, reader):
    add(state, "old")
    follows = EventFollower(reader, log, "it waits: %s", 10, 0.01)
    follows.join(STREAM)
    add(state, "new")
    follows.join(STREAM)
    found: list[str] = []
    follows.run(lambda: {} if found else follows.after, lambda entry: found.append(entry.fields["name"]))
    assert found == ["new"]


def test_a_stream_that_joins_while_it_reads_is_read_with_the_next(state, reader, eventually):
    # Given a loop that reads one stream
    follows = EventFollower(reader, log, "it waits: %s", 10, 0.01)
    follows.join(STREAM)
    found: list[str] = []
    is_over = threading.Event()
    thread = threading.Thread(
        target=follows.run,
        args=(
            lambda: {} if is_over.is_set() else dict(follows.after),
            lambda entry: found.append(entry.fields["name"]),
        ),
    )
    thread.start()

    # When another joins, then it is read as well
    follows.join(OTHER)
    add(state, "other", stream=OTHER)
    eventually(lambda: found == ["other"])
    is_over.set()
    thread.join(10)
