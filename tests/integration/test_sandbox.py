"""The sandbox: what notifiers do while it is on, with real channels and a provider that counts who calls it."""

import json
import time
from dataclasses import replace
from unittest.mock import ANY

import pytest

from api.notifications.notifications import as_json
from tasks_app.jobs import BatchQueries
from tasks_app.jobs.job import NewJob, State
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tasks_app.notifications import Sandbox, SandboxSwitch
from tasks_app.state import keys, notification_keys
from tests.integration.notices_kit import SECRET
from tests.jobs import take_in
from tests.providers.provider import Reply
from tests.providers.webpush import PushService
from worker.notifications import vapid


@pytest.fixture(autouse=True)
def _quick(usher):
    """No other process is there to be waited for."""
    vars(usher)["sandbox"] = SandboxSwitch(usher.connections.state, settled_seconds=0.0)


def test_the_switch_keeps_who_when_and_why_until_it_is_off(usher, state):
    assert usher.sandbox.read() == Sandbox()
    usher.sandbox.turn_on("rehearsal", "ops")
    first = usher.sandbox.read()
    assert first == Sandbox(True, ANY, "ops", "rehearsal")
    assert abs(first.since_ms - int(time.time() * 1000)) < 60_000

    # And said anew, it is on since the first time
    usher.sandbox.turn_on()
    assert usher.sandbox.read() == Sandbox(True, first.since_ms)
    assert state.ttl(notification_keys.sandbox()) == -1

    usher.sandbox.turn_off()
    usher.sandbox.turn_off()
    assert usher.sandbox.read() == Sandbox()


def test_it_is_switched_on_even_when_the_memory_is_full(usher, state):
    state.config_set("maxmemory", 1)
    try:
        usher.sandbox.turn_on()
    finally:
        state.config_set("maxmemory", 0)
    assert usher.sandbox.read().on


@pytest.mark.parametrize("channel_name", ["webhook", "apprise", "console"])
def test_a_notification_of_any_channel_is_written_to_the_console(notifier, provider, usher, capfd, channel_name):
    to = {"webhook": provider.url("/ok"), "apprise": "+14155550100", "console": "ada"}[channel_name]
    usher.sandbox.turn_on()
    job = notifier.sent(to, channel_name)
    assert job.state is State.COMPLETE
    assert job.result == {"outcome": "sandboxed", "channel": channel_name, "answer": "printed", "sandboxed": True}
    assert (as_json(job, None)["state"], as_json(job, None)["answer"]) == ("sandboxed", "printed")
    assert provider.received == []
    assert f"Sandbox: nothing is sent over {channel_name} to {to}, with message: Verlegt" in capfd.readouterr().out


def test_a_browser_gets_nothing_and_keeps_its_subscription(notifier, state, usher):
    # Given a subscription that its push service would call dead
    with PushService() as service:
        service.default = Reply(410)
        subscription = service.subscribe("/push/s1", vapid.key_pair(state).public)
        state.set(notification_keys.subscription("s1"), json.dumps(subscription))
        usher.sandbox.turn_on()
        assert notifier.sent("s1", "webpush").result["outcome"] == "sandboxed"
        assert service.received == []
    assert state.exists(notification_keys.subscription("s1"))


def test_passwords_and_secrets_are_not_written(notifier, usher, capfd):
    usher.sandbox.turn_on()
    notifier.sent(f"https://hooks.example.org/{SECRET}", message="See https://ada:password@files.example.org/x")
    said = capfd.readouterr().out
    assert "hooks.example.org" in said
    assert "files.example.org/x" in said
    assert SECRET not in said
    assert "password" not in said


def test_its_end_lets_new_ones_out_and_sends_nothing_again(notifier, provider, usher):
    usher.sandbox.turn_on()
    before = notifier.sent(provider.url("/before"))
    usher.sandbox.turn_off()
    assert notifier.sent(provider.url("/after")).result["outcome"] == "sent"
    assert notifier.job(before.id).outcome == "sandboxed"
    assert [one.path for one in provider.received] == ["/after"]


def test_suppressions_times_and_quiet_hours_hold_as_always(notifier, provider, usher):
    usher.sandbox.turn_on()
    to = provider.url("/ok")
    usher.suppressions.suppress("webhook", [provider.url("/stop")], "asked")
    quiet = {"from": "00:00", "to": "00:00", "zone": "UTC"}
    assert notifier.sent(provider.url("/stop")).error["code"] == "suppressed"
    assert notifier.sent(to, expires_ms=notifier.now_ms() - 1).error["code"] == "expired"
    assert notifier.sent(to, quiet={**quiet, "policy": "skip"}).result["outcome"] == "skipped"
    assert notifier.sent(to, quiet=quiet).snoozed == "quiet hours"
    assert notifier.sent("nowhere").error["code"] == "invalid_address"
    assert provider.received == []


def test_a_rate_holds_as_always(notifier, provider, usher):
    usher.sandbox.turn_on()
    notifier.pace("webhook", per_second=0.01, burst=1)
    jobs = [notifier.give(provider.url("/ok")) for _ in range(2)]
    notifier.work(*jobs)
    assert sorted(notifier.job(one).state for one in jobs) == [State.COMPLETE, State.DELAYED]


def test_a_batch_does_not_count_it_as_sent(notifier, provider, state, usher):
    jobs = [
        NewJob(PUSH_NOTIFICATION, {"channel": "webhook", "to": provider.url("/ok"), "message": "m"}, batch="b" * 26)
        for _ in range(2)
    ]
    take_in(state, *jobs)
    notifier.work(jobs[0].id)
    usher.sandbox.turn_on()
    notifier.work(jobs[1].id)
    assert BatchQueries(state).read("b" * 26).outcomes == {"sent": 1, "sandboxed": 1}


def test_one_that_may_have_arrived_before_stays_in_doubt(notifier, provider, state, usher):
    # Given a webhook that may or may not have arrived, in a batch
    provider.default = Reply(end="reset", delivered=True)
    job = NewJob(PUSH_NOTIFICATION, {"channel": "webhook", "to": provider.url("/x"), "message": "m"}, batch="b" * 26)
    take_in(state, replace(job, attempts=5))
    notifier.work(job.id)

    # When its next attempt meets the sandbox, then nobody says that it certainly reached nobody
    usher.sandbox.turn_on()
    notifier.make_due(job.id)
    notifier.work(job.id)
    assert notifier.job(job.id).outcome == "in_doubt"
    assert BatchQueries(state).read("b" * 26).outcomes == {"in_doubt": 1}
    assert len(provider.received) == 1


@pytest.mark.parametrize("channel_name", ["webhook", "apprise"])
def test_no_send_is_noted_so_nothing_is_in_doubt_when_a_notifier_dies(notifier, usher, state, channel_name):
    usher.sandbox.turn_on()
    job = notifier.sent({"webhook": "https://example.org/", "apprise": "+14155550100"}[channel_name], channel_name)
    assert job.outcome == "sandboxed"
    assert not state.hexists(keys.job(job.id), "begun")


def test_a_console_that_cannot_be_written_is_tried_again(notifier, usher, monkeypatch):
    usher.sandbox.turn_on()

    def broken(*_, **__):
        raise OSError

    monkeypatch.setattr("builtins.print", broken)
    job = notifier.sent("https://example.org/")
    assert (job.state, job.error["code"]) == (State.DELAYED, "retry_later")
