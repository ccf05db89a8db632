"""Sends one notification and says what became of it: the outcome table's word, and the policy for sends in doubt."""

import logging
import time
from collections.abc import Callable
from typing import Any

from tasks_app.errors import LostJobError, PermanentError, RetryLaterError, SnoozeError, StateUnavailableError
from tasks_app.notifications import suppress
from tasks_app.text import one_line
from worker.notifications.channels import Answer
from worker.notifications.channels.outcomes import Meaning, meaning
from worker.notifications.delivery_store import DeliveryStore
from worker.notifications.eligibility import ExpiredError, Ready, outcome

log = logging.getLogger(__name__)

# A moment that was granted under a rate is lost after it: many late ones at once would break the rate.
LATE_SECONDS = 0.3
# After a pause those that it held go first: were it the same that were refused, they would begin the next one.
BEHIND_MS = 1_000


class UndeliverableError(PermanentError):
    """The provider will never take this notification."""

    code = "undeliverable"


class InDoubtError(RetryLaterError):
    """It may have arrived. It is sent again with the same id; without an attempt left, this is its end."""

    code = "in_doubt"


def deliver(one: Ready, notices: DeliveryStore) -> Any:
    """
    Send it, and return the job's result or the error that ends its attempt.

    Raises LostJobError when the job is no longer ours; then nothing was sent.
    """
    way = one.channel
    once = way.policy == "at_most_once"
    if time.monotonic() >= one.not_after:
        return ExpiredError()
    if one.not_before and time.monotonic() - one.not_before > LATE_SECONDS:
        return SnoozeError("rate limit", 0)
    recipient = f"{one.scope} {one.notification.to}"
    if rest_ms := notices.rests.left_ms(one.scope, recipient):  # asked for while this one waited for a thread
        return SnoozeError("the provider asked for quiet", rest_ms)
    try:
        if once:
            one.job.begin()
        answer = way.send(one.notification)
    except StateUnavailableError as error:
        return SnoozeError(str(error), 0)  # nothing was sent, by the channels' contract
    except LostJobError:
        raise
    except Exception as error:
        if not once:  # nobody knows how far it came
            return InDoubtError(f"the channel {way.name} failed: {type(error).__name__}: {error}"[:2_000], 0)
        log.exception("the channel %s failed over job %s", way.name, one.job.id)
        return outcome(one, "in_doubt", "channel_failed")  # nobody knows how far it came
    verdict = _verdict(one, answer, notices)
    detail = f"{way.name} {answer.code}" + (f": {answer.detail}" if answer.detail else "")
    if answer.said:
        log.info("job %s: %s; said: %s", one.job.id, detail, one_line(answer.said))
    wait_ms = int(verdict.wait_seconds * 1000)
    match verdict.action:
        case "sent":
            return outcome(one, "sent", answer.code)
        case "in_doubt":
            return outcome(one, "in_doubt", answer.code) if once else InDoubtError(detail, wait_ms)
        case "retry" if not verdict.attempts or one.job.attempt < verdict.attempts:
            return _coded(RetryLaterError(detail, wait_ms), verdict)
        case "wait":
            notices.rests.rest(recipient, verdict.wait_seconds)
            return SnoozeError(detail, wait_ms)
        case "pause":
            _noted(lambda: notices.pause(one.scope, verdict.wait_seconds, detail))
            return SnoozeError(detail, wait_ms + BEHIND_MS)
        case "remove_subscription":
            _noted(lambda: notices.drop_subscription(one.notification.to))
        case "suppress":
            _noted(lambda: suppress(way.name, [one.notification.to], detail))
    return _coded(UndeliverableError(detail), verdict)


def _verdict(one: Ready, answer: Answer, notices: DeliveryStore) -> Meaning:
    """What it means by the table; what could concern one or all concerns all once several in a row are told it."""
    verdict = meaning(one.channel.name, answer)
    if verdict.action == "sent":
        notices.rests.accepted(one.scope, one.notification.to)
        return verdict
    throughout = meaning(one.channel.name, answer, throughout=True)
    if throughout == verdict:
        return verdict
    row = (throughout.concerns, throughout.disproved_seconds)
    return throughout if notices.rests.refused(one.scope, one.notification.to, *row) else verdict


def _coded(error: PermanentError | RetryLaterError, verdict: Meaning) -> Exception:
    if verdict.code:
        error.code = verdict.code
    return error


def _noted(note: Callable[[], object]) -> None:
    """The provider has answered: a state that is away now is no reason to ask it again."""
    try:
        note()
    except StateUnavailableError:
        log.warning("what a provider's answer means for others was not noted", exc_info=True)
