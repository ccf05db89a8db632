"""Other users of this machine can read nothing: private modes, a password, and no secret in any output."""

import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests import bundled
from tests.system.up import Up

Eventually = Callable[..., None]


def test_the_servers_data_and_the_logs_are_closed_to_others(up: Up, eventually: Eventually) -> None:
    # Given a data directory that an earlier version left open to all
    parts = up.root / "var" / "redis" / "appendonlydir"
    parts.mkdir(parents=True, mode=0o755)
    (parts / "left").write_text("")
    (parts / "left").chmod(0o644)

    # When it is used
    up.start()
    eventually(up.is_up, 60)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        client.set("name", "ada")
        assert int(client.config_get("maxmemory")["maxmemory"]) > 1 << 25

    # Then only this user can read any of it
    for place in [up.root / "var", *(up.root / "var").rglob("*")]:
        mode = stat.S_IMODE(place.stat().st_mode)
        assert mode == (0o700 if place.is_dir() else 0o600), place

    # And the server answers only a caller that can read the password, which no list of processes shows
    with redis.Redis(port=up.ports["REDIS_PORT"]) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.get("name")
    password = (up.root / "var" / "redis-password").read_text().strip()
    arguments = [Path(f"/proc/{process.pid}/cmdline").read_bytes() for process in up.survivors()]
    assert all(password.encode() not in each for each in arguments)
    assert password not in up.output()


def test_the_password_stays_the_same_over_starts(up: Up, eventually: Eventually) -> None:
    passwords = []
    for _ in range(2):
        process = up.start()
        eventually(up.is_up, 60)
        process.terminate()
        process.communicate(timeout=30)
        passwords.append((up.root / "var" / "redis-password").read_text())
    assert passwords[0] == passwords[1]


def test_a_second_runner_leaves_the_first_one_s_logs(up: Up, tmp_path: Path, eventually: Eventually) -> None:
    # Given a system that runs, with logs
    up.start()
    eventually(up.is_up, 60)
    logs = {file: file.stat().st_ino for file in (up.root / "var" / "log").iterdir()}

    # When another is started in the same place, on other ports
    (tmp_path / "other").mkdir()
    second = Up(tmp_path / "other")
    second.root = up.root
    try:
        said = second.refusal()
    finally:
        shutil.rmtree(tmp_path / "other")

    # Then it says why it does not start, and has moved nothing
    assert said == f"usher: Another Usher runs from {up.root}: stop that one first."
    assert logs == {file: file.stat().st_ino for file in (up.root / "var" / "log").iterdir()}


def _append_only(root: Path, content: bytes) -> Path:
    parts = root / "var" / "redis" / "appendonlydir"
    parts.mkdir(parents=True)
    (parts / "appendonly.aof.manifest").write_text("file appendonly.aof.1.incr.aof seq 1 type i\n")
    file = parts / "appendonly.aof.1.incr.aof"
    file.write_bytes(content)
    return file


SET = b"*3\r\n$3\r\nSET\r\n$8\r\nHolberton\r\n$6\r\nSchool\r\n".replace(b"$8", b"$9")


def test_a_power_cut_costs_nothing_of_the_snapshot_in_front(up: Up, eventually: Eventually) -> None:
    # Given a file that a server wrote, with its snapshot in front, and zeros behind it
    process = up.start()
    eventually(up.is_up, 60)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        client.set("Holberton", "School")
        client.bgrewriteaof()
        eventually(lambda: client.info("persistence")["aof_rewrite_in_progress"] == 0, 20)
        eventually(lambda: list((up.root / "var" / "redis").rglob("*.2.base.rdb")), 20)
        client.set("later", "also")
    process.terminate()
    process.communicate(timeout=30)
    (file,) = (up.root / "var" / "redis").rglob("*.incr.aof")
    with file.open("ab") as stream:
        stream.write(bytes(1000))

    # When it starts again, then all of it is there
    up.start()
    eventually(up.is_up, 60)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        assert client.mget("Holberton", "later") == ["School", "also"]


@pytest.mark.parametrize("damage", [bytes(4096), SET[:20] + bytes(100), SET[:20], b"\x07rubbish"])
def test_the_part_that_a_power_cut_damaged_is_cut_off_and_kept(up: Up, eventually: Eventually, damage: bytes) -> None:
    # Given a file that ends in what was not written any more
    _append_only(up.root, SET + damage)

    # When a server starts on it, then it says what it did, the data is there, and the damaged file too
    up.start()
    eventually(up.is_up, 60)
    with bundled.client(up.root, up.ports["REDIS_PORT"]) as client:
        assert client.get("Holberton") == "School"
    (kept,) = (up.root / "var").glob("redis-damaged-*")
    assert (kept / "appendonly.aof.1.incr.aof").read_bytes() == SET + damage
    assert f"the last {len(damage)} bytes of" in (up.root / "var" / "log" / "redis.log").read_text()


def test_the_user_decides_about_damage_with_commands_behind_it(up: Up, eventually: Eventually) -> None:
    file = _append_only(up.root, SET + bytes(9) + b"\r\n" + SET + bytes(3))

    said = up.refusal()

    assert (
        "commands follow. `usher repair` (in a clone `.venv/bin/python -m usher repair`) keeps a copy and cuts off"
        in said
    )
    assert file.read_bytes() == SET + bytes(9) + b"\r\n" + SET + bytes(3)


URL = "redis://:{0}#{0}@127.0.0.1:1/0"
SECRETS = {
    "REDIS_URL": [URL, "redis://:m@{0}#x@127.0.0.1:1/0", "redis://:{0}@127.0.0.1:1/0", "{0}", "http://{0}@h"],
    "BROKER_URL": [URL, "redis://:m@{0}#x@127.0.0.1:1/0", "redis://:{0}@127.0.0.1:1/0", "{0}", "http://{0}@h"],
    "USHER_WEBHOOK_SECRETS": ["{0}", "whsec_{0}", "whsec_!{0},whsec_{0}"],
}


@pytest.mark.parametrize(("variable", "form"), [(name, form) for name, forms in SECRETS.items() for form in forms])
def test_a_refused_secret_is_not_shown(up: Up, variable: str, form: str) -> None:
    said = up.refusal(**{variable: form.format("Marker7")})

    assert variable in said
    assert "Marker7" not in said + up.output()


def _settings() -> list[str]:
    from tasks_app.configuration.settings import Settings

    names = []
    for name, field in Settings.model_fields.items():
        alias = field.validation_alias
        names.append(str(alias.choices[0]) if hasattr(alias, "choices") else f"USHER_{name.upper()}")  # type: ignore[union-attr]
    return names


def test_a_url_in_any_setting_shows_no_password(up: Up) -> None:
    # Given every setting, each with an address that strayed there; settings that are texts accept it
    given = {name: "redis://:Marker7@127.0.0.1:1/0" for name in _settings() if name not in ("HOST", "USHER_HANDLERS")}

    said = up.refusal(**given)

    assert "USHER_QUEUE_LIMIT must be a whole number" in said
    assert "Marker7" not in said + up.output()


@pytest.mark.parametrize("number", ["inf", "-inf", "nan"])
def test_no_setting_accepts_a_number_that_is_none(up: Up, number: str) -> None:
    from tasks_app.configuration.settings import Settings

    floats = [name for name, field in Settings.model_fields.items() if field.annotation is float]
    said = up.refusal(**{f"USHER_{name.upper()}": number for name in floats})
    assert len(floats) > 8
    for name in floats:
        assert f'USHER_{name.upper()} is "{number}", but must be' in said
