"""apprise: anything that Apprise speaks by URL (SMS, e-mail, chat), the address filled into a URL of the settings."""

import hashlib
import re
import threading
from typing import Any
from urllib.parse import quote

import requests
from apprise import Apprise, AppriseAsset
from requests.adapters import HTTPAdapter

from tasks_app.settings import settings
from worker.channels import Answer, Notification, Policy, attempt, wire
from worker.channels.outcomes import OWN

PLACE = "{to}"
# The first URL makes Apprise load its services, and a thread that asks meanwhile is told that there is no such one.
# Here the lock of the import lets nobody in before it is done.
Apprise.instantiate("json://localhost")
IN_DOUBT = {code for code, row in OWN.items() if row.action == "in_doubt"}
SEPARATORS = re.compile(r"[\s,;/|&%\x00-\x1f\x7f]")
LONGEST_NUMBER_DIGITS = 15  # of a telephone number, the world over (E.164)


class AppriseChannel:
    """
    Sends through one service. Apprise itself answers only yes or no: what it says is in doubt when a request of it
    was written and got no answer, else a no is a failure that may be tried again.
    """

    name = "apprise"
    policy: Policy = "at_most_once"  # an SMS has no id by which anybody could tell the second from the first

    def __init__(self, template: str | None) -> None:
        self._template = template
        # Its pool of few threads, with a clock that runs while one waits in it, would time out sends never begun.
        self._asset = AppriseAsset(async_mode=False, service_timeout=0, app_id="Usher")
        scheme = (template or "").partition("://")[0]
        self._scope = f"{self.name}:{scheme}:{hashlib.sha256((template or '').encode()).hexdigest()[:12]}"
        _watch()

    def scope(self, notification: Notification) -> str:  # noqa: ARG002
        return self._scope

    def send(self, notification: Notification) -> Answer:
        if not self._template:
            return Answer("rejected_config", detail="USHER_APPRISE_URL is not set")
        if not one_address(notification.to):
            return Answer("rejected_address", detail="one address is wanted, without separators in it")
        service = Apprise.instantiate(self._template.replace(PLACE, quote(notification.to, safe="")), asset=self._asset)
        if service is None:
            return Answer("rejected_address", detail="Apprise cannot use USHER_APPRISE_URL with this address")
        service.retry = 0  # a hidden repetition could be the second SMS; repeating is the job's business
        service.socket_connect_timeout = settings.connect_timeout_seconds
        service.socket_read_timeout = settings.answer_timeout_seconds
        notifier = Apprise(asset=self._asset)
        notifier.add(service)
        _seen.answer = None
        with notifier.notify(body=notification.message, title=notification.title) as result:
            if result:
                return Answer("apprise_sent")
        if _seen.answer and _seen.answer.code in IN_DOUBT:
            return _seen.answer
        detail = _seen.answer.detail if _seen.answer else "Apprise says no more than that it failed"
        return Answer("apprise_failed", detail=detail)


def one_address(to: str) -> bool:
    """
    Can this be only one address? Apprise looks for telephone numbers in anything: from `5551234567:4153518780` it
    takes the second, from others both, and a number on the suppression list would be called under a false name.
    """
    if not to or SEPARATORS.search(to) or ("+" in to[1:] and "@" not in to):
        return False
    digits = sum(character.isdigit() for character in to)
    return digits <= LONGEST_NUMBER_DIGITS or digits == len(to) or any(character.isalpha() for character in to)


class _Seen(threading.local):
    """What the HTTP requests of this thread came to: the first in doubt, else the last."""

    answer: Answer | None = None


_seen = _Seen()
_send, _pool_for = HTTPAdapter.send, HTTPAdapter.get_connection_with_tls_context


def _watch() -> None:
    """
    Let the adapter of `requests`, on which nearly every service of Apprise stands, leave word of how it ended.

    Apprise 2.2 swallows it: a refused connection, where nothing was sent, and an answer that did not come, after
    which the SMS may have gone out, are both False.
    """
    HTTPAdapter.send = _noted  # type: ignore[method-assign,assignment]
    HTTPAdapter.get_connection_with_tls_context = _watched  # type: ignore[method-assign,assignment]


def _watched(adapter: HTTPAdapter, *arguments: Any, **options: Any) -> Any:
    pool = _pool_for(adapter, *arguments, **options)
    attempt.watch(pool)
    return pool


def _noted(adapter: HTTPAdapter, *arguments: Any, **options: Any) -> requests.Response:
    attempt.begin(public_only=False)  # whoever runs Usher chose the service, be it beside it
    try:
        response = _send(adapter, *arguments, **options)
        answer = Answer("answered", detail=f"the service answered {response.status_code}")
    except Exception as error:
        answer = wire.failed(error)
        raise
    finally:
        if _seen.answer is None or _seen.answer.code not in IN_DOUBT:
            _seen.answer = answer
    return response


def open_channel() -> AppriseChannel:
    """The channel with the URL of the settings."""
    return AppriseChannel(settings.apprise_url.get_secret_value() if settings.apprise_url else None)
