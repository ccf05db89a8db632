"""Fixtures of the tests of the API, and of those of notifications."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from flask import Flask

from api.app import create_app
from api.stream import messages
from tasks_app.classic import BLACKLIST
from tasks_app.configuration import Settings
from tasks_app.notifications import Suppressions, recipients
from tasks_app.state import keys, notification_keys
from tests.channels import RECIPIENTS, apprise
from tests.integration.api_system import Api, ApiSystem
from tests.integration.both_ways import BothWays
from tests.integration.checked_client import CheckedClient
from tests.integration.event_stream import EventStream, Watch
from tests.integration.notices_kit import SECRET, Notifier
from tests.jobs import TYPE, options, slot_works
from tests.providers.provider import Provider
from tests.roots import Root
from tests.servers import Valkey
from tests.timed_store import HURRIED, TimedStore, move_clock_by_hand
from worker.jobs import stopping
from worker.jobs.active import ActiveJob
from worker.jobs.job_store import JobStore
from worker.notifications.channels.apprise import AppriseChannel
from worker.notifications.channels.webhook import Webhook
from worker.notifications.eligibility import Ready, check_eligibility
from worker.notifications.sending.wire import Wire


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Valkey]:
    """
    A server for the tests of one file: a migration waits for every program that is connected, and threads of other
    tests may be.
    """
    server = Valkey(tmp_path_factory.mktemp("valkey"))
    server.start()
    yield server
    server.kill()


@pytest.fixture(scope="session")
def application(api_system: ApiSystem) -> Flask:
    application = create_app(api_system.usher)
    application.test_client_class = CheckedClient
    return application


@pytest.fixture
def api(api_system: ApiSystem, application: Flask, eventually: Callable[..., None]) -> Iterator[Api]:
    """A caller of the API, all of whose parts work. Earlier tests leave things in it: make your own."""
    eventually(api_system.ready, 30)
    with application.test_client() as client:
        yield Api(client, api_system.state)


@pytest.fixture
def document(api: Api) -> Any:
    """The OpenAPI document, as it is served."""
    return api.get("/docs/openapi.json").json


@pytest.fixture
def resumed(api: Api) -> Iterator[None]:
    """Undo what a test did to all queues, channels and notifications, or other tests would wait for their jobs."""
    yield
    api.state.delete(notification_keys.sandbox())
    for group in api.state.hkeys(keys.pauses()):
        if group.startswith(("queue:", "channel:")):
            api.state.hdel(keys.pauses(), group)


@pytest.fixture
def lists(api: Api) -> Iterator[None]:
    """Undo what a test did to the suppression lists, so that other tests do not see it."""
    yield
    for key in api.state.scan_iter(notification_keys.suppressed("*")):
        api.state.delete(key)
    numbers = [f"+1{number}" for number in BLACKLIST]
    Suppressions(api.state, RECIPIENTS).suppress(recipients.ANY, numbers, "the course's blacklist")


@pytest.fixture
def own_type() -> str:
    """A type that no other test uses and no worker does: its jobs wait."""
    return f"type-{uuid.uuid4()}"


@pytest.fixture
def change_setting(api_system: ApiSystem, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, object], None]:
    """Change a setting of the API for one test; the settings themselves are frozen."""
    return lambda name, value: monkeypatch.setitem(vars(api_system.usher.settings), name, value)


@pytest.fixture
def provider() -> Iterator[Provider]:
    """A real HTTP server that answers as told."""
    with Provider() as provider:
        yield provider


@pytest.fixture
def notifier(usher: Root, provider: Provider) -> Notifier:
    """A notifier process without Celery, whose SMS go to the provider."""
    return Notifier(usher, f"json://127.0.0.1:{provider.server_port}/sms/{{to}}")


@pytest.fixture
def ready(notifier: Notifier) -> Callable[..., list[Ready]]:
    """Notifications that have been found eligible, and wait for a thread."""

    def make(*ids: str) -> list[Ready]:
        claims = notifier.store.claim("push_notification", "notifier@test", len(ids))
        jobs = [ActiveJob("push_notification", claim, notifier.store) for claim in claims]
        return check_eligibility(jobs, notifier.own)[0]

    return make


@pytest.fixture
def timed_store(state: redis.Redis, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], TimedStore]:
    """Makes a TimedStore in the emptied database, its clock at the time given."""
    move_clock_by_hand(monkeypatch)
    return lambda now_ms: TimedStore(state, HURRIED, now_ms)


@pytest.fixture
def settings() -> Settings:
    """Those of the channels of one test, which may change them: `vars(settings).update(...)`."""
    return options()


@pytest.fixture
def channel(provider: Provider, settings: Settings) -> AppriseChannel:
    """The channel `apprise` over a service that posts to the provider."""
    return apprise(f"json://127.0.0.1:{provider.server_port}/sms/{{to}}", settings)


@pytest.fixture
def webhook(settings: Settings) -> Webhook:
    return Webhook([SECRET], Wire(settings))


@pytest.fixture
def hurried(settings: Settings) -> None:
    """For a silent provider: the timeouts of the settings are for real ones."""
    vars(settings).update(answer_timeout_seconds=0.3)


@pytest.fixture
def store(state: redis.Redis) -> JobStore:
    """The scripts about jobs, in a hurry."""
    return JobStore(state, options())


@pytest.fixture
def work(usher: Root, own_handlers: None) -> Callable[..., int]:
    """Does these jobs of the test's type as a slot would."""
    return lambda *ids: slot_works(TYPE, *ids)


@pytest.fixture
def stop() -> Iterator[Callable[[], None]]:
    """Tells this worker to stop, until the test is over."""
    yield stopping.tell
    stopping._told.clear()


@pytest.fixture
def both(usher: Root, monkeypatch: pytest.MonkeyPatch) -> BothWays:
    """A system that has its layout, and decides."""
    both = BothWays(usher, monkeypatch)
    both.lay_out(decides=True)
    return both


@pytest.fixture
def word() -> str:
    """A name that no other test uses."""
    return uuid.uuid4().hex


@pytest.fixture
def set_heartbeats(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Change how many seconds are between two heartbeats of all streams, for one test."""
    return lambda seconds: monkeypatch.setattr(messages, "HEARTBEAT_SECONDS", seconds)


@pytest.fixture
def watch(api: Api, set_heartbeats: Callable[[float], None]) -> Iterator[Watch]:
    """Open streams, which are closed with the test. Heartbeats come often, so that no stream blocks the test."""
    set_heartbeats(0.02)
    opened: list[EventStream] = []

    def open_one(topic: str, **headers: str) -> EventStream:
        opened.append(EventStream(api, topic, **headers))
        return opened[-1]

    yield open_one
    for one in opened:
        one.close()


@pytest.fixture
def strict_store(state: redis.Redis) -> JobStore:
    """A store in which a job may lose its worker once."""
    return JobStore(state, options(stall_limit=1))
