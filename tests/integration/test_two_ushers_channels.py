"""Two Ushers in one process share no channel: each has those of its settings, their rules, bounds and connections."""

import pytest
import redis
from pydantic import SecretStr

from api.app import create_app
from tasks_app.errors import UnknownChannelError
from tasks_app.notifications.sends import Notification
from tests.integration.notices_kit import SECRET
from tests.providers.provider import Provider
from tests.roots import Root
from worker.notifications.channels import OpenChannels

GERMAN = "0151 23456789"
LOFT = """
from usher.channels import Reply, Terms, named

def terms(settings):
    return Terms(named)

def open_channel(usher):
    return Pigeon(usher.settings.phone_region)

class Pigeon:
    def __init__(self, region):
        self.region = region

    def scope(self, notification):
        return "pigeon"

    def send(self, notification):
        return Reply("200", detail=self.region)
"""


@pytest.fixture
def two(state: redis.Redis, tmp_path, monkeypatch: pytest.MonkeyPatch) -> list[Root]:
    """The second is in Germany, has a channel of its own, and sends to no private network."""
    (tmp_path / "pigeon").mkdir()
    (tmp_path / "pigeon/__init__.py").write_text("")
    (tmp_path / "pigeon/pigeon.py").write_text(LOFT)
    monkeypatch.syspath_prepend(tmp_path)
    secrets = (SecretStr(SECRET),)
    own = {"phone_region": "DE", "channels": ("pigeon.pigeon",), "allowed_networks": ()}
    return [Root(state, webhook_secrets=secrets), Root(state, webhook_secrets=secrets, **own)]


def test_each_has_the_channels_and_the_rules_of_its_settings(two: list[Root]) -> None:
    # Given an application of each
    first, second = (create_app(usher).test_client() for usher in two)
    pigeon = {"channel": "pigeon", "to": "ada", "message": "Moved"}

    # Then only the second knows its own channel, in bodies, paths and documents
    assert first.post("/v1/notifications", json=pigeon).status_code == 422
    assert second.post("/v1/notifications", json=pigeon).status_code == 202
    assert first.get("/v1/suppressions/pigeon").status_code == 422
    assert second.get("/v1/suppressions/pigeon").status_code == 200
    told = [client.get("/docs/openapi.json").json for client in (first, second)]
    found = [one["components"]["schemas"]["NotificationBody"]["properties"]["channel"]["enum"] for one in told]
    assert [("pigeon" in names, "console" in names) for names in found] == [(False, True), (True, True)]
    assert "<channels>" not in str(told)

    # And a number without a code is one of its country
    assert second.put(f"/v1/suppressions/any/{GERMAN}").json["address"] == "+4915123456789"
    assert first.put(f"/v1/suppressions/any/{GERMAN}").json["code"] == "invalid_address"


def test_each_opens_its_channels_with_its_own_settings(two: list[Root], provider: Provider) -> None:
    first, second = map(OpenChannels, two)
    with pytest.raises(UnknownChannelError):
        first.channel("pigeon")
    assert second.channel("pigeon").send(Notification("job1", "ada", "hello")).detail == "DE"

    # One may send to this machine, and the other neither connects nor uses a connection of the first
    notification = Notification("job1", provider.url("/hook"), "hello")
    codes = [one.channel("webhook").send(notification).code for one in (first, second, first)]
    assert codes == ["200", "forbidden_address", "200"]
    assert provider.accepted == 1


def test_each_bounds_what_apprise_sends_by_its_own_settings(two: list[Root], provider: Provider) -> None:
    url = SecretStr(f"json://127.0.0.1:{provider.server_port}/{{to}}")
    for usher in two:
        vars(usher.settings).update(apprise_url=url)
    channels = [OpenChannels(usher).channel("apprise") for usher in two]
    notification = Notification("job1", "ada", "hello")
    codes = [one.send(notification).code for one in (*channels, *channels)]
    assert codes == ["apprise_sent", "forbidden_address"] * 2
