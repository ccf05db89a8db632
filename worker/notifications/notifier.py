"""Notifier: what a process needs to send the notifications of one Usher."""

from tasks_app.logs import mask_of
from tasks_app.usher import Usher
from worker.jobs import Answer
from worker.notifications.channels import OpenChannels
from worker.notifications.delivery_store import DeliveryStore
from worker.notifications.send_pool import SendPool


class Notifier:
    """
    Attributes: settings; terms and recipients, as the API has them; channels (open ones); store (what all notifiers
    share in Redis); senders (the threads that wait for providers; all messages in work share them); observe (counts for
    /metrics).
    """

    def __init__(self, usher: Usher) -> None:
        self.settings, self.recipients = usher.settings, usher.recipients
        self.terms = usher.channels.terms
        self.channels = OpenChannels(usher)
        self.store = DeliveryStore(usher.connections.worker_state, usher.recipients, mask_of(usher.settings))
        self.observe = usher.meter.observe
        self.senders: SendPool[Answer] = SendPool(usher.settings.sends_in_flight)
