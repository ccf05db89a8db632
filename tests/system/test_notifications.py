"""Notifications by the real notifier: killed between a provider's call and its settlement; the course's eleven."""

from collections import Counter
from typing import Any

import pytest

from tests.deadlines import until
from tests.providers.provider import Provider, Reply
from tests.providers.webhooks import genuine
from tests.system.nodes import WorkerNode
from tests.system.stage import SECRET
from tests.system.usher import Usher

# The course's eleven; the first two are on its blacklist.
NUMBERS = [
    *("4153518780", "4153518781", "4153518743", "4153538781", "4153118782", "4153718781"),
    *("4159518782", "4158718781", "4153818782", "4154318781", "4151218782"),
]


@pytest.fixture
def default_worker_env(default_worker_env: dict[str, str], provider: Provider) -> dict[str, str]:
    """Every process gets the channels' settings."""
    sms = f"json://127.0.0.1:{provider.server_port}/sms/{{to}}"
    return {**default_worker_env, "USHER_APPRISE_URL": sms}


def notify(usher: Usher, to: str, channel: str) -> str:
    """Send a notification; returns its id."""
    body = {"channel": channel, "to": to, "message": "The show moved to Friday"}
    answer = usher.http("POST", "/v1/notifications", body)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def ended(usher: Usher, notification_id: str) -> dict[str, Any]:
    """The notification, once it is over."""
    usher.finished(notification_id)
    found: dict[str, Any] = usher.http.get(f"/v1/notifications/{notification_id}")
    return found


def unanswered_webhook(usher: Usher, provider: Provider, then: Reply) -> str:
    """A webhook that has arrived at /hook, but is not answered; its next call gets `then`. Returns its id."""
    provider.script("/hook", Reply(end="hang", delivered=True), then)
    sent = notify(usher, provider.url("/hook"), "webhook")
    until(lambda: provider.calls("/hook"), 20, lambda: f"{usher.job(sent)}")
    return sent


def kill_and_restart(notifier: WorkerNode) -> None:
    notifier.kill("SIGKILL")
    notifier.restart()


