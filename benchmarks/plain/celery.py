"""The peer's Celery application, with the manual's advice for short tasks that must not be lost."""

import os

from celery import Celery

app = Celery("plain", broker=os.environ["BROKER_URL"], include=["benchmarks.plain.tasks"])
app.conf.update(
    task_send_sent_event=True,  # Flower shows waiting and running tasks
    task_ignore_result=True,  # the record in Redis is the result
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=4,  # 1, 16 and 64 were measured too, and are no quicker
    worker_disable_rate_limits=True,
    broker_pool_limit=64,  # a request that publishes never waits for another's connection
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": 60, "socket_timeout": 2.0, "socket_keepalive": True},
)
