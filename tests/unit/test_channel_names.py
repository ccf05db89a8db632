"""Channels are found by name, and other names are unknown."""

import contextlib
from importlib import import_module
from pkgutil import iter_modules

import pytest

from tasks_app.configuration.channel_names import CHANNELS
from tasks_app.errors import UnknownChannelError
from tasks_app.notifications import Terms
from tasks_app.notifications.sends import Notification
from tasks_app.usher import Usher
from tests.channels import KNOWN, SETTINGS
from worker.notifications import channels
from worker.notifications.channels import OpenChannels


@pytest.fixture
def channel():
    return OpenChannels(Usher(SETTINGS)).channel


def test_each_channel_has_terms_and_a_sender():
    modules = [import_module(f"{channels.__name__}.{module.name}") for module in iter_modules(channels.__path__)]
    found = [module.__name__.rpartition(".")[2] for module in modules if hasattr(module, "open_channel")]
    assert sorted(found) == sorted(CHANNELS)
    assert all(isinstance(KNOWN.terms(name), Terms) for name in CHANNELS)


@pytest.mark.parametrize(
    "name",
    [
        "pigeon",
        "",
        "wire",
        "outcomes",
        "tokens",
        "retry_after",
        "witness",
        "..vapid",
        "os",
        "__init__",
        "a.b",
        "console\n",
    ],
)
def test_a_name_that_is_no_channel_is_unknown(name, channel):
    with pytest.raises(UnknownChannelError):
        channel(name)


def test_a_channel_is_opened_once(channel):
    assert channel("console") is channel("console")


def test_console_prints_the_classic_line(capsys, channel):
    answer = channel("console").send(Notification("a", "4153518780", "This is the code 1234 to verify your account"))

    assert answer.code == "printed"
    assert capsys.readouterr().out == (
        "Sending notification to 4153518780, with message: This is the code 1234 to verify your account\n"
    )


def test_console_survives_an_output_that_is_gone(monkeypatch, channel):
    class Gone:
        def write(self, _text: str) -> int:
            raise BrokenPipeError

        def flush(self) -> None: ...

    with contextlib.redirect_stdout(Gone()):
        assert channel("console").send(Notification("a", "1", "m")).code == "not_printed"


@pytest.mark.parametrize(
    "to", ["", "ftp://h/x", "file:///etc/passwd", "http://", "//h/x", "http://u:p@h/", "http://h:99999/"]
)
def test_the_scope_of_an_impossible_address_is_still_a_name(to, channel):
    notification = Notification("a", to, "m", subscription={"endpoint": to})
    assert channel("webhook").scope(notification) == "webhook:invalid"
    assert channel("webpush").scope(notification) == "webpush:invalid"


def test_a_scope_is_provider_and_origin_without_path_and_usual_port(channel):
    notification = Notification("a", "HTTPS://Example.ORG:443/secret?x=1", "m")
    assert channel("webhook").scope(notification) == "webhook:https://example.org"
    other = Notification("a", "", "m", subscription={"endpoint": "http://[::1]:8080/token"})
    assert channel("webpush").scope(other) == "webpush:http://[::1]:8080"
