"""apprise: every service that Apprise has (SMS, e-mail, chat), by a URL of the settings with the address filled in."""

import hashlib
from urllib.parse import quote, unquote

from apprise import Apprise, AppriseAsset

from tasks_app.configuration import Settings
from tasks_app.errors import InvalidAddressError
from tasks_app.notifications import Notification, Reply, Rows, of_service
from tasks_app.usher import Usher
from worker.notifications.sending import request_recorder
from worker.notifications.sending.apprise_url import PLACE, is_for

# The first URL makes Apprise load its services, and meanwhile it tells other threads that a service does not exist.
# Here the import lock keeps other threads out until it is done.
Apprise.instantiate("json://localhost")
NO_ADDRESS = "the service of USHER_APPRISE_URL takes no such address"


class AppriseChannel:
    """
    Sends through one service. Apprise itself answers only yes or no. A refused connection, where nothing was sent, and
    a missing answer, after which the SMS may have gone out, are both a no: request_recorder, which watches its requests
    and mails, says what a no means by the channel's rows. A no without any recorded request is in doubt.
    """

    name = "apprise"

    def __init__(self, template: str, rows: Rows, settings: Settings) -> None:
        self._template, self._rows, self._settings = template, rows, settings
        # Its small pool of threads counts the time of waiting sends, too, and would time out sends that never began.
        self._asset = AppriseAsset(async_mode=False, service_timeout=0, app_id="Usher")
        scheme = template.partition("://")[0]
        self._scope = f"{self.name}:{scheme}:{hashlib.sha256(template.encode()).hexdigest()[:12]}"

    def scope(self, notification: Notification) -> str:  # noqa: ARG002
        return self._scope

    def send(self, notification: Notification) -> Reply:
        if not self._template:
            return Reply("rejected_config", detail="USHER_APPRISE_URL is not set")
        try:
            # Send to the address that was checked, not to the text that was written.
            address = of_service(notification.to, self._template, self._settings.phone_region)
        except InvalidAddressError as error:
            return Reply("rejected_address", detail=f"the address {error}")
        to = address.target
        service = Apprise.instantiate(self._template.replace(PLACE, quote(to, safe="")), asset=self._asset)
        if service is None:
            return Reply("rejected_address", detail="Apprise cannot use USHER_APPRISE_URL with this address")
        if not getattr(service, "targets", [to]) and to not in unquote(service.url()):  # type: ignore[no-untyped-call]
            # Apprise would write to its own sender instead, and say yes.
            return Reply("rejected_address", detail=NO_ADDRESS)
        if not is_for(address, service):
            return Reply("rejected_address", detail="Apprise reads another address in this one")
        service.retry = 0  # a hidden repetition could be a second SMS; only the job may repeat
        service.socket_connect_timeout = self._settings.connect_timeout_seconds
        service.socket_read_timeout = self._settings.answer_timeout_seconds
        notifier = Apprise(asset=self._asset)
        notifier.add(service)
        with (
            request_recorder.recording(self._rows, self._settings) as seen,
            notifier.notify(body=notification.message, title=notification.title) as result,
        ):
            return Reply("apprise_sent") if result else seen.reply or _unseen(len(service))


def _unseen(addresses: int) -> Reply:
    if not addresses:
        return Reply("rejected_address", detail=NO_ADDRESS)
    return Reply("apprise_failed", detail="Apprise says no more than that it failed; it may have arrived")


def open_channel(usher: Usher) -> AppriseChannel:
    """The channel with the URL from the settings."""
    rows = usher.channels.terms(AppriseChannel.name).answers
    return AppriseChannel(usher.settings.apprise_address, rows, usher.settings)
