"""A notifier without Celery around it: real channels, a real server, the jobs' real way from claim to settlement."""

import base64
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from pydantic import SecretStr

from tasks_app.jobs.job import Job, NewJob
from tasks_app.jobs.messages import PUSH_NOTIFICATION
from tasks_app.notifications.sends import Notification, Reply
from tasks_app.state import keys
from tests.jobs import read, slot_claims, slot_works, take_in
from tests.roots import Root
from worker.jobs.run import Runner
from worker.notifications import (
    notifications,  # noqa: F401 it registers the handlers
    notifier,
)
from worker.notifications.channels import Sender

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()


class Notifier:
    """One notifier process, as far as its jobs can tell; `apprise` is the URL template of that channel."""

    def __init__(self, usher: Root, apprise: str) -> None:
        self.state, self._settings = usher.connections.state, usher.settings
        secrets = (SecretStr(SECRET),)
        vars(usher.settings).update(webhook_secrets=secrets, vapid_contact="mailto:box@example.org")
        self.use(apprise)
        self.own = usher.part(notifier.Notifier)
        self.store, self.notices = usher.part(Runner).store, self.own.store

    def use(self, apprise: str) -> None:
        """Send over this service of Apprise, from before its first use on."""
        vars(self._settings).update(apprise_url=SecretStr(apprise))

    def pace(self, channel_name: str, per_second: float, burst: int) -> None:
        """Set a rate limit."""
        vars(self._settings).update(rates={channel_name: per_second}, rate_burst=burst)

    def send_by(self, channel_name: str, send: Callable[[Sender, Notification], Reply]) -> None:
        """Have `send` do the sends of this channel; it gets the real sender too."""
        channel = self.own.channels.channel(channel_name)
        real = channel.sender

        class Wrapped:
            def send(self, notification: Notification) -> Reply:
                return send(real, notification)

            def scope(self, notification: Notification) -> str:
                return real.scope(notification)

        self.own.channels._open[channel_name] = replace(channel, sender=Wrapped())

    def give(self, to: str, channel_name: str = "webhook", attempts: int = 5, **data: Any) -> str:
        """Take in a notification; returns its id."""
        content = {"channel": channel_name, "to": to, "message": "Verlegt", **data}
        job = NewJob(PUSH_NOTIFICATION, content, attempts=attempts)
        take_in(self.state, job)
        return job.id

    def work(self, *ids: str) -> None:
        """Do these jobs, claimed together."""
        slot_works(PUSH_NOTIFICATION, *ids)

    def sent(self, to: str, channel_name: str = "webhook", **data: Any) -> Job:
        """Take a notification in and do it; returns what became of it."""
        job_id = self.give(to, channel_name, **data)
        self.work(job_id)
        return self.job(job_id)

    def die_while_sending(self, job_id: str) -> None:
        """A worker claims the job, begins to send, and falls silent for ever; the clock notices."""
        (claim,) = slot_claims(self.store, [job_id], "dead@test")
        assert self.store.begin([claim]) == [True]
        self.state.zadd(keys.index(PUSH_NOTIFICATION, "active"), {job_id: 1})
        assert self.store.recover([PUSH_NOTIFICATION])[0] == 1

    def make_due(self, *ids: str) -> None:
        """End the wait of delayed jobs."""
        for job_id in ids:
            self.state.zadd(keys.index(PUSH_NOTIFICATION, "delayed"), {job_id: 1}, xx=True)
        assert self.store.promote([PUSH_NOTIFICATION])[0] == len(ids)

    def job(self, job_id: str) -> Job:
        return read(self.state, job_id)

    def now_ms(self) -> int:
        seconds, micros = self.state.time()
        return seconds * 1000 + micros // 1000
