"""Which notifications may be sent now: not to the suppressed, too late, in quiet hours, or while a provider rests."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from tasks_app.errors import InvalidAddressError, UnknownChannelError
from tasks_app.metrics import RATE_WAIT
from tasks_app.notifications import TTL_SECONDS, Notification, channel_and_address, sandbox
from tasks_app.text import JsonObject
from worker.jobs import ActiveJob, Answer, Answers, Completed, Failed, Snooze, answer_to
from worker.notifications.channels import Channel
from worker.notifications.notifier import Notifier
from worker.notifications.quiet_hours import QuietHours


@dataclass(frozen=True, slots=True)
class Ready:
    """
    A notification that may be sent between two moments, by time.monotonic(); to the console alone if the sandbox was on
    when it was looked up.
    """

    job: ActiveJob
    channel: Channel
    notification: Notification
    scope: str
    not_before: float = 0.0
    not_after: float = float("inf")
    is_sandboxed: bool = False


EXPIRED = Failed(
    "The notification was not sent before its time was over, and now it would come too late.", code="expired"
)


def check_eligibility(jobs: Sequence[ActiveJob], notifier: Notifier) -> tuple[list[Ready], Answers]:
    """Those that may be sent now or in a moment, and the answers of the others. Raises StateUnavailableError."""
    subscribers = [str(job.data.get("to", "")) for job in jobs if _is_subscription(job, notifier)]
    subscriptions = notifier.store.subscriptions(subscribers)
    wishes: list[Ready] = []
    answered: Answers = []
    for job in jobs:
        try:
            one = _ready(job, subscriptions, notifier)
        except UnknownChannelError as error:
            answered.append((job, Failed(str(error))))
            continue
        except InvalidAddressError as error:  # so it is unknown whether it is on the suppression list
            answered.append((job, Failed(f"The address {error}.", code="invalid_address")))
            continue
        except Exception as error:  # a fault in one job's data must not affect its neighbours
            answered.append((job, answer_to(error, job)))
            continue
        if job.interrupted and one.channel.policy == "at_most_once":
            # A worker died between the send and its outcome: do not send again, but say so. This comes first: a snooze
            # would forget that the notification may have been sent.
            answered.append((job, completed(one, "in_doubt", "interrupted")))
        else:
            wishes.append(one)
    recipients = [(one.channel.name, one.notification.to, one.scope) for one in wishes]
    now_ms, is_sandboxed, rows = notifier.store.look_up(recipients)
    ready = []
    for one, (suppressed, rest_ms, why) in zip(wishes, rows, strict=True):
        try:
            refusal = _refusal(one, now_ms, suppressed, rest_ms, why)
        except Exception as error:
            refusal = answer_to(error, one.job)
        if refusal is None:
            one = replace(one, is_sandboxed=True) if is_sandboxed else one
            ready.append(_in_time(one, now_ms))
        else:
            answered.append((one.job, refusal))
    on_time, late = _paced(ready, notifier)
    return on_time, answered + late


def _is_subscription(job: ActiveJob, notifier: Notifier) -> bool:
    channel_name = job.data.get("channel")
    try:
        return channel_name is not None and notifier.terms(str(channel_name)).to_subscriptions
    except UnknownChannelError:  # only that job's answer says so
        return False


def _ready(job: ActiveJob, subscriptions: dict[str, JsonObject], notifier: Notifier) -> Ready:
    name, address = channel_and_address(job.data)
    way, data = notifier.channels.channel(name), job.data
    notifier.recipients.names(name, address)
    notification = Notification(
        id=job.id,
        to=address,
        message=data["message"],
        title=data.get("title", ""),
        data=data.get("data", {}),
        ttl_seconds=max(1, int(data.get("ttl_ms", TTL_SECONDS * 1000) / 1000)),
        urgency=data.get("urgency", "normal"),
        subscription=subscriptions.get(address),
    )
    return Ready(job, way, notification, way.scope(notification))


def _in_time(one: Ready, now_ms: int) -> Ready:
    """Neither a provider nor a thread may keep it for longer than it is worth sending."""
    expires_ms = one.job.data.get("expires_ms")
    if not expires_ms:
        return one
    left_seconds = (expires_ms - now_ms) / 1000
    ttl_seconds = max(1, min(one.notification.ttl_seconds, int(left_seconds)))
    notification = replace(one.notification, ttl_seconds=ttl_seconds)
    return replace(one, notification=notification, not_after=time.monotonic() + left_seconds)


def completed(one: Ready, outcome: str, answer: str) -> Completed:
    """The answer for a job whose notification is sent, in_doubt, skipped or sandboxed, and why."""
    told = {"sandboxed": True} if outcome == sandbox.OUTCOME else {}  # so that no report takes it for one that was sent
    return Completed({"outcome": outcome, "channel": one.channel.name, "answer": answer, **told})


def _refusal(one: Ready, now_ms: int, suppressed: bool, rest_ms: int, why: str) -> Answer | None:
    """Why this notification is not sent now; None if it may be."""
    data, expires_ms = one.job.data, one.job.data.get("expires_ms")
    if suppressed:
        kind = "Phone number" if "phoneNumber" in data else "Recipient"
        return Failed(f"{kind} {one.notification.to} is blacklisted", code="suppressed")
    if expires_ms and now_ms >= expires_ms:
        return EXPIRED
    until_ms = 0
    if quiet := data.get("quiet"):
        hours = QuietHours.parse(quiet)
        ends_ms = hours.ends_ms(now_ms)
        if ends_ms is not None:
            match hours.policy:
                case "skip":
                    return completed(one, "skipped", "quiet_hours")
                case "defer":
                    until_ms, why = ends_ms, "quiet hours"
                case "override":
                    pass
                case _:
                    assert_never(hours.policy)
    until_ms = max(until_ms, now_ms + rest_ms if rest_ms else 0)
    if not until_ms:
        return None
    if expires_ms and until_ms >= expires_ms:
        return EXPIRED  # by then it would be too late
    return Snooze(why, until_ms - now_ms)


def _paced(ready: Sequence[Ready], notifier: Notifier) -> tuple[list[Ready], Answers]:
    """Give each its moment under its provider's rate; those that would wait long go back into the queue."""
    on_time: list[Ready] = []
    late: Answers = []
    for scope in dict.fromkeys(one.scope for one in ready):
        group = [one for one in ready if one.scope == scope]
        rate = notifier.settings.rate_of(group[0].channel.name)
        if rate is None:
            on_time += group
            continue
        granted, later = notifier.store.grants(scope, rate, notifier.settings.rate_burst, len(group))
        now = time.monotonic()
        for one, wait_ms in zip(group, granted, strict=False):
            on_time.append(replace(one, not_before=now + wait_ms / 1000))
        if waiting := group[len(granted) :]:
            notifier.observe(RATE_WAIT, (group[0].channel.name,), len(waiting))
        for one, wait_ms in zip(waiting, later, strict=True):
            left_ms = max(0.0, one.not_after - now) * 1000  # it comes back also at its end, to be expired
            late.append((one.job, Snooze("rate limit", int(min(wait_ms, left_ms)))))
    return on_time, late
