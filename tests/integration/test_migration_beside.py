"""A migration and programs of an older release that are still at work: it waits for them, and changes nothing."""

import threading
from collections.abc import Callable, Iterator

import pytest
import redis

from tasks_app.errors import LayoutError
from tasks_app.migration import migration
from tasks_app.state import keys
from tasks_app.state.layout import LAYOUT
from tests.channels import RECIPIENTS
from tests.integration.migrating import OLD, ONE_MORE, bring_up, laid_out, moved
from tests.servers import Valkey


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """A server of its own: the migration looks at its connections, and other tests leave some of this program."""
    server = Valkey(tmp_path_factory.mktemp("beside"))
    server.start()
    yield server
    server.kill()


@pytest.fixture
def data(state: redis.Redis) -> redis.Redis:
    return laid_out(state)


@pytest.fixture
def old_program(valkey: Valkey) -> Iterator[Callable[..., redis.Redis]]:
    """A program of an older release that is at work: with its name, or without, as before programs had names."""
    clients = []

    def make(name: str = "") -> redis.Redis:
        client = redis.Redis.from_url(valkey.url(), decode_responses=True, client_name=name or None)
        client.ping()
        clients.append(client)
        return client

    yield make
    for client in clients:
        client.close()


def test_nothing_is_changed_while_a_program_of_an_older_layout_is_connected(data, old_program):
    old_program(f"usher:{LAYOUT}:celery-17@here")
    old_program(f"usher:{LAYOUT}:gunicorn-18@here")
    with pytest.raises(LayoutError, match="older release still work on them: celery-17@here, gunicorn-18@here; stop"):
        bring_up(data, ONE_MORE, others_seconds=0.3)
    assert moved(data) == {}
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT)}  # and the old ones may go on, and start again


def test_a_start_waits_for_the_old_programs_to_end(data, old_program, eventually):
    old = old_program(f"usher:{LAYOUT}:celery-17@here")
    said: list[str] = []
    thread = threading.Thread(target=lambda: migration.Migration(data, RECIPIENTS, said.append, ONE_MORE).bring_up())
    thread.start()
    eventually(lambda: said == ["waiting for programs of an older release to end: celery-17@here"])
    old.close()
    thread.join(10)
    assert moved(data) == OLD


def test_releases_without_a_name_are_seen_too_before_data_without_a_version_are_changed(data, old_program):
    data.delete(keys.layout())
    data.sadd(keys.types(), "resize_image")
    old_program()
    with pytest.raises(LayoutError, match=r"still work on them: the one connected from 127\.0\.0\.1:\d+; stop"):
        bring_up(data, ONE_MORE, others_seconds=0.3)
    assert moved(data) == {}
    assert not data.exists(keys.layout())


def test_connections_to_another_database_or_of_foreign_programs_delay_no_migration(data, valkey):
    data.delete(keys.layout())
    data.sadd(keys.types(), "resize_image")
    with valkey.client(1) as broker, redis.Redis(port=valkey.port, client_name="other") as other:
        broker.ping()
        other.ping()
        bring_up(data, ONE_MORE, others_seconds=0.3)
    assert moved(data) == OLD


def test_an_old_program_that_comes_at_the_last_moment_is_seen(data, old_program, monkeypatch):
    looked = iter([[], ["celery-17@here"]])
    monkeypatch.setattr(migration, "older_programs", lambda *_: next(looked, ["celery-17@here"]))
    with pytest.raises(LayoutError, match="celery-17@here"):
        bring_up(data, ONE_MORE, others_seconds=0.3)
    assert moved(data) == {}
    assert data.hgetall(keys.layout()) == {"version": str(LAYOUT)}
