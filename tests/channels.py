"""The channels of a test: what they know under the settings of tests, and senders without a worker around them."""

from tasks_app.configuration import Settings
from tasks_app.notifications import Channels, Recipients
from tasks_app.notifications.meanings import Meaning
from tasks_app.notifications.sends import Reply
from tests.jobs import options
from worker.notifications.channels.apprise import AppriseChannel
from worker.notifications.sending import meanings

SETTINGS = options()
KNOWN = Channels(SETTINGS)
RECIPIENTS = Recipients(KNOWN, SETTINGS)


def meaning(channel: str, reply: Reply, throughout: bool = False) -> Meaning:
    """What the reply means by the rows of this channel."""
    return meanings.meaning(KNOWN.terms(channel).answers, reply, throughout)


def apprise(url: str, settings: Settings = SETTINGS) -> AppriseChannel:
    """The channel with this URL."""
    return AppriseChannel(url, KNOWN.terms("apprise").answers, settings)
