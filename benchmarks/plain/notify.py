"""The peer of the notifications: one Celery task per recipient, a kept-alive pool of connections, a record of each."""

import base64
import hashlib
import hmac
import json
import os
import sys
import time
from collections.abc import Sequence
from functools import cache
from uuid import uuid4

import redis
import urllib3

from benchmarks.plain.celery import app

EVENTS, EVENTS_KEPT = "events", 100_000
RECORDS_PER_WRITE = 500


@cache
def state() -> redis.Redis:
    return redis.Redis.from_url(os.environ["REDIS_URL"], decode_responses=True)


@cache
def pool() -> urllib3.PoolManager:
    return urllib3.PoolManager(maxsize=int(os.environ["CONNECTIONS"]), retries=False)


@cache
def key() -> bytes:
    return base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))


def take_in(addresses: Sequence[str], message: str) -> None:
    """Record all, then publish all: the same as in one request of a web application."""
    ids = [str(uuid4()) for _ in addresses]
    for start in range(0, len(ids), RECORDS_PER_WRITE):
        with state().pipeline(transaction=False) as pipeline:
            for job, to in zip(ids[start : start + RECORDS_PER_WRITE], addresses[start:], strict=False):
                pipeline.hset(f"job:{job}", mapping={"state": "queued", "to": to, "message": message})
                pipeline.xadd(EVENTS, {"event": "queued", "job": job}, maxlen=EVENTS_KEPT, approximate=True)
            pipeline.execute()
    with app.producer_or_acquire() as producer:
        for job, to in zip(ids, addresses, strict=True):
            notify.apply_async((job, to, message), task_id=job, producer=producer)


@app.task(name="notify", bind=True, max_retries=5)
def notify(task, job: str, to: str, message: str) -> None:  # type: ignore[no-untyped-def]
    """Send a signed webhook, and record what became of it."""
    _tell(job, "active")
    timestamp = str(int(time.time()))
    body = json.dumps({"type": "notification", "data": {"id": job, "to": to, "message": message}}).encode()
    digest = hmac.digest(key(), b".".join((job.encode(), timestamp.encode(), body)), hashlib.sha256)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": job,
        "webhook-timestamp": timestamp,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    try:
        answer = pool().request("POST", to, body=body, headers=headers, timeout=15)
    except urllib3.exceptions.HTTPError as error:
        raise task.retry(countdown=10) from error
    if answer.status >= 500:
        raise task.retry(countdown=10)
    _tell(job, "sent" if answer.status < 300 else "failed")


def _tell(job: str, word: str) -> None:
    with state().pipeline(transaction=True) as both:
        both.hset(f"job:{job}", mapping={"state": word, word: str(time.time())})
        both.xadd(EVENTS, {"event": word, "job": job}, maxlen=EVENTS_KEPT, approximate=True)
        both.execute()


def main() -> None:
    """Take in the recipients of each line, [addresses, message]; answer with when that began and ended."""
    for line in sys.stdin:
        began = time.monotonic()
        take_in(*json.loads(line))
        print(json.dumps([began, time.monotonic()]), flush=True)


if __name__ == "__main__":
    main()
