"""Sends one notification and answers for its job, by the table of meanings and the policy for sends in doubt."""

import logging
import time
from collections.abc import Callable
from typing import assert_never

from tasks_app.errors import LostJobError, StateUnavailableError
from tasks_app.logs import masked_address, within
from tasks_app.metrics import CHANNEL_FAILED, PROVIDER
from tasks_app.notifications import Meaning, Reply, sandbox
from tasks_app.text import one_line
from worker.jobs import Answer, Failed, InDoubt, Retry, Snooze, calling
from worker.notifications.delivery_store import DeliveryStore
from worker.notifications.eligibility import EXPIRED, Ready, completed
from worker.notifications.sending.meanings import meaning

log = logging.getLogger(__name__)

Observe = Callable[[str, tuple[str, ...], float], None]
# A moment granted under a rate expires after this: many late sends at once would break the rate.
LATE_SECONDS = 0.3
# After a rest, the notifications that it delayed go first: if the refused ones went first, they would begin the next
# rest.
BEHIND_MS = 1_000
CONSOLE_MS = 1_000  # after which a console that could not be written is tried again


def deliver(one: Ready, notices: DeliveryStore, observe: Observe) -> Answer:
    """
    Send it, and answer for its job. `observe` is Meter.observe: the call of the provider, and how long it took.

    Raises LostJobError if the job is no longer ours; then nothing was sent.
    """
    with within(one.job.type, (one.job.id,), one.job.attempt):
        return _deliver(one, notices, observe)


def _deliver(one: Ready, notices: DeliveryStore, observe: Observe) -> Answer:
    way = one.channel
    once = way.policy == "at_most_once"
    if time.monotonic() >= one.not_after:
        return EXPIRED
    if one.not_before and time.monotonic() - one.not_before > LATE_SECONDS:
        return Snooze("rate limit", 0)
    recipient = f"{one.scope} {one.notification.to}"
    if rest_ms := notices.rests.left_ms(one.scope, recipient):  # it started while this one waited for a thread
        return Snooze("the provider asked for quiet", rest_ms)
    began = time.monotonic()
    try:
        if once and not _is_sandboxed(one, notices):
            one.job.begin()
        if _is_sandboxed(one, notices):  # also after that round trip
            return _sandboxed(one, notices)
        with calling(one.job, way.name):
            reply = way.send(one.notification)
    except StateUnavailableError as error:
        return Snooze(str(error), 0)  # it was the look at the sandbox; or by the channels' contract, nothing was sent
    except LostJobError:
        raise
    except Exception as error:
        observe(PROVIDER, (way.name, CHANNEL_FAILED), time.monotonic() - began)
        if not once:  # nobody knows how far the send came
            return InDoubt(f"the channel {way.name} failed: {type(error).__name__}: {error}"[:2_000], 0)
        log.exception("the channel %s failed over job %s", way.name, one.job.id)
        return completed(one, "in_doubt", "channel_failed")  # nobody knows how far the send came
    found = _meaning(one, reply, notices)
    observe(PROVIDER, (way.name, found.action), time.monotonic() - began)
    return _answer(one, reply, found, notices)


def _is_sandboxed(one: Ready, notices: DeliveryStore) -> bool:
    """Whether the sandbox is on, or was when this one was looked up. Raises StateUnavailableError."""
    return one.is_sandboxed or notices.sandbox.is_on()


def _sandboxed(one: Ready, notices: DeliveryStore) -> Answer:
    """Write it to the console. No provider is called, so nothing is learned of one."""
    reply = notices.sandbox.write(one.channel.name, one.notification)
    if reply.code == "printed":
        return completed(one, sandbox.OUTCOME, reply.code)
    return Retry(f"the console cannot be written: {reply.detail}", CONSOLE_MS, code="retry_later")


def _answer(one: Ready, reply: Reply, found: Meaning, notices: DeliveryStore) -> Answer:
    """The answer for the job; notes what the provider's reply means for other jobs."""
    name, wait_ms = one.channel.name, int(found.wait_seconds * 1000)
    detail = f"{name} {reply.code}" + (f": {reply.detail}" if reply.detail else "")
    if reply.said:
        said = masked_address(one_line(f"{detail}; said: {reply.said}"), one.notification.to)
        log.info("job %s: %s", one.job.id, said)
    undeliverable = Failed(detail, code=found.code or "undeliverable")
    match found.action:
        case "sent":
            return completed(one, "sent", reply.code)
        case "in_doubt":
            once = one.channel.policy == "at_most_once"
            return completed(one, "in_doubt", reply.code) if once else InDoubt(detail, wait_ms)
        case "retry":
            is_last = found.attempts and one.job.attempt >= found.attempts
            return undeliverable if is_last else Retry(detail, wait_ms, code=found.code or "retry_later")
        case "wait":
            notices.rests.rest(f"{one.scope} {one.notification.to}", found.wait_seconds)
            return Snooze(detail, wait_ms)
        case "rest":
            _note(lambda: notices.rest(one.scope, found.wait_seconds, detail))
            return Snooze(detail, wait_ms + BEHIND_MS)
        case "remove_subscription":
            _note(lambda: notices.drop_subscription(one.notification.to))
            return undeliverable
        case "suppress":
            _note(lambda: notices.suppress(name, one.notification.to, detail))
            return undeliverable
        case "permanent":
            return undeliverable
        case _:
            assert_never(found.action)


def _meaning(one: Ready, reply: Reply, notices: DeliveryStore) -> Meaning:
    """The reply's meaning by the table; what could concern one or all concerns all once several in a row get it."""
    rows = one.channel.terms.answers
    found = meaning(rows, reply)
    if found.action == "sent":
        notices.rests.accepted(one.scope, one.notification.to)
        return found
    throughout = meaning(rows, reply, throughout=True)
    if throughout == found:
        return found
    concern = (throughout.concerns, throughout.disproved_seconds)
    return throughout if notices.rests.refused(one.scope, one.notification.to, *concern) else found


def _note(note: Callable[[], object]) -> None:
    """Call `note`, even if the state is away: the provider has answered, and must not be asked again."""
    try:
        note()
    except StateUnavailableError:
        log.warning("what a provider's answer means for others was not noted", exc_info=True)
