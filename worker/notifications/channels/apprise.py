"""apprise: anything that Apprise speaks by URL (SMS, e-mail, chat), the address filled into a URL of the settings."""

import hashlib
from urllib.parse import quote, unquote

from apprise import Apprise, AppriseAsset

from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import Notification, Reply, of_service
from tasks_app.program import own_usher
from worker.notifications.channels import request_recorder
from worker.notifications.channels.apprise_url import PLACE, is_for

# The first URL makes Apprise load its services, and a thread that asks meanwhile is told that there is no such one.
# Here the lock of the import lets nobody in before it is done.
Apprise.instantiate("json://localhost")
NO_ADDRESS = "the service of USHER_APPRISE_URL takes no such address"


class AppriseChannel:
    """
    Sends through one service. Apprise itself answers only yes or no. A refused connection, where nothing was sent, and
    an answer that did not come, after which the SMS may have gone out, are both a no: what a no means, the witness of
    its requests and mails says. One that nobody saw how it came about is in doubt.
    """

    name = "apprise"

    def __init__(self, template: str | None) -> None:
        self._template = template
        # Its pool of few threads, with a clock that runs while one waits in it, would time out sends never begun.
        self._asset = AppriseAsset(async_mode=False, service_timeout=0, app_id="Usher")
        scheme = (template or "").partition("://")[0]
        self._scope = f"{self.name}:{scheme}:{hashlib.sha256((template or '').encode()).hexdigest()[:12]}"

    def scope(self, notification: Notification) -> str:  # noqa: ARG002
        return self._scope

    def send(self, notification: Notification) -> Reply:
        if not self._template:
            return Reply("rejected_config", detail="USHER_APPRISE_URL is not set")
        try:
            # What was judged is what is sent to, not what was written.
            address = of_service(notification.to, self._template)
        except InvalidAddressError as error:
            return Reply("rejected_address", detail=f"the address {error}")
        to = address.target
        service = Apprise.instantiate(self._template.replace(PLACE, quote(to, safe="")), asset=self._asset)
        if service is None:
            return Reply("rejected_address", detail="Apprise cannot use USHER_APPRISE_URL with this address")
        if not getattr(service, "targets", [to]) and to not in unquote(service.url()):  # type: ignore[no-untyped-call]
            # It would write to its own sender instead, and say yes.
            return Reply("rejected_address", detail=NO_ADDRESS)
        if not is_for(address, service):
            return Reply("rejected_address", detail="Apprise reads another address in this one")
        service.retry = 0  # a hidden repetition could be the second SMS; repeating is the job's business
        service.socket_connect_timeout = own_usher().settings.connect_timeout_seconds
        service.socket_read_timeout = own_usher().settings.answer_timeout_seconds
        notifier = Apprise(asset=self._asset)
        notifier.add(service)
        request_recorder.begin(self.name)
        with notifier.notify(body=notification.message, title=notification.title) as result:
            if result:
                return Reply("apprise_sent")
        return request_recorder.seen() or _unseen(len(service))


def _unseen(addresses: int) -> Reply:
    if not addresses:
        return Reply("rejected_address", detail=NO_ADDRESS)
    return Reply("apprise_failed", detail="Apprise says no more than that it failed; it may have arrived")


def open_channel() -> AppriseChannel:
    """The channel with the URL of the settings."""
    return AppriseChannel(own_usher().settings.apprise_address)
