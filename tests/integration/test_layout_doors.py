"""Which program may connect at which layout: each program names its own on its connections."""

import os
from collections.abc import Iterator

import pytest
import redis

from tasks_app.errors import LayoutError, StateUnavailableError
from tasks_app.state import connections, keys, layout
from tasks_app.state.layout import LAYOUT
from tests.servers import Valkey


@pytest.fixture
def connecting(valkey: Valkey) -> Iterator[redis.Redis]:
    """A program's own connection to the state."""
    with connections.connect(valkey.url(), 2.0, layout.admit) as client:
        yield client


def test_a_program_is_let_in_when_its_layout_is_current(state, connecting):
    assert connecting.ping()
    names = [row["name"] for row in state.client_list()]
    assert any(
        name.startswith(f"usher:{LAYOUT}:") and name.endswith(f"-{os.getpid()}@{os.uname()[1]}") for name in names
    )


def test_the_first_program_on_an_empty_server_marks_it(state, connecting):
    state.flushall()
    assert connecting.ping()
    assert state.hgetall(keys.layout()) == {"version": str(LAYOUT)}


@pytest.mark.parametrize(
    ("mark", "says"),
    [
        ({"version": str(LAYOUT + 1)}, f"are of layout {LAYOUT + 1}, and this release knows {LAYOUT} at most"),
        ({"version": str(LAYOUT), "to": str(LAYOUT + 1)}, f"are of layout {LAYOUT + 1}, and this release knows"),
        ({"version": str(LAYOUT - 1), "to": str(LAYOUT)}, f"are being brought to layout {LAYOUT}"),
        ({"version": str(LAYOUT - 1)}, f"are of layout {LAYOUT - 1}, and this release needs {LAYOUT}"),
        ({}, f"are of layout 0, and this release needs {LAYOUT}"),
    ],
    ids=["newer", "becoming newer", "becoming ours", "older", "without a version"],
)
def test_a_program_is_kept_out_when_another_layout_is_current(state, connecting, capsys, mark, says):
    state.delete(keys.layout())
    state.sadd(keys.types(), "resize_image")
    if mark:
        state.hset(keys.layout(), mapping=mark)
    layout._told.clear()
    for _ in range(2):
        with pytest.raises(LayoutError, match=says) as refused, connections.translated():
            connecting.set("job", "1")
        assert isinstance(refused.value, StateUnavailableError)  # so the API answers 503, and workers stop
    assert not state.exists("job")
    assert capsys.readouterr().err.count(says) == 1  # on the terminal too, and once


def test_a_program_that_connects_again_after_a_migration_is_kept_out(state, connecting):
    assert connecting.ping()
    state.hset(keys.layout(), "version", str(LAYOUT + 1))
    assert connecting.ping()  # no migration begins while it is connected
    for row in state.client_list():
        if row["name"].startswith("usher:"):
            state.client_kill(row["addr"])
    with pytest.raises(redis.ConnectionError):
        connecting.ping()
    with pytest.raises(layout.LayoutRefusal):
        connecting.ping()