def test_a_webhook_whose_notifier_is_killed_is_sent_again_with_the_same_id(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a webhook that has arrived, but is not answered, When the notifier is killed
    sent = unanswered_webhook(usher, provider, Reply(200))
    kill_and_restart(notifier)

    # Then it is sent again, and its receiver can tell that it is the same
    assert ended(usher, sent)["state"] == "sent"
    assert usher.job(sent)["stalls"] == 1
    assert [one.id for one in provider.received] == [sent] * 2
    assert provider.received[0].body == provider.received[1].body
    assert all(genuine(one, SECRET) for one in provider.received)


def test_a_webhook_that_is_refused_after_its_notifier_was_killed_is_in_doubt(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    sent = unanswered_webhook(usher, provider, Reply(400))
    kill_and_restart(notifier)
    found = ended(usher, sent)
    assert (found["state"], found["code"], len(provider.calls("/hook"))) == ("in_doubt", "undeliverable", 2)


def test_a_webhook_that_lost_its_notifier_too_often_is_in_doubt(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a provider that receives each call and answers none, and notifiers that are killed meanwhile
    provider.default = Reply(end="hang", delivered=True)
    sent = notify(usher, provider.url("/hook"), "webhook")
    for calls in (1, 2):
        until(lambda: len(provider.calls("/hook")) == calls, 30, lambda: f"{usher.job(sent)}")  # noqa: B023
        kill_and_restart(notifier)

    # Then after as many leases as the settings allow, it may have arrived
    found = ended(usher, sent)
    assert (found["state"], found["code"]) == ("in_doubt", "poison")


def test_an_sms_whose_notifier_is_killed_is_in_doubt_and_not_sent_twice(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given a message over a channel without ids, which was sent, but is not answered
    provider.script("/sms/+15551234567", Reply(end="hang", delivered=True), Reply(200))
    sent = notify(usher, "15551234567", "apprise")
    until(lambda: provider.received, 20, lambda: f"{usher.job(sent)}")

    # When the notifier is killed
    kill_and_restart(notifier)

    # Then its outcome says what is known, and nobody gets it twice
    found = ended(usher, sent)
    assert (found["state"], found["answer"]) == ("in_doubt", "interrupted")
    assert len(provider.received) == 1


def test_a_notifier_that_is_stopped_finishes_what_it_began_and_gives_the_rest_back(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given 400 recipients, and a provider that takes a second for each
    provider.default = Reply(200, after_seconds=1)
    addresses = [provider.url(f"/{number}") for number in range(400)]
    batch = usher.notify([{"channel": "webhook", "to": to, "message": "Hello"} for to in addresses])
    until(lambda: len(provider.received) > 64, 20, lambda: usher.told(batch))

    # When the notifier is told to stop
    notifier.kill("SIGTERM")
    assert notifier.container.wait(15) == 0

    # Then nothing is left half done, and most have not begun
    counts = usher.counts(batch)
    assert counts["active"] == 0
    assert counts["complete"] == len(provider.received) < 300

    # And the next notifier does the rest, and nobody is notified twice
    notifier.restart()
    until(lambda: usher.counts(batch) == Counter(complete=400), 60, lambda: usher.told(batch))
    assert Counter(one.path for one in provider.received) == Counter(f"/{number}" for number in range(400))


def test_a_silent_provider_keeps_no_other_recipient_waiting(
    usher: Usher, notifier: WorkerNode, provider: Provider
) -> None:
    # Given 1 000 recipients of a provider that does not answer
    provider.script("/fine", Reply(200))
    provider.default = Reply(end="hang")
    addresses = [provider.url(f"/{number}") for number in range(1_000)]
    batch = usher.notify([{"channel": "webhook", "to": to, "message": "Hello"} for to in addresses])
    until(lambda: len(provider.received) >= 64, 20, lambda: usher.told(batch))

    # When somebody else is to be notified, it happens while the first provider's messages still wait
    with Provider() as other:
        sent = notify(usher, other.url("/fine"), "webhook")
        until(lambda: usher.job(sent)["state"] == "complete", 12, lambda: f"{usher.job(sent)}")
    assert usher.counts(batch)["complete"] == 0
    assert usher.counts(batch)["active"] >= 64

    # And once it answers, the messages that were given back are sent
    provider.default = Reply(200)
    provider.released.set()
    until(lambda: usher.counts(batch)["complete"] > 200, 60, lambda: usher.told(batch))


def test_the_courses_eleven_are_printed_and_shown_without_any_account(shared_usher: Usher) -> None:
    # When eleven are notified as the course does it
    jobs = [{"phoneNumber": number, "message": f"Code {number}", "delay_ms": 300} for number in NUMBERS]
    answer = shared_usher.http("POST", "/v1/notifications", jobs).json()
    ids, batch = answer["jobs"], answer["id"]
    with shared_usher.listen(f"batch:{batch}") as listener:
        until(lambda: shared_usher.http.get(f"/v1/batches/{batch}")["finished"], 30, lambda: f"{listener.facts()}")
        until(lambda: listener.facts().count("complete") == 9, 20, lambda: f"{listener.facts()}")

    # Then nine lines are printed, and the two on the blacklist have failed with the course's text
    log = "".join(file.read_text() for file in shared_usher.directory.glob("notifier-*.log"))
    printed = [f"Sending notification to {number}, with message: Code {number}" for number in NUMBERS]
    assert [log.count(line) for line in printed] == [0, 0, *[1] * 9]
    found = [shared_usher.http.get(f"/v1/notifications/{one}") for one in ids]
    assert [one["state"] for one in found] == ["failed"] * 2 + ["sent"] * 9
    assert [one["error"] for one in found[:2]] == [f"Phone number {number} is blacklisted" for number in NUMBERS[:2]]

    # And the stream shows of each how far it is
    for one in ids[2:]:
        told = [event for event in listener.events if event.get("job") == one]
        assert [event["data"]["progress"] for event in told if event["event"] == "progress"] == [0, 50]
