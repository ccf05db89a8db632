"""If Usher does not start, it says why in one sentence that names what to change, and leaves nothing running."""

import fcntl
from pathlib import Path

import pytest

from tests.servers import Valkey, free_port
from tests.system.up import PROCFILE, Up


def test_a_wrong_setting_is_named(up: Up) -> None:
    said = up.refusal(PORT="many", USHER_LEASE_SECONDS="0")

    assert said == (
        'usher: PORT is "many", but must be a whole number. USHER_LEASE_SECONDS is "0", but must be at least 1.'
    )


@pytest.mark.parametrize(
    ("rate", "wish"),
    [("0", "more than 0"), ("-1", "more than 0"), ("nan", "a finite number"), ("inf", "a finite number")],
)
def test_a_rate_that_is_no_rate_is_named_with_its_channel(up: Up, rate: str, wish: str) -> None:
    said = up.refusal(USHER_RATES=f"apprise=2,webhook={rate}")

    assert said == f'usher: USHER_RATES for webhook is "{rate}", but must be {wish}.'


@pytest.mark.parametrize("name", ["pigeon", ""])
def test_a_rate_of_an_unknown_channel_is_refused(up: Up, name: str) -> None:
    said = up.refusal(USHER_RATES=f"apprise=2,{name}=5")

    wish = "which is no channel; there are apprise, console, webhook, webpush."
    assert said == f"usher: USHER_RATES names '{name}', {wish}"


def test_a_variable_that_no_setting_reads_is_named(up: Up, valkey: Valkey) -> None:
    said = up.refusal(PORT=str(valkey.port), USHER_LEASE_SECOND="5", USHER_PORT="5", USHER_LEASE_SECONDS="5")

    assert said.splitlines()[:-1] == [
        "usher: no setting is called USHER_LEASE_SECOND.",
        "usher: no setting is called USHER_PORT.",
    ]


@pytest.mark.parametrize("variable", ["PORT", "FLOWER_PORT", "REDIS_PORT"])
def test_a_busy_port_is_named_with_its_variable(up: Up, valkey: Valkey, variable: str) -> None:
    said = up.refusal(**{variable: str(valkey.port)})

    assert said.startswith(f"usher: Port {valkey.port} is busy: stop what listens there, or set {variable} ")


def test_one_port_for_two_processes_is_refused(up: Up) -> None:
    said = up.refusal(PORT="4321", FLOWER_PORT="4321")

    assert said == "usher: PORT and FLOWER_PORT are both 4321: change one of them."


def test_an_unreachable_server_is_named_without_its_password(up: Up) -> None:
    port = free_port()

    said = up.refusal(REDIS_URL=f"redis://:secret@127.0.0.1:{port}/0")

    assert said.startswith(f"usher: REDIS_URL is redis://127.0.0.1:{port}/0, and no server answers there: ")
    assert "secret" not in said


def test_a_server_that_evicts_is_refused(up: Up, tmp_path: Path) -> None:
    # Given the user's own server, which may throw keys away
    server = Valkey(tmp_path / "evicting")
    server.start()
    try:
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")

        # When it is to be the broker, or the state
        as_broker = up.refusal(BROKER_URL=server.url(1))
        as_state = up.refusal(REDIS_URL=server.url(0))

        # Then neither will do
        assert "BROKER_URL is" in as_broker
        assert "whose maxmemory-policy is allkeys-lru: set it to noeviction" in as_broker
        assert "REDIS_URL is" in as_state
    finally:
        server.kill()


def test_one_database_for_state_and_broker_is_refused(up: Up, valkey: Valkey) -> None:
    said = up.refusal(REDIS_URL=valkey.url(3), BROKER_URL=valkey.url(3))

    assert said == "usher: REDIS_URL and BROKER_URL name the same database: give each its own."


def test_data_that_another_server_uses_is_refused(up: Up) -> None:
    # Given the lock that the bundled server holds as long as it lives
    directory = up.root / "var" / "redis"
    directory.mkdir(parents=True)
    with (directory / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        said = up.refusal()

    assert said.startswith(f"usher: The data in {directory} is in use")


def test_damaged_data_are_reported_and_nothing_keeps_running(up: Up) -> None:
    # Given an append-only file whose middle is no command
    parts = up.root / "var" / "redis" / "appendonlydir"
    parts.mkdir(parents=True)
    (parts / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    (parts / "appendonly.aof.1.incr.aof").write_bytes(b"*1\r\n$4\r\nPING\r\nrubbish\r\n*1\r\n$4\r\nPING\r\n")

    said = up.refusal()

    assert said.startswith("usher: redis finds its data in var/redis damaged")
    assert up.survivors() == []


def test_a_process_that_cannot_start_is_named_with_its_last_words(up: Up) -> None:
    failing = "web: python -c 'raise SystemExit(\"no such table\")'"
    (up.root / "Procfile").write_text(PROCFILE.partition("web:")[0] + failing)

    said = up.refusal()

    assert said.startswith("usher: web ended with code 1. Its last words")
    assert "no such table" in said
    assert up.survivors() == []
